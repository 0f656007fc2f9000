/** One verb on many objects: at its rate, to the end, and honest about what failed. */
import { settle } from "stator/testing";
import { expect, test } from "vitest";
import { Actions } from "../../src/inspector/act.ts";
import type { BulkRequest } from "../../src/inspector/api.ts";
import { BulkRuns, type Trial } from "../../src/inspector/bulk.ts";
import { Machines } from "../../src/inspector/machines.ts";
import { refusal, setting } from "../client/fake-host.ts";

const ENDED: Trial = { parked: undefined, isOver: true };

/** `look` tells what became of an object by its key. */
function runs(look: (key: string) => Trial = () => ENDED) {
  const made = setting({ maxAttempts: 1 });
  made.host.serve("stator.default.admin.retry");
  made.host.answers((attempt) =>
    attempt.body.includes('"bad') ? refusal("NOT_CREATED") : '{"ok":true,"message":"done","changed":true}',
  );
  const actions = new Actions(made.client, new Machines(() => []));
  return { ...made, bulk: new BulkRuns(actions, async ({ key }) => look(key), made.clock) };
}

const request = (objects: readonly string[], more: Partial<BulkRequest> = {}): BulkRequest => ({
  ...{ verb: "retry", reason: "fixed", objects, ratePerSecond: 10, ...more },
});

test("objects are taken one after the other at the rate, each once; one that fails does not stop the others", async () => {
  const { bulk, clock, host } = runs();
  const { id, total } = bulk.start(request(["order/a", "order/bad", "order/c", "order/a", "nonsense"]));
  expect(total).toBe(4);
  await clock.advance(100);
  await settle();
  expect(bulk.progress(id)).toMatchObject({ done: 0, failed: 1, isOver: false });
  expect(host.attempts.map(({ body }) => (JSON.parse(body) as { key: string }).key)).toEqual(["a", "bad"]);
  await clock.advance(1_000);
  await settle();
  expect(bulk.progress(id)).toMatchObject({ done: 2, failed: 2, isOver: true });
  expect(bulk.progress(id).failures.map(({ object }) => object)).toEqual(["order/bad", "nonsense"]);
});

test("what is tried again counts as done once it had the time to fail again, and did not", async () => {
  const parked = new Set<string>();
  const { bulk, clock } = runs((key) => ({
    parked: parked.has(key) ? "the gate is closed" : undefined,
    isOver: false,
  }));
  const { id } = bulk.start(request(["order/a", "order/b"]));
  await clock.advance(500);
  await settle();
  parked.add("b");
  await clock.advance(1_000);
  await settle();
  expect(bulk.progress(id)).toMatchObject({ done: 0, failed: 1, isOver: false });
  await clock.advance(2_000);
  await settle();
  expect(bulk.progress(id)).toMatchObject({ done: 1, failed: 1, isOver: true });
  expect(bulk.progress(id).failures).toEqual([
    { object: "order/b", message: "it is parked again. the gate is closed" },
  ]);
});

test.each([
  ["no objects", request([])],
  ["too many a second", request(["order/a"], { ratePerSecond: 1_000 })],
  ["no reason", request(["order/a"], { reason: " " })],
  ["no such verb", request(["order/a"], { verb: "explode" as "retry" })],
])("refused: %s", (_, given) => {
  expect(() => runs().bulk.start(given)).toThrow(expect.objectContaining({ code: "INVALID_REQUEST" }));
});

test("a run that is stopped with its process goes no further", async () => {
  const { bulk, clock, host } = runs();
  bulk.start(request(["order/a", "order/b"]));
  await settle();
  bulk.close();
  await clock.advance(1_000);
  await settle();
  expect(host.attempts).toHaveLength(1);
});
