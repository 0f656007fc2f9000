/** Many timers that are due at once, or that belong to objects that take no turns: the others do not notice. */
import { expect, test } from "vitest";
import { pausedText } from "../../src/core/parking.ts";
import type { Store } from "../../src/ports/store.ts";
import { createKit, type Kit } from "../../src/testing/index.ts";
import { bill } from "./rig.ts";
import { by } from "./voyage.ts";

const MINUTE_MS = 60_000;
const keysOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `b${i}`);

/** Each has a timer that is due after a minute. */
async function arm(kit: Kit, keys: readonly string[]): Promise<void> {
  for (let i = 0; i < keys.length; i += 500) {
    const some = keys.slice(i, i + 500);
    await kit.run(Promise.all(some.map((key) => kit.client.object(bill, key).create({ amount: 1 }))));
  }
}

async function expired(kit: Kit): Promise<number> {
  return (await kit.store.list({ ...ALL, name: "bill" })).filter(({ value }) => value === "expired").length;
}
const ALL = {
  status: undefined,
  matches: undefined,
  tag: undefined,
  prefix: undefined,
  after: undefined,
  limit: 10_000,
} as const;

test("a host that starts with 3,000 due timers takes up no more than it can carry, and fires each once", async () => {
  const kit = await createKit({ objects: [bill] });
  await arm(kit, keysOf(3_000));
  for (const host of kit.hosts.splice(0)) host.kill();
  await kit.advance(2 * MINUTE_MS);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const isHeld =
    (inner: Store): Store["commit"] =>
    (batch) =>
      held.then(() => inner.commit(batch));
  const { runtime } = await kit.host({ store: (inner) => overlaid(inner, { commit: isHeld(inner) }) });
  await kit.advance("5s");
  expect(runtime.activations).toBeGreaterThan(100);
  expect(runtime.activations).toBeLessThan(1_000);
  release();
  await kit.advance("10s");
  expect(await expired(kit)).toBe(3_000);
  for (const key of ["b0", "b2999"]) {
    expect((await kit.journal(bill, key)).map(({ kind }) => kind)).toEqual(["create", "timer"]);
  }
});

test("due timers of 700 paused objects hold up nobody else's, and fire at the resume", async () => {
  const kit = await createKit({ objects: [bill], partitions: 2 });
  const paused = keysOf(700);
  await arm(kit, [...paused, "free"]);
  for (const key of paused)
    await kit.store.pause({ name: "bill", key }, pausedText({ ...by, since: "" }), `9${key.slice(1)}`);
  await kit.advance(MINUTE_MS + 5_000);
  expect(await expired(kit)).toBe(1);
  await kit.object(bill, "b3").resume(by);
  await kit.settle();
  expect(await expired(kit)).toBe(2);
});

test("timers that follow each other closely are looked for ahead, and none of them fires early or late", async () => {
  const kit = await createKit({ objects: [bill], hosts: 0 });
  let looks = 0;
  await kit.host({
    store: (inner) =>
      overlaid(inner, {
        dueTimers: (...args) => {
          looks++;
          return inner.dueTimers(...args);
        },
      }),
  });
  const armedMs: number[] = [];
  for (const key of keysOf(300)) {
    await kit.object(bill, key).create({ amount: 1 });
    armedMs.push(kit.clock.wallMs());
    await kit.advance(10);
  }
  looks = 0;
  await kit.advance(MINUTE_MS);
  expect(looks).toBeLessThan(150);
  for (const [i, key] of keysOf(300).entries()) {
    const firedMs = Date.parse((await kit.journal(bill, key))[1]?.committedAt ?? "");
    expect(firedMs - (armedMs[i] ?? 0)).toBeGreaterThanOrEqual(MINUTE_MS);
    expect(firedMs - (armedMs[i] ?? 0)).toBeLessThanOrEqual(MINUTE_MS + 10);
  }
});

function overlaid(inner: Store, over: Partial<Store>): Store {
  return new Proxy(inner, {
    get: (target, name) =>
      Reflect.get(over, name) ?? (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target),
  });
}
