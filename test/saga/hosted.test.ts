/** The example sagas on hosts: real promise actors, real messages between objects, memory in place of the servers. */
import { expect, test } from "vitest";
import {
  accountObject,
  checkoutObject,
  heldAfter,
  sagaObjects,
  streamingObject,
  transferObject,
  tripObject,
  witnessed,
} from "../../actors/sagas.ts";
import { rig } from "../host/rig.ts";

/** What is held of one object, by step. */
const heldBy = (address: string): readonly string[] =>
  heldAfter(witnessed())
    .filter((stepKey) => stepKey.startsWith(`${address}/`))
    .map((stepKey) => stepKey.slice(stepKey.lastIndexOf("/") + 1));
const undoneBy = (address: string): readonly string[] =>
  witnessed()
    .filter(({ kind, stepKey }) => kind === "undo" && stepKey.startsWith(`${address}/`))
    .map(({ stepKey }) => stepKey.slice(stepKey.lastIndexOf("/") + 1));

test("a household subscribes to all of its list", async () => {
  const { host, client, run } = rig(sagaObjects);
  await host();
  const object = client.object(streamingObject, "ok");
  await run(object.create({ userId: "u", items: ["Arte", "Mubi"] }));
  const ended = await run(object.waitFor({ status: "done" }));
  expect(ended).toMatchObject({ value: "completed", output: { status: "completed" } });
  expect(heldBy("streaming/ok")).toEqual(["payment", "subscription[0]", "subscription[1]"]);
});

test("Disney fails for good, and everything is rolled back", async () => {
  const { host, client, run } = rig(sagaObjects);
  await host();
  const object = client.object(streamingObject, "disney");
  await run(object.create({ userId: "u", items: ["Arte", "Disney", "Mubi"] }));
  const ended = await run(object.waitFor({ status: "done" }));
  expect(ended.output).toMatchObject({
    status: "compensated",
    failure: { step: "subscription[1]", error: { code: "NOT_AVAILABLE", message: "Disney is not available" } },
  });
  expect(heldBy("streaming/disney")).toEqual([]);
  expect(undoneBy("streaming/disney")).toEqual(["subscription[1]", "subscription[0]", "payment"]);
});

test("Netflix fails for reasons that pass, for ever: nothing is rolled back until somebody cancels", async () => {
  const { host, client, run, clock } = rig(sagaObjects);
  await host();
  const object = client.object(streamingObject, "netflix");
  await run(object.create({ userId: "u", items: ["Arte", "Netflix"] }));
  await clock.advance(60_000);
  expect(await run(object.get())).toMatchObject({ status: "active", value: { do_subscription: "running" } });
  expect(undoneBy("streaming/netflix")).toEqual([]);
  await run(object.send({ type: "CANCEL" }));
  expect((await run(object.waitFor({ status: "done" }))).output).toMatchObject({ status: "compensated" });
  expect(heldBy("streaming/netflix")).toEqual([]);
});

test("a removal that fails twenty times is tried until it succeeds; one that fails for good parks and is skipped", async () => {
  const { host, client, run } = rig(sagaObjects);
  await host();
  const hulu = client.object(streamingObject, "hulu");
  await run(hulu.create({ userId: "u", items: ["Hulu", "Disney"] }));
  expect((await run(hulu.waitFor({ status: "done" }))).output).toMatchObject({ status: "compensated", skipped: [] });
  expect(heldBy("streaming/hulu")).toEqual([]);
  const paramount = client.object(streamingObject, "paramount");
  await run(paramount.create({ userId: "u", items: ["Paramount", "Disney"] }));
  await run(paramount.waitFor({ tag: "parked" }));
  await run(paramount.send({ type: "SKIP", step: "subscription[0]", reason: "they are closed", by: "ana" }));
  expect((await run(paramount.waitFor({ status: "done" }))).output).toMatchObject({
    status: "compensated",
    skipped: [{ step: "subscription[0]", reason: "they are closed", by: "ana" }],
  });
  expect(heldBy("streaming/paramount")).toEqual(["subscription[0]"]);
});

test("a trip is booked, or given back in reverse where there is no car", async () => {
  const { host, client, run } = rig(sagaObjects);
  await host();
  const rome = client.object(tripObject, "rome");
  await run(rome.create({ traveler: "t", to: "Rome" }));
  expect((await run(rome.waitFor({ status: "done" }))).output).toMatchObject({ status: "completed" });
  const nowhere = client.object(tripObject, "nowhere");
  await run(nowhere.create({ traveler: "t", to: "Nowhere" }));
  expect((await run(nowhere.waitFor({ status: "done" }))).output).toMatchObject({ failure: { step: "car" } });
  expect(undoneBy("trip/nowhere")).toEqual(["car", "hotel", "flight"]);
  expect(heldBy("trip/nowhere")).toEqual([]);
});

test("a checkout written by hand is undone where the card is declined", async () => {
  const { host, client, run } = rig(sagaObjects);
  await host();
  const object = client.object(checkoutObject, "dear");
  await run(object.create({ sku: "s", amount: 5_000 }));
  expect((await run(object.waitFor({ status: "done" }))).output).toMatchObject({ failure: { step: "charge" } });
  expect(undoneBy("checkout/dear")).toEqual(["charge", "reserve"]);
});

test("money moves between two accounts, or stays where it is", async () => {
  const { host, client, run } = rig(sagaObjects);
  await host();
  const accounts = ["a", "b"].map((key) => client.object(accountObject, key));
  await run(Promise.all(accounts.map((account) => account.create({ balance: 100 }))));
  const move = async (key: string, amount: number) => {
    const transfer = client.object(transferObject, key);
    await run(transfer.create({ from: "a", to: "b", amount }));
    return (await run(transfer.waitFor({ status: "done" }))).output;
  };
  expect(await move("t1", 30)).toEqual({ status: "completed", failure: null });
  expect(await move("t2", 80)).toEqual({ status: "compensated", failure: "the debit was refused" });
  const balances = await run(Promise.all(accounts.map((account) => account.get())));
  expect(balances.map(({ context }) => context.balance)).toEqual([70, 130]);
});
