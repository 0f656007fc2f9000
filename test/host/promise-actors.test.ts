/** Promise actors: heartbeats, limits, abort on exit, late results, and what happens after the last attempt. */
import { TerminalError } from "stator/define";
import { expect, test } from "vitest";
import { createKit } from "../../src/testing/index.ts";
import { job } from "./work.ts";

interface Gate {
  readonly n: number;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly heartbeat: (details?: unknown) => void;
  readonly lastHeartbeat: unknown;
  readonly key: string;
  readonly resolve: (value: string) => void;
}

/** Attempts of `work` as they begin; each ends when the test says so. */
async function open(hosts = 1) {
  const kit = await createKit({ objects: [job], hosts });
  if (hosts > 1) await kit.advance("3s");
  const begun: Gate[] = [];
  kit.actors.fake<{ n: number }>(
    job,
    "work",
    ({ input, attempt, signal, heartbeat, lastHeartbeat, idempotencyKey }) => {
      return new Promise((resolve) => {
        const key = idempotencyKey;
        begun.push({
          n: input.n,
          attempt,
          signal,
          heartbeat,
          lastHeartbeat,
          key,
          resolve: (value) => resolve({ value }),
        });
      });
    },
  );
  return { kit, begun };
}

test("an attempt without a heartbeat ends, the next one gets what the last heartbeat said", async () => {
  const { kit, begun } = await open();
  await kit.object(job, "j").send({ type: "RUN", n: 1 });
  await kit.settle();
  for (const progress of [1, 2, 3]) {
    await kit.advance("2s");
    begun[0]?.heartbeat({ progress });
  }
  await kit.advance("2900ms");
  expect(begun).toHaveLength(1);
  expect(begun[0]?.signal.aborted).toBe(false);
  await kit.advance("1s");
  expect(begun[0]?.signal.aborted).toBe(true);
  expect(begun.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(begun[1]?.lastHeartbeat).toEqual({ progress: 3 });
  expect(new Set(begun.map(({ key }) => key)).size).toBe(1);
  begun[0]?.resolve("late");
  begun[1]?.resolve("right");
  await kit.settle();
  expect(await kit.object(job, "j").get()).toMatchObject({ value: "idle", context: { value: "right" } });
});

test("after a host died the next one waits until the recorded heartbeat is overdue", async () => {
  const { kit, begun } = await open(2);
  const j = kit.object(job, "j");
  await j.send({ type: "RUN", n: 1 });
  await kit.settle();
  await kit.advance("2s");
  begun[0]?.heartbeat("half");
  await kit.settle();
  const owner = kit.hosts.find((host) => (host.counters.get("invocation.attempts") ?? 0) > 0);
  owner?.kill();
  await kit.advance("2900ms");
  expect(begun).toHaveLength(1);
  await kit.advance("20s");
  expect(begun[1]).toMatchObject({ attempt: 1, lastHeartbeat: "half", key: begun[0]?.key });
});

test("no more than maxConcurrent attempts of one actor run at once", async () => {
  const { kit, begun } = await open();
  for (let n = 0; n < 5; n++) await kit.object(job, `j${n}`).send({ type: "RUN", n });
  await kit.settle();
  expect(begun.map(({ n }) => n)).toEqual([0, 1]);
  begun[0]?.resolve("a");
  await kit.settle();
  expect(begun.map(({ n }) => n)).toEqual([0, 1, 2]);
  await kit.object(job, "j1").send({ type: "STOP" });
  await kit.settle();
  expect(begun.map(({ n }) => n)).toEqual([0, 1, 2, 3]);
});

test("leaving the state aborts the signal; entering it again is another invocation, and the late result is ignored", async () => {
  const { kit, begun } = await open();
  const j = kit.object(job, "j");
  await j.send({ type: "RUN", n: 1 });
  await kit.settle();
  await j.send({ type: "AGAIN" });
  await kit.settle();
  expect(begun.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  expect(begun[0]?.key).not.toBe(begun[1]?.key);
  begun[0]?.resolve("late");
  await kit.settle();
  expect(await j.get()).toMatchObject({ value: "running", context: { value: null } });
  begun[1]?.resolve("right");
  await kit.settle();
  expect(await j.get()).toMatchObject({ value: "idle", context: { value: "right" } });
});

test("a terminal error reaches the machine with its code and data, at once", async () => {
  const { kit } = await open();
  let attempts = 0;
  kit.actors.fake(job, "work", () => {
    attempts++;
    throw new TerminalError("declined", { code: "DECLINED", data: { card: 1 } });
  });
  await kit.object(job, "j").send({ type: "RUN", n: 1 });
  await kit.settle();
  const error = { name: "TerminalError", message: "declined", code: "DECLINED", data: { card: 1 } };
  expect(await kit.object(job, "j").get()).toMatchObject({ value: "idle", context: { error } });
  expect(attempts).toBe(1);
});

test("a terminal error of another copy of this package ends the retries as well", async () => {
  const { kit } = await open();
  let attempts = 0;
  kit.actors.fake(job, "work", async () => {
    attempts++;
    throw Object.assign(new Error("no such card"), { name: "TerminalError", code: "CARD" });
  });
  await kit.object(job, "j").send({ type: "RUN", n: 1 });
  await kit.settle();
  expect(await kit.object(job, "j").get()).toMatchObject({ value: "idle", context: { error: { code: "CARD" } } });
  expect(attempts).toBe(1);
});

test("out of attempts with onExhausted park: the object waits, its messages too; retry begins anew", async () => {
  const { kit } = await open();
  let attempts = 0;
  kit.actors.fake(job, "patient", () => {
    attempts++;
    if (attempts <= 2) throw new Error("busy");
    return { value: "worked" };
  });
  const j = kit.object(job, "j");
  await j.send({ type: "PARKING" });
  await kit.advance("1m");
  expect(attempts).toBe(2);
  await expect(j.send({ type: "LOG" })).rejects.toMatchObject({ code: "OBJECT_PAUSED" });
  expect((await kit.client.list({ parked: true })).objects).toMatchObject([
    { key: "j", parked: expect.stringContaining("busy") as unknown },
  ]);
  expect(await j.retry({ by: "ann", reason: "provider is back" })).toMatchObject({
    released: [expect.stringMatching(/^result\//)],
  });
  await kit.settle();
  expect(await j.get()).toMatchObject({ value: "idle", context: { value: "worked" } });
});

test("retry of an invocation that waits for its next attempt makes it at once, and counts it", async () => {
  const { kit } = await open(2);
  const attempts: number[] = [];
  kit.actors.fake(job, "work", ({ attempt }) => {
    attempts.push(attempt);
    if (attempt < 3) throw new Error("busy");
    return { value: "worked" };
  });
  const j = kit.object(job, "j");
  await j.send({ type: "RUN", n: 1 });
  await kit.settle();
  expect(attempts).toEqual([1]);
  expect(await j.skip({ by: "ann", reason: "r" })).toMatchObject({ changed: false, released: [] });
  for (const made of [2, 3]) {
    expect(await j.retry({ by: "ann", reason: "provider is back" })).toMatchObject({
      changed: true,
      released: [expect.stringMatching(/^result\//)],
    });
    await kit.settle();
    expect(attempts).toHaveLength(made);
  }
  expect(attempts).toEqual([1, 2, 3]);
  expect(await j.get()).toMatchObject({ value: "idle", context: { value: "worked" } });
  expect(await j.retry({ by: "ann", reason: "r" })).toMatchObject({ changed: false, released: [] });
});

test("skip of an exhausted invocation gives the machine its onError, with who gave up and why", async () => {
  const { kit } = await open();
  kit.actors.fake(job, "patient", () => {
    throw new Error("busy");
  });
  const j = kit.object(job, "j");
  await j.send({ type: "PARKING" });
  await kit.advance("1m");
  await j.skip({ by: "ann", reason: "no use" });
  await kit.settle();
  expect(await j.get()).toMatchObject({
    value: "idle",
    context: { error: { message: "busy", data: { skippedBy: "ann" } } },
  });
  expect(await j.send({ type: "LOG" })).toMatchObject({ value: "idle" });
});

test("what is exhausted stays so when another host takes over, and can be skipped or tried again there", async () => {
  for (const verb of ["retry", "skip"] as const) {
    const { kit } = await open();
    let isBusy = true;
    kit.actors.fake(job, "patient", () => {
      if (isBusy) throw new Error("busy");
      return { value: "worked" };
    });
    const j = kit.object(job, "j");
    await j.send({ type: "PARKING" });
    await kit.advance("1m");
    kit.hosts[0]?.kill();
    await kit.host();
    await kit.advance("1h");
    isBusy = false;
    expect((await kit.client.list({ parked: true })).objects).toHaveLength(1);
    await j[verb]({ by: "ann", reason: "it is time" });
    await kit.settle();
    const expected = verb === "retry" ? { value: "worked" } : { error: { message: "busy" } };
    expect(await j.get()).toMatchObject({ value: "idle", context: expected });
  }
});
