/** Found by seeds 244 and 334 of the simulation: what waits for an operator must be seen by him, whatever became of the first note of it. */
import { expect, test } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { Kit } from "../../src/testing/index.ts";
import { source, victim } from "./poison.ts";

/** A store that is down when the message is parked. */
function downWhenParking(inner: Store): Store {
  let failures = 2;
  const parkSend: Store["parkSend"] = async (...args) => {
    if (failures-- > 0) throw new Error("the database is down");
    await inner.parkSend(...args);
  };
  return new Proxy(inner, {
    get(of, name) {
      if (name === "parkSend") return parkSend;
      const member: unknown = Reflect.get(of, name);
      return typeof member === "function" ? member.bind(of) : member;
    },
  });
}

test("a message that was parked while the database was down is listed as parked once it is up", async () => {
  const kit = new Kit({ objects: [source, victim] });
  await kit.host({ store: downWhenParking });
  await kit.run(kit.object(source, "a").send({ type: "TELL", object: "victim", key: "v1", what: "NOPE", word: "" }));
  await kit.clock.advance(30_000);
  const { objects } = await kit.run(kit.client.list({ parked: true }));
  expect(objects).toMatchObject([{ object: "source", key: "a", parkedSends: 1 }]);
});
