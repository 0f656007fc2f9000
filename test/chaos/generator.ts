/**
 * The clients of a chaos run, in a process of their own: `node generator.js <config as JSON>`.
 *
 * Messages go out at a fixed rate, whatever became of those before. Each is sent under one id until it is acknowledged or
 * refused for good; some by two clients at once, some again after they were acknowledged, some answers are thrown away.
 * All that was asked and answered is written to a file, line by line (`record.ts`).
 */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type Client, connectClient, StatorError } from "stator/client";
import { uuidv7 } from "uuidv7";
import { viewText } from "../../src/core/message.ts";
import { Chance } from "../simulation/faults.ts";
import type { Call } from "../simulation/history.ts";
import { type Ask, makeAsk, type Place, type Spice, type Workload } from "./asks.ts";
import type { Line } from "./record.ts";

export interface GeneratorConfig {
  readonly nats: string;
  readonly namespace: string;
  readonly seed: number;
  readonly workloads: readonly Workload[];
  readonly spices: readonly Spice[];
  readonly perSecond: number;
  readonly historyFile: string;
}

/** Counts since the start. */
export interface Progress {
  readonly sent: number;
  readonly ok: number;
  readonly refused: number;
  readonly unknown: number;
  readonly open: number;
}
export type FromGenerator =
  | ({ readonly kind: "progress" } & Progress)
  | { readonly kind: "ready" }
  | { readonly kind: "done" };
export type ToGenerator = { readonly kind: "start" } | { readonly kind: "stop" };

const CLIENTS = 6;
const TICK_MS = 50;
/** Above this nothing new is asked: faults are tried here, not overload, and an outage must not pile up for minutes. */
const MAX_OPEN = 60;
const MOST_PAUSE_MS = 2_000;
/** A key belongs to a generation; most asks go to the present one. */
const GENERATION_MS = 8_000;
/** After `stop`, an unanswered message is tried for so long. */
const GIVE_UP_MS = 25_000;
const EIGHT_DAYS_MS = 8 * 86_400_000;

const config = JSON.parse(process.argv[2] ?? "{}") as GeneratorConfig;
const chance = new Chance(config.seed, "asks");
const spices = new Set(config.spices);
const clients = await Promise.all(
  Array.from({ length: CLIENTS }, (_, i) =>
    connectClient({ nats: config.nats, namespace: config.namespace, name: `client-${i}` }),
  ),
);

const count = { sent: 0, ok: 0, refused: 0, unknown: 0, open: 0 };
let lines: string[] = [];
let attempts = 0;
let stoppedMs = Number.POSITIVE_INFINITY;
let startedMs = 0;

const record = (line: Line): void => void lines.push(JSON.stringify(line));
function flush(): void {
  if (lines.length === 0) return;
  appendFileSync(config.historyFile, `${lines.join("\n")}\n`);
  lines = [];
}

/** Zipf-like: the first key gets half of what is left, and so on. */
function pickKey(limit: number): string {
  let n = 0;
  while (n < limit - 1 && chance.fraction() < 0.55) n++;
  const present = Math.floor((performance.now() - startedMs) / GENERATION_MS);
  const generation = chance.fraction() < 0.1 ? chance.below(present + 1) : present;
  return `${n}g${generation}`;
}

let ids = 0;
const place = (): Place => ({ id: `n${ids++}`, key: pickKey, spices });

/** One, or now and then many at once of one object, so that chains have several turns and mailboxes fill. */
function nextAsks(): Ask[] {
  const first = makeAsk(config.workloads, chance, place());
  if (chance.fraction() > 0.02 || first.verb === "create") return [first];
  const asks = [first];
  const most = first.name === "counter" ? 150 : 30;
  for (let n = chance.between(5, most), tries = 0; asks.length < n && tries < 4_000; tries++) {
    const ask = makeAsk(config.workloads, chance, place());
    if (ask.name === first.name && ask.verb === undefined) asks.push({ ...ask, key: first.key });
  }
  return asks;
}

async function perform(ask: Ask): Promise<void> {
  if (chance.fraction() < 0.1 && ask.name !== "fragile") return read(ask);
  const { name, key, body, verb = "send", delayMs, isExpired = false } = ask;
  const id = isExpired ? `old-${ids++}` : chance.fraction() < 0.2 ? `own-${ids++}` : uuidv7();
  const call: Asked = { id, address: { name, key }, verb, body, delayMs, isExpired };
  record({ t: "call", ...call });
  const loops = chance.fraction() < 0.05 ? 2 : 1;
  const outcomes = await Promise.all(Array.from({ length: loops }, () => repeat(call)));
  if (outcomes.includes("ok") && chance.fraction() < 0.1) await attempt(call, chance.pick(clients));
  if (outcomes.includes("ok") && verb === "send" && name === "list" && chance.fraction() < 0.03) await misuse(call);
}

type Asked = Omit<Call, "attempts">;

/** Until it is acknowledged, refused for good, or the time is up. */
async function repeat(call: Asked): Promise<string> {
  let client = chance.pick(clients);
  for (let tries = 1; ; tries++) {
    const outcome = await attempt(call, client);
    const isThrownAway = outcome === "ok" && chance.fraction() < 0.1 && tries < 4;
    if (outcome === "ok" && !isThrownAway) return outcome;
    if (outcome === "refused" && (chance.fraction() < 0.8 || tries > 8)) return outcome;
    if (performance.now() - stoppedMs > GIVE_UP_MS) return outcome;
    if (chance.fraction() < 0.2) client = chance.pick(clients);
    await pause(chance.between(10, Math.min(MOST_PAUSE_MS, 250 * tries)));
  }
}

async function attempt(call: Asked, client: Client): Promise<"ok" | "refused" | "unknown"> {
  const { id, address, verb, body, delayMs, isExpired } = call;
  const n = attempts++;
  record({ t: "invoke", n, id, client: `client-${clients.indexOf(client)}`, atMs: performance.now() });
  const object = client.object(address.name, address.key);
  const options = {
    messageId: id,
    timeoutMs: chance.between(1_000, 8_000),
    ...(isExpired ? { sentAt: Date.now() - EIGHT_DAYS_MS } : {}),
    ...(delayMs === undefined ? {} : { delay: delayMs }),
  };
  count.open++;
  try {
    const receipt = verb === "create" ? await object.create(body, options) : await object.send(body as never, options);
    const { revision, duplicate } = receipt;
    const text = JSON.stringify({ ...receipt, duplicate: false });
    record({ t: "ok", n, atMs: performance.now(), revision, duplicate, text });
    count.ok++;
    return "ok";
  } catch (cause) {
    const code = codeOf(cause);
    record({ t: "fail", n, atMs: performance.now(), code });
    count[code === "OVERLOADED" || !isRetryable(code) ? "refused" : "unknown"]++;
    return isRetryable(code) ? "unknown" : "refused";
  } finally {
    count.open--;
  }
}

/** Sends something else under the id of a message that was accepted. */
async function misuse({ id, address }: Asked): Promise<void> {
  const options = { messageId: id, timeoutMs: 8_000 };
  const code = await chance
    .pick(clients)
    .object("list", address.key)
    .send({ type: "APPEND", id: "other" }, options)
    .then(() => undefined, codeOf);
  record({ t: "misuse", id, address, ...(code === undefined ? {} : { code }) });
}

async function read({ name, key }: Ask): Promise<void> {
  const address = { name, key };
  const invokedMs = performance.now();
  count.open++;
  try {
    const view = await chance.pick(clients).object(name, key).get({ timeoutMs: 6_000 });
    record({ t: "read", address, invokedMs, doneMs: performance.now(), revision: view.revision, view: viewText(view) });
    count.ok++;
  } catch (cause) {
    const code = codeOf(cause);
    count[isRetryable(code) ? "unknown" : "refused"]++;
  } finally {
    count.open--;
  }
}

/** A host whose clock is wrong refuses fresh ids as from the future (`INVALID_REQUEST`): another host will take them. */
const isRetryable = (code: string): boolean =>
  ["OVERLOADED", "UNAVAILABLE", "OUTCOME_UNKNOWN", "TIMEOUT"].includes(code);

function codeOf(cause: unknown): string {
  if (cause instanceof StatorError) return cause.code;
  throw cause;
}

const say = (message: FromGenerator): void => void process.send?.(message);
const running = new Set<Promise<void>>();

function tick(): void {
  flush();
  if (Number.isFinite(stoppedMs)) return;
  for (let due = (config.perSecond * TICK_MS) / 1_000; due > 0; due--) {
    if (count.open >= MAX_OPEN || chance.fraction() > due) continue;
    for (const ask of nextAsks()) {
      count.sent++;
      const work = perform(ask).finally(() => running.delete(work));
      running.add(work);
    }
  }
}

async function stop(): Promise<void> {
  stoppedMs = performance.now();
  while (running.size > 0) await Promise.race([Promise.all(running), pause(1_000)]);
  flush();
  say({ kind: "done" });
}

process.on("message", (message: ToGenerator) => {
  if (message.kind === "stop") return void stop();
  startedMs = performance.now();
  setInterval(tick, TICK_MS);
});
process.once("disconnect", () => process.exit(0));
setInterval(() => say({ kind: "progress", ...count }), 500);
say({ kind: "ready" });
