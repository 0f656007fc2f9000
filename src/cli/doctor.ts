/** `stator doctor`: is everything there that a host needs, and does somebody serve? */
import type { Finding } from "../postgres/preflight.ts";
import type { Configure } from "./command.ts";
import type { Inspection } from "./database.ts";
import { describe, EXIT, Exit } from "./exit.ts";
import type { Io } from "./io.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { colorsOf, printable } from "./table.ts";

export interface Check {
  readonly name: string;
  readonly verdict: "ok" | "warn" | "fail";
  readonly found: string;
  /** What to do; where it is not ok. */
  readonly remedy?: string;
}

const HELP = `
Examples:
  $ stator doctor
  $ stator doctor --namespace billing -o json

Exit code 8 when something fails; a warning alone is no failure.`;

export const doctor: Configure = (command, io) => {
  command.addHelpText("after", HELP).action(async () => {
    const settings = settingsOf(command, io);
    const found = await Promise.all([checkNode(), checkNats(settings), checkPostgres(settings)]);
    const checks = [...found.flat(), ...(await checkAnswer(settings, found.flat()))];
    show(checks, settings, io);
    if (checks.some(({ verdict }) => verdict === "fail")) throw new Exit(EXIT.problemsFound);
  });
};

const WANTED_NODE = [20, 20] as const;

async function checkNode(): Promise<readonly Check[]> {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isFit = major > WANTED_NODE[0] || (major === WANTED_NODE[0] && minor >= WANTED_NODE[1]);
  return [verdictOf("node", isFit, process.versions.node, `install Node.js ${WANTED_NODE.join(".")} or newer`)];
}

async function checkNats(settings: Settings): Promise<readonly Check[]> {
  try {
    const { dial } = await import("../nats/connection.ts");
    const connection = await dial(settings.nats(), "stator doctor");
    try {
      const { version = "unknown" } = connection.info ?? {};
      const latency = (await connection.rtt()).toFixed(1);
      return [
        { name: "nats", verdict: "ok", found: `${version} by ${settings.origin("nats")}, answers in ${latency} ms` },
      ];
    } finally {
      await connection.close();
    }
  } catch (cause) {
    return [
      unreachable("nats", cause, "start nats-server, or name another with --nats or NATS_URL; 'stator dev' starts one"),
    ];
  }
}

async function checkPostgres(settings: Settings): Promise<readonly Check[]> {
  try {
    const { inspect } = await import("./database.ts");
    const { latencyMs, findings, groups } = await inspect(settings.postgres(), settings.namespace);
    const found = `by ${settings.origin("postgres")}, answers in ${latencyMs.toFixed(1)} ms`;
    return [{ name: "postgres", verdict: "ok", found }, ...findings.map(checkOf), ...groups.map(ownershipOf)];
  } catch (cause) {
    return [unreachable("postgres", cause, "start Postgres, or name another with --postgres or DATABASE_URL")];
  }
}

function checkOf({ name, value, wanted, ok, code }: Finding): Check {
  const remedies: Readonly<Record<Finding["code"], string>> = {
    DB_UNSAFE: `set ${name} to ${wanted} in Postgres: as it is, accepted messages can be lost`,
    DB_UNSUPPORTED: `use a Postgres with ${name} ${wanted}`,
    SCHEMA_VERSION:
      value === "none" || Number(value) < Number(wanted)
        ? "run 'stator migrate', or start a host, which does it"
        : "upgrade stator: this database was migrated by a newer version",
  };
  return verdictOf(`postgres.${name}`, ok, value, remedies[code]);
}

function ownershipOf({ group, hosts, partitions, owned }: Inspection["groups"][number]): Check {
  const name = `hosts.${group}`;
  const found = `${hosts} hosts, ${owned} of ${partitions} partitions owned`;
  if (hosts === 0)
    return { name, verdict: "warn", found, remedy: "nobody serves: start 'stator host' or 'stator dev'" };
  if (owned === partitions) return { name, verdict: "ok", found };
  return {
    name,
    verdict: "warn",
    found,
    remedy: "they are taken within some seconds after a host went; else see its log",
  };
}

/** Whether somebody answers over NATS; asked only where NATS is there. */
async function checkAnswer(settings: Settings, before: readonly Check[]): Promise<readonly Check[]> {
  if (before.some(({ name, verdict }) => name === "nats" && verdict === "fail")) return [];
  const name = "answer";
  try {
    const { withClient } = await import("./connect.ts");
    const { hosts } = await withClient(settings, (client) => client.hosts({ timeoutMs: 1_500 }));
    return [{ name, verdict: "ok", found: `namespace ${settings.namespace} is served by ${hosts.length} hosts` }];
  } catch (cause) {
    const remedy = `no host of namespace ${settings.namespace} hears this NATS: start one, and compare NATS_URL`;
    return [{ name, verdict: "warn", found: describe(cause), remedy }];
  }
}

function verdictOf(name: string, isOk: boolean, found: string, remedy: string): Check {
  return isOk ? { name, verdict: "ok", found } : { name, verdict: "fail", found, remedy };
}

function unreachable(name: string, cause: unknown, remedy: string): Check {
  return { name, verdict: "fail", found: describe(cause), remedy };
}

function show(checks: readonly Check[], settings: Settings, io: Io): void {
  if (settings.output === "json") io.out(`${JSON.stringify(checks)}\n`);
  if (settings.output === "ndjson") io.out(checks.map((check) => `${JSON.stringify(check)}\n`).join(""));
  if (settings.output !== "table") return;
  const colors = colorsOf(io);
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red };
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, verdict, found, remedy } of checks) {
    io.out(`${paint[verdict](verdict.padEnd(4))}  ${name.padEnd(width)}  ${printable(found)}\n`);
    if (remedy !== undefined) io.out(`      ${" ".repeat(width)}  → ${remedy}\n`);
  }
}
