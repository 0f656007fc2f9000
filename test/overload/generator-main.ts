/**
 * An open-loop generator in a process of its own: requests leave at a fixed rate whatever comes back, and latency counts
 * from the time at which a request should have left. A closed loop would slow down with the host and hide its queue.
 */
import { connect, type Msg } from "nats";
import type { GeneratorConfig, Load, Outcome, Outcomes, Percentiles, Stream } from "./protocol.ts";

const config = JSON.parse(process.argv[2] ?? "{}") as GeneratorConfig;
const connection = await connect({ servers: config.nats, noAsyncTraces: true });
const prefix = `_INBOX.overload${process.pid}`;
const pending = new Map<string, { readonly dueMs: number; readonly tally: Tally }>();
const TICK_MS = 4;
let requests = 0;

class Tally {
  readonly stream: Stream;
  offered = 0;
  readonly okMs: number[] = [];
  readonly refusedMs: number[] = [];
  readonly codes: Record<string, number> = {};
  lost = 0;
  leastMs = Number.POSITIVE_INFINITY;
  mostMs = 0;

  constructor(stream: Stream) {
    this.stream = stream;
  }

  send(dueMs: number): void {
    const { object, keys, event = '{"type":"ADD"}' } = this.stream;
    const reply = `${prefix}.${(++requests).toString(36)}`;
    pending.set(reply, { dueMs, tally: this });
    const subject = `stator.${config.namespace}.send.${object}.${this.stream.name}-${this.offered++ % keys}`;
    connection.publish(subject, event, { reply });
  }

  answered(message: Msg, dueMs: number): void {
    const tookMs = performance.now() - dueMs;
    if (message.headers === undefined) return void this.okMs.push(tookMs);
    this.refusedMs.push(tookMs);
    const { error } = message.json<{ error: { code: string; details?: { retryAfterMs?: number } } }>();
    this.codes[error.code] = (this.codes[error.code] ?? 0) + 1;
    const { retryAfterMs } = error.details ?? {};
    if (retryAfterMs === undefined) return;
    this.leastMs = Math.min(this.leastMs, retryAfterMs);
    this.mostMs = Math.max(this.mostMs, retryAfterMs);
  }

  get outcome(): Outcome {
    const { offered, okMs, refusedMs, codes, lost, leastMs, mostMs } = this;
    const retryAfterMs = mostMs === 0 ? undefined : { least: leastMs, most: mostMs };
    const percentiles = { okMs: percentilesOf(okMs), refusedMs: percentilesOf(refusedMs) };
    return { offered, ok: okMs.length, refused: codes, lost, retryAfterMs, ...percentiles };
  }
}

function percentilesOf(all: readonly number[]): Percentiles {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (part: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

connection.subscribe(`${prefix}.*`, {
  callback: (_, message) => {
    const asked = pending.get(message.subject);
    pending.delete(message.subject);
    asked?.tally.answered(message, asked.dueMs);
  },
});

async function run({ forMs, patienceMs, streams }: Load): Promise<Outcomes> {
  const tallies = streams.map((stream) => new Tally(stream));
  const startMs = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = Math.min(forMs, performance.now() - startMs);
      for (const tally of tallies) {
        const { rate } = tally.stream;
        while (tally.offered < (elapsedMs * rate) / 1_000) tally.send(startMs + (tally.offered * 1_000) / rate);
      }
      if (elapsedMs < forMs) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  await answered(patienceMs);
  for (const { tally } of pending.values()) tally.lost++;
  pending.clear();
  return Object.fromEntries(tallies.map((tally) => [tally.stream.name, tally.outcome]));
}

/** Until all have been answered, or there is no more patience. */
async function answered(patienceMs: number): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  while (pending.size > 0 && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 10));
}

process.once("disconnect", () => process.exit(0));
process.on("message", (load: Load) => void run(load).then((outcomes) => process.send?.(outcomes)));
process.send?.("ready");
