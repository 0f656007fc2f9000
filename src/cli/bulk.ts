/**
 * `stator send --from`: a file of events, side by side, in order per object. No line stops the rest; only an outage does,
 * and Ctrl-C: then the same file can be sent again.
 */
import { appendFileSync, createReadStream, rmSync, type Stats, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Client } from "../client/client.ts";
import { formatAddress } from "../core/address.ts";
import { type ErrorCode, StatorError } from "../core/errors.ts";
import { HEADER } from "../core/wire.ts";
import { withClient } from "./connect.ts";
import { EXIT, Exit, type ExitCode, exitCodeOfErrorCode, UsageError } from "./exit.ts";
import type { Io } from "./io.ts";
import { Lanes } from "./lanes.ts";
import { type EventLine, LineIds, parseLine } from "./lines.ts";
import { startProgress } from "./progress.ts";
import type { Settings } from "./settings.ts";
import { colorsOf, list } from "./table.ts";

export interface SendFrom {
  /** `-` is standard input. */
  readonly file: string;
  readonly concurrency: number;
  readonly timeoutMs: number;
}

/** What is read, and as what its lines count. */
interface Source {
  readonly stream: NodeJS.ReadableStream & { readonly bytesRead?: number };
  readonly bytes: number | undefined;
  /** When the lines were first sent, at the latest: what makes ids of old files expire instead of being applied again. */
  readonly sentAt: string;
  /** Undefined for standard input, whose lines get fresh ids. */
  readonly ids: LineIds | undefined;
  readonly refusedFile: string;
}

export async function sendFrom(what: SendFrom, settings: Settings, io: Io): Promise<void> {
  const source = open(what.file, io);
  const tally = await withClient(settings, (client) => new Sending(client, source, what, io).run());
  showTally(tally, settings, io);
  const code = exitCodeOfTally(tally);
  if (code !== EXIT.done) throw new Exit(code);
}

function open(file: string, io: Io): Source {
  if (file === "-") {
    const refusedFile = join(io.cwd, "stdin.refused.ndjson");
    return { stream: io.stdin, bytes: undefined, sentAt: new Date().toISOString(), ids: undefined, refusedFile };
  }
  const path = resolve(io.cwd, file);
  const { size, mtimeMs } = statOf(path, file);
  return {
    stream: createReadStream(path),
    bytes: size,
    sentAt: new Date(Math.min(mtimeMs, Date.now())).toISOString(),
    ids: new LineIds(path),
    refusedFile: `${path}.refused.ndjson`,
  };
}

function statOf(path: string, file: string): Stats {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile()) return stats;
  throw new UsageError(stats === undefined ? `there is no file ${file}` : `${file} is not a file`);
}

/** What became of the lines. */
interface Tally {
  lines: number;
  accepted: number;
  duplicates: number;
  readonly refused: Map<ErrorCode, number>;
  readonly refusedFile: string;
  seconds: number;
  /** Why it ended before the end of the file. */
  stopped: string | undefined;
  readonly howToGoOn: string;
}

class Sending {
  readonly #client: Client;
  readonly #source: Source;
  readonly #what: SendFrom;
  readonly #io: Io;
  readonly #lanes: Lanes;
  readonly #tally: Tally;
  readonly #progress: ReturnType<typeof startProgress>;
  readonly #startedAt = performance.now();
  /** Messages in a row that nobody answered. */
  #unanswered = 0;

  constructor(client: Client, source: Source, what: SendFrom, io: Io) {
    this.#client = client;
    this.#source = source;
    this.#what = what;
    this.#io = io;
    this.#lanes = new Lanes(what.concurrency);
    this.#progress = startProgress(io);
    const { refusedFile } = source;
    this.#tally = {
      lines: 0,
      accepted: 0,
      duplicates: 0,
      refused: new Map(),
      refusedFile,
      seconds: 0,
      stopped: undefined,
      howToGoOn: source.ids === undefined ? "lines without an id cannot be sent again safely" : "send the file again",
    };
  }

  async run(): Promise<Tally> {
    rmSync(this.#source.refusedFile, { force: true }); // of an earlier run
    const forget = this.#io.onSignal((signal) => {
      if (this.#tally.stopped !== undefined) this.#io.abort(130);
      this.#tally.stopped = signal;
    });
    try {
      await this.#read();
      await this.#lanes.drain();
    } finally {
      forget();
      this.#progress.end();
    }
    this.#tally.seconds = (performance.now() - this.#startedAt) / 1_000;
    return this.#tally;
  }

  async #read(): Promise<void> {
    let number = 0;
    for await (const line of createInterface({ input: this.#source.stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      const text = line.trim();
      const madeId = this.#source.ids?.next(text, number);
      if (text === "") continue;
      this.#tally.lines++;
      await this.#take(text, number, madeId);
      this.#show();
      if (this.#tally.stopped !== undefined) return;
    }
  }

  async #take(text: string, number: number, madeId: string | undefined): Promise<void> {
    let line: EventLine;
    try {
      line = parseLine(text, number);
    } catch (cause) {
      if (!(cause instanceof StatorError)) throw cause;
      this.#refuse(cause, { line: number, text });
      return;
    }
    await this.#lanes.add(formatAddress(line.address), () => this.#send(line, madeId));
  }

  async #send(line: EventLine, madeId: string | undefined): Promise<void> {
    if (this.#tally.stopped !== undefined) {
      this.#tally.lines--; // read ahead, not sent
      return;
    }
    const id = line.id ?? madeId ?? (await freshId());
    const sentAt = line.sentAt ?? this.#source.sentAt;
    const headers = { [HEADER.messageId]: id, [HEADER.sentAt]: sentAt };
    const { timeoutMs } = this.#what;
    try {
      const body = JSON.stringify(line.event);
      const text = await this.#client.request("send", line.address, body, headers, { timeoutMs });
      const { duplicate } = JSON.parse(text) as { duplicate?: boolean };
      if (duplicate === true) this.#tally.duplicates++;
      else this.#tally.accepted++;
      this.#unanswered = 0;
    } catch (cause) {
      const error = cause instanceof StatorError ? cause : new StatorError("INVALID_REQUEST", String(cause), { cause });
      const { name: object, key } = line.address;
      this.#refuse(error, { line: line.number, object, key, event: line.event, id, sentAt });
    }
    this.#show();
  }

  #refuse(error: StatorError, line: object): void {
    const { refused, refusedFile } = this.#tally;
    refused.set(error.code, (refused.get(error.code) ?? 0) + 1);
    appendFileSync(refusedFile, `${JSON.stringify({ ...line, error: error.toBody() })}\n`);
    this.#unanswered = error.retryable ? this.#unanswered + 1 : 0;
    if (this.#unanswered >= 2 * this.#what.concurrency) this.#tally.stopped ??= "no host answers";
  }

  #show(): void {
    const { stream, bytes } = this.#source;
    const { accepted, duplicates, refused } = this.#tally;
    const done = accepted + duplicates + sum(refused);
    const rate = Math.round(done / ((performance.now() - this.#startedAt) / 1_000));
    const text = `${done} lines, ${duplicates} duplicates, ${sum(refused)} refused, ${rate}/s`;
    this.#progress.show(stream.bytesRead ?? 0, bytes, text);
  }
}

async function freshId(): Promise<string> {
  const { systemRandom } = await import("../clock/system.ts");
  return systemRandom.uuid();
}

const sum = (counts: ReadonlyMap<unknown, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);

function showTally(tally: Tally, settings: Settings, io: Io): void {
  const { lines, accepted, duplicates, refused, seconds, stopped } = tally;
  const rate = Math.round(lines / Math.max(seconds, 0.001));
  const refusedFile = refused.size === 0 ? null : tally.refusedFile;
  if (settings.output !== "table") {
    const rest = { seconds: Number(seconds.toFixed(3)), perSecond: rate, refusedFile, stopped: stopped ?? null };
    io.out(`${JSON.stringify({ lines, accepted, duplicates, refused: Object.fromEntries(refused), ...rest })}\n`);
    return;
  }
  const pairs: [string, string][] = [
    ["lines", String(lines)],
    ["accepted", String(accepted)],
    ["duplicates", String(duplicates)],
    ["refused", String(sum(refused))],
    ...[...refused].map(([code, count]): [string, string] => [`  ${code}`, String(count)]),
    ["rate", `${rate}/s over ${seconds.toFixed(1)} s`],
  ];
  io.out(list(pairs, colorsOf(io)));
  if (refusedFile !== null) io.err(`refused lines: ${refusedFile}\n`);
  if (refused.has("EXPIRED_ID")) io.err("the file is older than the dedupe horizon: if it was never sent, touch it\n");
  if (stopped !== undefined) io.err(`stopped (${stopped}): the rest was not sent; ${tally.howToGoOn}\n`);
}

/** The most urgent code of all that was refused. */
function exitCodeOfTally({ refused, stopped }: Tally): ExitCode {
  const codes = new Set([...refused.keys()].map(exitCodeOfErrorCode));
  const order: readonly ExitCode[] = [EXIT.unavailable, EXIT.failed, EXIT.invalid, EXIT.notAccepted, EXIT.notFound];
  return order.find((code) => codes.has(code)) ?? (stopped === undefined ? EXIT.done : EXIT.failed);
}
