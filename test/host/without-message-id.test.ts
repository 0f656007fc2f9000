/** A caller that gives no message id asked once. Whatever hosts do with its message among themselves, it counts once. */
import { expect, test } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { counter, type Rig, rig } from "./rig.ts";

const KEYS = Array.from({ length: 12 }, (_, i) => `k${i}`);

/** Passes everything on to the inner store, but a commit that was made is not answered before `answer` settles. */
const answeredLate =
  (answer: () => Promise<unknown>) =>
  (inner: Store): Store =>
    new Proxy(inner, {
      get: (target, property) => {
        if (property !== "commit") {
          const value = Reflect.get(target, property) as unknown;
          return typeof value === "function" ? value.bind(target) : value;
        }
        return async (...args: Parameters<Store["commit"]>) => {
          const outcomes = await target.commit(...args);
          await answer();
          return outcomes;
        };
      },
    });

function addToAll({ broker }: Rig): void {
  const caller = broker.connect({ name: "caller" });
  for (const key of KEYS) caller.publish(`stator.default.send.counter.${key}`, '{"type":"ADD","amount":1}');
}

async function counts({ client, run }: Rig): Promise<number[]> {
  const views = await run(Promise.all(KEYS.map((key) => client.object(counter, key).get())));
  return views.map(({ context }) => context.count);
}

test("a message passed on to a host that commits it and dies is applied once", async () => {
  const it = rig();
  await it.host();
  const victim = await it.host();
  await it.clock.advance(5_000); // the partitions are shared

  addToAll(it);
  await it.clock.advance(50); // committed, and not yet known to be there by the host that passed it on
  victim.kill();
  await it.clock.advance(20_000);
  expect(await counts(it)).toEqual(KEYS.map(() => 1));
});

test("a message whose commit is in doubt while its partition moves is applied once", async () => {
  const it = rig();
  let fail: (cause: Error) => void = () => undefined;
  const answer = { now: Promise.resolve() as Promise<unknown> };
  await it.host({ store: answeredLate(() => answer.now) });
  answer.now = new Promise((_, reject) => {
    fail = reject;
  });
  answer.now.catch(() => undefined);
  addToAll(it);
  await it.clock.advance(50);
  await it.host(); // takes its share once the first host has given up waiting for its commit
  await it.clock.advance(8_000);
  fail(new Error("connection reset"));
  answer.now = Promise.resolve();
  await it.clock.advance(20_000);
  expect(await counts(it)).toEqual(KEYS.map(() => 1));
});
