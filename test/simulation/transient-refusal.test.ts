/** Found by seed 1171 of an early simulator: one serialization failure parked an object for good. */
import { expect, test } from "vitest";
import type { StatorError } from "../../src/core/errors.ts";
import type { Message } from "../../src/core/message.ts";
import { Attempts } from "../../src/host/attempts.ts";
import { VirtualClock } from "../../src/memory/clock.ts";
import { SeededRandom } from "../../src/memory/random.ts";
import { BatchRefusedError, type Store } from "../../src/ports/store.ts";
import { counter, rig } from "../host/rig.ts";

/** A store whose first commit loses against another transaction. */
function losingOnce(inner: Store): Store {
  let isFirst = true;
  const commit: Store["commit"] = async (batch) => {
    if (!isFirst) return inner.commit(batch);
    isFirst = false;
    throw new BatchRefusedError("could not serialize access", "40001");
  };
  return new Proxy(inner, {
    get(of, name) {
      if (name === "commit") return commit;
      const member: unknown = Reflect.get(of, name);
      return typeof member === "function" ? member.bind(of) : member;
    },
  });
}

test("a turn that lost against another transaction is run again, and its sender notices nothing", async () => {
  const { host, client, run } = rig();
  await host({ store: losingOnce });
  const receipt = await run(client.object(counter, "c1").send({ type: "ADD", amount: 2 }));
  expect(receipt).toMatchObject({ revision: 1, duplicate: false, context: { count: 2 } });
});

test("deliveries of one message that come before its next try is due do not count as tries", async () => {
  const clock = new VirtualClock();
  const parked: string[] = [];
  const attempts = new Attempts(3, clock, new SeededRandom(1, clock), (of) => parked.push(of.key));
  const message = {
    id: "m-1",
    to: { name: "notes", key: "n" },
    body: { kind: "event", event: { type: "X" } },
  } as Message;
  const error = { code: "TURN_FAILED", message: "planted" } as StatorError;
  for (let i = 0; i < 10; i++) attempts.failed("m-1", message, error);
  expect(parked).toEqual([]);
  for (let i = 0; i < 2; i++) {
    await clock.advance(60_000);
    attempts.failed("m-1", message, error);
  }
  expect(parked).toEqual(["n"]);
});
