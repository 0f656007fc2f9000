/**
 * A host that is offered far more than it can do goes on doing what it can: it refuses the rest at once, with a hint, and
 * nobody who was accepted waits long.
 *
 * A neighbour on the machine may take the processor away at any moment: each figure has three chances, and where others
 * keep the machine busy all the time, only a collapse is told from what they take.
 */
import { connect } from "node:net";
import { cpus, loadavg } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { BELLS } from "./definitions.ts";
import type { Outcome } from "./protocol.ts";
import { offer, open, outcomeOf, type Setting } from "./setting.ts";

const FOR_MS = 2_000;
const CHANCES = 3;
const MB = 1_048_576;
/** Of an accepted request, from the time at which it should have left; more where that is usual on this machine. */
const BOUND_MS = 2_000;
const USUAL = 5;
const isQuiet = (loadavg()[0] ?? 0) < 2 * cpus().length;
/** Of what a host does at its peak, and of what those are answered who ask for little. */
const PART = isQuiet ? 0.8 : 0.4;

const perSecond = ({ ok }: Outcome): number => (ok * 1_000) / FOR_MS;

/** What the host does at most, with as much to do as it can take. */
async function peakOf(setting: Setting): Promise<number> {
  const few = await offer(setting, { object: "heavy", keys: 500, rate: 120 }, FOR_MS);
  const many = await offer(setting, { object: "heavy", keys: 500, rate: 240 }, FOR_MS);
  return Math.max(perSecond(few), perSecond(many));
}

/** What is bounded time on this machine, at this moment. Also warms the host up. */
async function boundOf(setting: Setting): Promise<number> {
  const { okMs } = await offer(setting, { object: "heavy", keys: 100, rate: 20 }, FOR_MS);
  return Math.max(isQuiet ? BOUND_MS : 2 * BOUND_MS, USUAL * okMs.p99);
}

/** Tries until what is asked holds; the last time it must. */
async function chances(attempt: () => Promise<void>): Promise<void> {
  for (let chance = 1; chance < CHANCES; chance++) {
    try {
      return await attempt();
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
    }
  }
  return attempt();
}

test("at ten times its peak a host does at least 80 % of it, in bounded time and memory, and hints when to come again", async () => {
  const setting = await open();
  await chances(async () => {
    const boundMs = await boundOf(setting);
    const peak = await peakOf(setting);
    const before = await setting.host.figures();
    const outcome = await offer(setting, { object: "heavy", keys: 500, rate: 10 * peak }, FOR_MS);
    const after = await setting.host.figures();
    expect(Object.keys(outcome.refused)).toEqual(["OVERLOADED"]);
    expect(outcome.lost).toBe(0);
    expect(outcome.retryAfterMs?.least).toBeGreaterThanOrEqual(100);
    expect(outcome.retryAfterMs?.most).toBeLessThanOrEqual(5_000);
    expect(after.rss).toBeLessThan(before.rss + 64 * MB);
    expect(after.rss).toBeLessThan(400 * MB);
    expect(perSecond(outcome)).toBeGreaterThanOrEqual(PART * peak);
    expect(outcome.okMs.p99).toBeLessThan(boundMs);
    expect(outcome.refusedMs.p99).toBeLessThan(boundMs);
  });
}, 120_000);

test("a key with most of the load, and a definition with most of the load, leave the others their part", async () => {
  const setting = await open();
  await chances(async () => {
    const boundMs = await boundOf(setting);
    const hotKey = await setting.offer(
      [
        { name: "hot", object: "heavy", keys: 1, rate: 1_000 },
        { name: "cold", object: "heavy", keys: 200, rate: 40 },
      ],
      FOR_MS,
    );
    const cold = outcomeOf(hotKey, "cold");
    expect(outcomeOf(hotKey, "hot").refused["OVERLOADED"]).toBeGreaterThan(100);
    expect(cold.ok).toBeGreaterThanOrEqual(PART * cold.offered);
    expect(cold.okMs.p99).toBeLessThan(boundMs);
  });
  await chances(async () => {
    const boundMs = await boundOf(setting);
    const flood = await setting.offer(
      [
        { name: "flood", object: "heavy", keys: 500, rate: 1_000 },
        { name: "quiet", object: "other", keys: 200, rate: 40 },
      ],
      FOR_MS,
    );
    const quiet = outcomeOf(flood, "quiet");
    expect(outcomeOf(flood, "flood").refused["OVERLOADED"]).toBeGreaterThan(100);
    expect(quiet.ok).toBeGreaterThanOrEqual(PART * quiet.offered);
    expect(quiet.okMs.p99).toBeLessThan(boundMs);
  });
}, 120_000);

test("a client that asks and listens and never reads costs the others nothing", async () => {
  const setting = await open();
  const { hostname, port } = new URL(setting.nats);
  const deaf = connect(Number(port), hostname);
  onTestFinished(() => void deaf.destroy());
  deaf.pause();
  const ask = `PUB stator.${setting.namespace}.send.light.deaf deaf.reply 14\r\n{"type":"ADD"} \r\n`.replace(
    "14",
    "15",
  );
  deaf.write(`CONNECT {"verbose":false}\r\nSUB deaf.> 1\r\nSUB stator.${setting.namespace}.changed.> 2\r\n`);
  for (let i = 0; i < 2_000; i++) deaf.write(ask);
  await chances(async () => {
    const boundMs = await boundOf(setting);
    const { ok, offered, okMs } = await offer(setting, { object: "light", keys: 50, rate: 100 }, FOR_MS);
    expect(ok).toBe(offered);
    expect(okMs.p99).toBeLessThan(boundMs);
  });
}, 120_000);

/** The full size of the requirement is 100,000: `OVERLOAD_TIMERS=100000`. */
const TIMERS = Number(process.env["OVERLOAD_TIMERS"] ?? 20_000);
const ARMED_PER_SECOND = 5_000;
const LEASE_MS = 3_000;

test(
  `a restart with ${TIMERS} timers due: callers are answered meanwhile, memory is bounded, each timer fires once`,
  async () => {
    const setting = await open();
    await armed(setting);
    const boundMs = await boundOf(setting);
    const restart = await setting.killHost();
    await setting.database.rows("update $schema.timers set due_at = clock_timestamp()");
    const host = await restart();
    const startedMs = performance.now();
    const meanwhile = await offer(setting, { object: "light", keys: 50, rate: 50 }, FOR_MS);
    expect(await timersOf(setting)).toBeGreaterThan(0);
    expect(meanwhile.refused).toEqual({});
    expect(meanwhile.ok).toBe(meanwhile.offered);
    // the keys of a host that was killed are free when its lease has run out
    expect(meanwhile.okMs.p99).toBeLessThan(boundMs + LEASE_MS);
    await eventually(async () => expect(await timersOf(setting)).toBe(0), { timeoutMs: patienceMs, everyMs: 200 });
    process.stdout.write(`${TIMERS} timers fired in ${Math.round(performance.now() - startedMs)} ms\n`);
    expect((await host.figures()).rss).toBeLessThan(400 * MB);
    const [fired] = await setting.database.rows<{ rings: number; timers: number }>(
      `select count(*)::int as rings, count(distinct (key, message_id))::int as timers
         from $schema.journal where kind = 'timer'`,
    );
    expect(fired).toEqual({ rings: TIMERS, timers: TIMERS });
  },
  120_000 + TIMERS * 10,
);
const patienceMs = 20_000 + TIMERS * 5;

async function timersOf({ database }: Setting): Promise<number> {
  const [row] = await database.rows<{ n: number }>("select count(*)::int as n from $schema.timers");
  return row?.n ?? 0;
}

/** Until all are there: a message that was refused or lost is sent again, and what was armed moves. */
async function armed(setting: Setting): Promise<void> {
  const carillons = TIMERS / BELLS;
  const rate = ARMED_PER_SECOND / BELLS;
  const event = '{"type":"ARM","delayMs":3600000}';
  const forMs = (carillons * 1_000) / rate + 50;
  while ((await timersOf(setting)) < TIMERS)
    await offer(setting, { object: "carillon", keys: carillons, rate, event }, forMs);
}
