/** One verb on many objects: at its rate, to the end, and honest about what failed. */
import { settle } from "stator/testing";
import { expect, test } from "vitest";
import { Actions } from "../../src/inspector/act.ts";
import type { BulkRequest } from "../../src/inspector/api.ts";
import { BulkRuns } from "../../src/inspector/bulk.ts";
import { Machines } from "../../src/inspector/machines.ts";
import { refusal, setting } from "../client/fake-host.ts";

function runs() {
  const made = setting({ maxAttempts: 1 });
  made.host.serve("stator.default.admin.retry");
  made.host.answers((attempt) =>
    attempt.body.includes('"bad') ? refusal("NOT_CREATED") : '{"ok":true,"message":"done","changed":true}',
  );
  return { ...made, bulk: new BulkRuns(new Actions(made.client, new Machines(() => [])), made.clock) };
}

const request = (objects: readonly string[], more: Partial<BulkRequest> = {}): BulkRequest => ({
  ...{ verb: "retry", reason: "fixed", objects, ratePerSecond: 10, ...more },
});

test("objects are taken one after the other at the rate, each once; one that fails does not stop the others", async () => {
  const { bulk, clock, host } = runs();
  const { id, total } = bulk.start(request(["order/a", "order/bad", "order/c", "order/a", "nonsense"]));
  expect(total).toBe(4);
  await settle();
  expect(bulk.progress(id)).toMatchObject({ done: 1, failed: 0, isOver: false });
  await clock.advance(100);
  await settle();
  expect(host.attempts.map(({ body }) => (JSON.parse(body) as { key: string }).key)).toEqual(["a", "bad"]);
  await clock.advance(1_000);
  await settle();
  expect(bulk.progress(id)).toMatchObject({ done: 2, failed: 2, isOver: true });
  expect(bulk.progress(id).failures.map(({ object }) => object)).toEqual(["order/bad", "nonsense"]);
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
