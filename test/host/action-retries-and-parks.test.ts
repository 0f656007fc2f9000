/** Named actions: in order per object, at least once under one key, retried, then parked; they never fail a transition. */
import { expect, test } from "vitest";
import { createKit } from "../../src/testing/index.ts";
import { job } from "./work.ts";

async function open() {
  const kit = await createKit({ objects: [job] });
  const done: string[] = [];
  const keys = new Set<string>();
  let broken = true;
  kit.actors.fakeAction(job, "notify", ({ params, attempt, idempotencyKey }) => {
    const { n } = params as { n: number };
    keys.add(idempotencyKey);
    done.push(`${n}.${attempt}`);
    if (broken && n === 1) throw new Error("mail server is away");
  });
  kit.actors.fakeAction(job, "log", () => void done.push("log"));
  return { kit, done, keys, mend: () => (broken = false) };
}

test("an action that fails is tried again under one key, and those behind it wait", async () => {
  const { kit, done, keys, mend } = await open();
  const j = kit.object(job, "j");
  await j.send({ type: "NOTIFY", n: 1 });
  await j.send({ type: "NOTIFY", n: 2 });
  expect(await j.send({ type: "LOG" })).toMatchObject({ revision: 3 });
  await kit.settle();
  expect(done).toEqual(["1.1"]);
  mend();
  await kit.advance("1s");
  expect(done).toEqual(["1.1", "1.2", "2.1", "log"]);
  expect(keys.size).toBe(2);
});

test("after the last attempt it is parked: visible, others of the object go on, retry and skip release it", async () => {
  const { kit, done, mend } = await open();
  const j = kit.object(job, "j");
  await j.send({ type: "NOTIFY", n: 1 });
  await j.send({ type: "NOTIFY", n: 2 });
  await kit.object(job, "other").send({ type: "NOTIFY", n: 3 });
  await kit.advance("1m");
  expect(done).toEqual(expect.arrayContaining(["1.1", "1.2", "1.3", "3.1"]));
  expect(done).not.toContain("2.1");
  expect((await kit.client.list({ parked: true })).objects).toMatchObject([{ key: "j", parkedSends: 1 }]);
  expect(await j.send({ type: "RUN", n: 1 })).toMatchObject({ value: "running" });
  mend();
  await j.retry({ by: "ann", reason: "mail server is back" });
  await kit.advance("1s");
  expect(done).toContain("2.1");
});

test("a skipped action lets those behind it go", async () => {
  const { kit, done } = await open();
  const j = kit.object(job, "j");
  await j.send({ type: "NOTIFY", n: 1 });
  await j.send({ type: "NOTIFY", n: 2 });
  await kit.advance("1m");
  await j.skip({ by: "ann", reason: "too late anyway" });
  await kit.advance("1s");
  expect(done.slice(-1)).toEqual(["2.1"]);
  const last = (await kit.journal(job, "j")).at(-1);
  expect(last).toMatchObject({ kind: "skipped", event: { skipped: { kind: "action" } } });
});

test("an action that does not end is cut off by its time limit", async () => {
  const { kit, done, mend } = await open();
  mend();
  let hangs = true;
  kit.actors.fakeAction(job, "notify", ({ attempt, signal }) => {
    done.push(`try ${attempt}`);
    if (!hangs) return undefined;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  });
  await kit.object(job, "j").send({ type: "NOTIFY", n: 1 });
  await kit.advance("5s");
  hangs = false;
  await kit.advance("1s");
  expect(done).toEqual(["try 1", "try 2"]);
});
