/** One checkout, built and written by hand, with the same actors: callers and the outside world cannot tell them apart. */
import { expect, test } from "vitest";
import { checkoutActors, checkoutObject, witnessed } from "../../actors/sagas.ts";
import { checkout } from "../../machines/checkout.ts";
import { defineObject } from "../../src/core/define.ts";
import { checkMachine } from "../../src/saga/index.ts";
import { rig } from "../host/rig.ts";

const built = defineObject({ name: "checkout", machine: checkout, actors: checkoutActors });
const INPUTS = {
  paid: { sku: "s", amount: 10 },
  declined: { sku: "s", amount: 5_000 },
  gone: { sku: "gone", amount: 10 },
};

/** Under keys of its own: the world remembers step keys. */
async function outcomes(twin: string, object: typeof checkoutObject | typeof built): Promise<unknown[]> {
  const { host, client, run } = rig([object]);
  await host();
  const ended: unknown[] = [];
  for (const [key, input] of Object.entries(INPUTS)) {
    const seen = witnessed().length;
    const one = client.object("checkout", `${twin}-${key}`);
    await run(one.create(input));
    const { value, output } = await run(one.waitFor({ status: "done" }));
    const { status, failure } = output as { status: string; failure: { step: string; error: unknown } | null };
    const done = witnessed()
      .slice(seen)
      .map(({ kind, step }) => `${kind} ${step}`);
    ended.push({ value, status, failed: failure?.step ?? null, error: failure?.error ?? null, done });
  }
  return ended;
}

test("the built and the hand-written checkout end alike and do the same to the world", async () => {
  const byHand = await outcomes("hand", checkoutObject);
  expect(await outcomes("built", built)).toEqual(byHand);
  expect(byHand).toMatchObject([
    { status: "completed", done: ["do reserve", "do charge"] },
    { status: "compensated", done: ["do reserve", "do charge", "undo charge", "undo reserve"] },
    { status: "compensated", done: ["do reserve", "undo reserve"] },
  ]);
});

test("the built one is as sound as the other", () => {
  expect(checkMachine(checkout).findings).toEqual([]);
});
