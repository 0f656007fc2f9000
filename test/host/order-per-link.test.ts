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

test("a message whose commit landed late is not overtaken where a second commit of its sender was in doubt", async () => {
  const kit = new Kit({ objects: trade, seed: 1 });
  let commits: "pass" | "lose" | "late" = "pass";
  let late: () => Promise<unknown> = async () => undefined;
  let looks = 0;
  let canLook = true;
  await kit.host({
    store: (inner) =>
      new Proxy(inner, {
        get: (target, name) => {
          if (name === "pendingSends") looks++;
          if (name === "pendingSends" && !canLook) return () => Promise.reject(new Error("planted: no answer"));
          if (name === "commit" && commits !== "pass")
            return (batch: Parameters<typeof inner.commit>[0]) => {
              if (commits === "late") late = () => target.commit(batch);
              commits = "pass";
              return Promise.reject(new Error("planted: the answer is lost"));
            };
          return (Reflect.get(target, name) as () => unknown).bind(target);
        },
      }),
  });
  await kit.advance("10s");
  const o1 = kit.object(order, "o1");
  const tell = (amount: number) =>
    o1.send({ type: "TELL", key: "g", what: "FILL", amount }, { messageId: `m-${amount}` });
  await tell(1);
  canLook = false;
  commits = "lose";
  await tell(2); // the first doubt; its repetition is committed, and waits for a look
  canLook = true;
  commits = "late";
  const third = tell(3); // the second doubt, and a look, which sees the second message and not the third
  for (const before = looks; looks === before; ) await kit.advance("1ms");
  await late();
  await third;
  await tell(4);
  await kit.advance("1m");
  const journal = await kit.journal(stock, "g");
  expect(journal.map(({ event }) => (event as { amount: number }).amount)).toEqual([1, 2, 3, 4]);
});
