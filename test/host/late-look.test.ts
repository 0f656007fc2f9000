/** A look at the recorded invocations is old when its answer comes: what has ended since must not run again. */
import { expect, test } from "vitest";
import { createKit } from "../../src/testing/index.ts";
import { calls, hold, leg, reset } from "./voyage.ts";

test("an invocation that ends while the database is asked for unfinished ones runs once", async () => {
  reset();
  const kit = await createKit({ objects: [leg], hosts: 0 });
  let answer: Promise<unknown> = Promise.resolve();
  await kit.host({
    store: (inner) =>
      new Proxy(inner, {
        get: (target, name) =>
          name === "pendingInvocations"
            ? async (...args: Parameters<typeof inner.pendingInvocations>) => {
                const rows = await target.pendingInvocations(...args);
                await answer;
                return rows;
              }
            : (Reflect.get(target, name) as () => unknown).bind(target),
      }),
  });
  const end = hold("meal");
  await kit.object(leg, "a").create({ from: "Oslo" });
  await kit.settle();
  let release = (): void => undefined;
  answer = new Promise<void>((resolve) => {
    release = resolve;
  });
  await kit.advance("6s"); // the sweep asks, and sees the meal unfinished
  end();
  await kit.settle();
  release();
  await kit.advance("1s");
  expect(calls).toEqual(["seat", "meal", "issue", "mail"]);
});
