/**
 * The command line as a whole: global options, the list of commands, and how an error becomes an exit code.
 *
 * A command's file is loaded only when the command is named, and loads a driver only when it runs: `stator --help`
 * reads neither pg nor nats.
 */
import { Command, CommanderError, Option } from "commander";
import { StatorError } from "../core/errors.ts";
import { VERSION } from "../version.ts";
import type { Configure } from "./command.ts";
import { describe, EXIT, Exit, exitCodeOf } from "./exit.ts";
import type { Io } from "./io.ts";
import { OUTPUTS } from "./settings.ts";

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Configure>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  dev: {
    summary: "start Postgres, NATS, a host and HTTP, and reload on changes",
    load: async () => (await import("./dev.ts")).dev,
  },
  host: { summary: "serve the objects of a module", load: async () => (await import("./host.ts")).host },
  send: {
    summary: "send an event to an object, or a file of events",
    load: async () => (await import("./send.ts")).send,
  },
  create: { summary: "create an object", load: async () => (await import("./create.ts")).create },
  get: { summary: "show an object's state", load: async () => (await import("./get.ts")).get },
  ls: { summary: "list objects", load: async () => (await import("./ls.ts")).ls },
  journal: { summary: "show an object's past", load: async () => (await import("./journal.ts")).journal },
  wait: { summary: "wait for a state, a tag or a status", load: async () => (await import("./wait.ts")).wait },
  watch: { summary: "follow changes as they happen", load: async () => (await import("./watch.ts")).watch },
  check: {
    summary: "prove that machines end well however their steps fail",
    load: async () => (await import("./check.ts")).check,
  },
  diagram: { summary: "draw a machine", load: async () => (await import("./diagram.ts")).diagram },
  retry: {
    summary: "try again at once what is parked or waits for its next attempt",
    load: async () => (await import("./retry.ts")).retry,
  },
  skip: { summary: "take out for good what is parked", load: async () => (await import("./skip.ts")).skip },
  cancel: { summary: "roll a saga back", load: async () => (await import("./cancel.ts")).cancel },
  kill: { summary: "end an object at once, without compensation", load: async () => (await import("./kill.ts")).kill },
  pause: { summary: "let an object make no turns", load: async () => (await import("./pause.ts")).pause },
  resume: { summary: "end a pause", load: async () => (await import("./resume.ts")).resume },
  purge: {
    summary: "clear an object that has ended, for good",
    load: async () => (await import("./purge.ts")).purge,
  },
  audit: { summary: "show what operators did", load: async () => (await import("./audit.ts")).audit },
  bench: {
    summary: "measure how fast a running cluster takes events",
    load: async () => (await import("./bench.ts")).bench,
  },
  migrate: {
    summary: "bring the database schema up to date",
    load: async () => (await import("./migrate.ts")).migrate,
  },
  doctor: {
    summary: "check servers, settings, schema and hosts",
    load: async () => (await import("./doctor.ts")).doctor,
  },
};

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 not accepted or conflict, 5 invalid, 6 unavailable,
            7 timed out, 8 a check found problems`;

const EXAMPLES = `
Examples:
  $ stator dev                                    everything on this machine
  $ stator send counter/c1 ADD amount=2           from another terminal
  $ stator wait order/o-1 --matches paid
  $ stator ls order -o ndjson`;

/** Runs a command line, without the program's name, to its exit code. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  const program = newProgram(io);
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary);
    if (args.includes(name)) (await load())(command, io);
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return EXIT.done;
  } catch (cause) {
    return report(cause, program, io);
  }
}

function newProgram(io: Io): Command {
  return new Command("stator")
    .description("Durable XState machines on Postgres and NATS.")
    .version(VERSION, "-V, --version")
    .addOption(new Option("-o, --output <format>", "form of the output").choices(OUTPUTS).default("table"))
    .option("--nats <url>", "NATS server (NATS_URL)")
    .option("--postgres <url>", "Postgres database (DATABASE_URL)")
    .option("--namespace <name>", "objects of another namespace (STATOR_NAMESPACE)")
    .option("--data-dir <dir>", "folder of the dev stack (STATOR_DATA_DIR, else .stator)")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: io.out, writeErr: io.err, getOutHelpWidth: () => 100, getErrHelpWidth: () => 100 })
    .showHelpAfterError("(add --help for what it takes)")
    .exitOverride()
    .addHelpText("after", EXAMPLES + EXIT_CODES);
}

/** A refusal goes to stderr: a line for people, the contract's own body for programs. */
function report(cause: unknown, program: Command, io: Io): number {
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.done : EXIT.usage; // it has said why
  if (cause instanceof Exit) return cause.code;
  const { output } = program.opts<{ output?: string }>();
  if (output !== "table" && cause instanceof StatorError) {
    io.err(`${JSON.stringify({ ok: false, error: cause.toBody() })}\n`);
  } else {
    io.err(`stator: ${describe(cause)}\n`);
  }
  return exitCodeOf(cause);
}
