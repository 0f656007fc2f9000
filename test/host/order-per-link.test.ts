/** What one object sends to another arrives in the order sent, whatever its kind and whatever dies meanwhile. */
import { expect, test } from "vitest";
import { Kit } from "../../src/testing/index.ts";
import { doomed } from "./crash.ts";
import { order, stock, trade } from "./trade.ts";

test("sends and asks of one object to one other are applied in the order sent, over deaths of hosts", async () => {
  for (let at = 0; at < 24; at += 3) {
    const kit = new Kit({ objects: trade, seed: at + 1 });
    await doomed(kit, at, at % 2 === 0 ? "before" : "after");
    await kit.host();
    await kit.advance("3s");
    const o1 = kit.object(order, "o1");
    const tell = (amount: number) =>
      o1.send({ type: "TELL", key: "g", what: "FILL", amount }, { messageId: `m-${amount}` });
    for (const amount of [1, 2, 3]) await tell(amount);
    await o1.send({ type: "TAKE", key: "g", amount: 6 }, { messageId: "take" });
    for (const amount of [4, 5]) await tell(amount);
    await kit.advance("1m");
    const journal = await kit.journal(stock, "g");
    const events = journal.map(({ event }) => event as { type: string; amount: number });
    expect(events.map(({ type, amount }) => `${type} ${amount}`)).toEqual([
      "FILL 1",
      "FILL 2",
      "FILL 3",
      "TAKE 6",
      "FILL 4",
      "FILL 5",
    ]);
    expect((await kit.object(stock, "g").get()).context.left).toBe(9);
  }
});
