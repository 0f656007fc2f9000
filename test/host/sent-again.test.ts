/**
 * Found by seed 90550 of the simulation: a row that could not be removed was sent again, to an object of another host that had
 * gone on meanwhile and has no receipt of it. The answer was not JSON, and so the row was sent again for ever.
 */
import { expect, test } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { Kit } from "../../src/testing/index.ts";
import { order, stock, trade } from "./trade.ts";

const keys = [..."abcdefgh"];

test("an ask whose row could not be removed, after a later one of its link, is at rest once it is sent again", async () => {
  let isDown = true;
  const forgetful = (inner: Store): Store => {
    const sent: Store["sent"] = async (rows) => {
      if (isDown) throw new Error("the database is down");
      await inner.sent(rows);
    };
    return new Proxy(inner, {
      get(of, name) {
        if (name === "sent") return sent;
        const member: unknown = Reflect.get(of, name);
        return typeof member === "function" ? member.bind(of) : member;
      },
    });
  };
  const kit = new Kit({ objects: trade });
  for (let i = 0; i < 2; i++) await kit.host({ store: forgetful });
  await kit.advance("5s");
  const take = async (key: string): Promise<void> => {
    await kit.object(order, key).send({ type: "TAKE", key, amount: 1 });
    await kit.object(order, key).waitFor({ matches: "idle" });
  };
  for (const key of keys) await take(key); // refused by a stock that is not born: nothing is stored there
  isDown = false;
  for (const key of keys) {
    await kit.object(stock, key).send({ type: "FILL", amount: 5 });
    await take(key);
  }
  const scope = { partitions: [...Array(kit.database.partitions).keys()], names: ["order"] };
  expect((await kit.store.pendingSends(scope, 99)).length).toBeGreaterThan(0);
  await kit.advance("1m");
  expect(await kit.store.pendingSends(scope, 99)).toEqual([]);
  for (const key of keys) expect((await kit.object(stock, key).get()).context).toMatchObject({ left: 4 });
});
