/** A purge at any moment of other work, and a host that dies at any step of it: whole, once, and nothing comes back. */
import { expect, test } from "vitest";
import { StatorError } from "../../src/core/errors.ts";
import type { Store } from "../../src/ports/store.ts";
import { createKit, Kit } from "../../src/testing/index.ts";
import { doomed } from "./crash.ts";
import { order, stock } from "./trade.ts";

const by = { by: "ann", reason: "erasure request 12" };
const objects = [order, stock];
const rowsOf = (kit: Kit) => kit.database.rows({ name: "stock", key: "s" });
const codeOf = (cause: unknown): string => (cause instanceof StatorError ? cause.code : String(cause));

test("messages, asks and sends in flight when the purge comes are applied before it, late, or refused; never after it", async () => {
  const outcomes = new Set<string>();
  for (let ms = 0; ms < 40; ms++) {
    const kit = await createKit({ objects, seed: ms + 1, hosts: 2 });
    await kit.advance("5s");
    kit.broker.onDeliver = (_, deliver) => void kit.clock.after(kit.random.fraction() * 12, deliver);
    const s = kit.client.object(stock, "s");
    await kit.run(s.send({ type: "FILL", amount: 9 }));
    const end = kit.run(s.send({ type: "CLOSE" }));
    const asked = kit.run(kit.client.object(order, "o").send({ type: "TAKE", key: "s", amount: 1 }));
    const told = kit.run(kit.client.object(order, "p").send({ type: "TELL", key: "s", what: "RESERVE", amount: 1 }));
    await kit.clock.advance(ms);
    const sent = s.send({ type: "FILL", amount: 1 }, { messageId: "late" }).then(() => "accepted", codeOf);
    const purge = s.purge(by).then(() => "purged", codeOf);
    const [code, verdict] = await kit.run(Promise.all([sent, purge]));
    outcomes.add(`message ${code}`).add(`purge ${verdict}`);
    await Promise.all([end, asked, told]);
    if (verdict !== "purged") await kit.run(s.purge(by));
    await kit.advance("1m");
    const { object, journal } = rowsOf(kit);
    expect(object?.last.status).toBe("purged");
    expect(journal.at(-1)?.turn.kind).toBe("purged");
    expect(journal.filter(({ turn }) => turn.kind === "purged")).toHaveLength(1);
    expect(JSON.stringify(journal)).not.toContain("amount");
    expect(await kit.run(s.get().catch(codeOf))).toBe("GONE");
    const { context, value } = await kit.run(kit.client.object(order, "o").get());
    expect(value).toBe("idle");
    if (context.error !== null) outcomes.add(`ask ${context.error.code}`);
    const scope = { partitions: [...Array(8).keys()], names: ["stock", "order"] };
    expect(await kit.store.pendingSends(scope, 9)).toEqual([]);
  }
  expect([...outcomes]).toEqual(
    expect.arrayContaining(["message accepted", "message OBJECT_DONE", "purge purged", "purge EVENT_NOT_ACCEPTED"]),
  );
}, 60_000);

test.each(["before", "after"] as const)(
  "the owner dies at any call of the store, %s it is carried out: purged whole, and once",
  { timeout: 60_000 },
  async (when) => {
    let deaths = 0;
    for (let run = 0; run < 36; run++) {
      const at = run % 9;
      const kit = new Kit({ objects, seed: run + 1 });
      const first = await kit.host();
      const s = kit.object(stock, "s");
      await s.send({ type: "FILL", amount: 3 });
      await s.send({ type: "CLOSE" });
      const { calls } = await doomed(kit, at, when);
      await first.stop();
      await kit.host();
      await kit.advance("1s");
      await s.purge(by);
      const { journal } = rowsOf(kit);
      expect(journal.filter(({ turn }) => turn.kind === "purged")).toHaveLength(1);
      expect(JSON.stringify(journal)).not.toContain("amount");
      await expect(s.send({ type: "FILL", amount: 3 })).rejects.toMatchObject({ code: "GONE" });
      const audit = (await kit.run(kit.client.audit())).map(({ verb, result }) => [verb, result]);
      expect(audit).toEqual([["purge", expect.stringMatching(/^(done|unchanged)$/)]]);
      if (calls() > at) deaths++;
    }
    expect(deaths).toBeGreaterThan(10);
  },
);

test("the host died after the tombstone and nobody repeats the order: the retention clears the rest", async () => {
  const kit = new Kit({ objects });
  const host = await kit.host({ store: (inner) => new Proxy<Store>(inner, { get: neverClears }) });
  const s = kit.object(stock, "s");
  await s.send({ type: "FILL", amount: 3 });
  await s.send({ type: "CLOSE" });
  kit.client.object(stock, "s").purge(by).catch(codeOf);
  await kit.settle();
  expect(rowsOf(kit).object?.last.status).toBe("purged");
  expect(JSON.stringify(rowsOf(kit).journal)).toContain("amount");
  host.kill();
  await kit.host();
  await kit.advance("2m");
  expect(JSON.stringify(rowsOf(kit).journal)).not.toContain("amount");
});

function neverClears(of: object, name: string | symbol): unknown {
  if (name === "clear") return () => new Promise(() => undefined);
  const member: unknown = Reflect.get(of, name);
  return typeof member === "function" ? member.bind(of) : member;
}

test("the receipt of a duplicate is not read from a journal that was cleared meanwhile", async () => {
  const kit = new Kit({ objects });
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await kit.host({
    store: (inner) =>
      new Proxy(inner, {
        get: (target, name) =>
          name === "replies"
            ? (asked: Parameters<typeof inner.replies>[0]) =>
                asked[0]?.messageId === "m" ? held.then(() => target.replies(asked)) : target.replies(asked)
            : (Reflect.get(target, name) as () => unknown).bind(target),
      }),
  });
  const s = kit.object(stock, "s");
  const fill = () => s.send({ type: "FILL", amount: 3 }, { messageId: "m" });
  await fill();
  const again = fill().catch(codeOf);
  await kit.advance("20ms");
  await s.send({ type: "CLOSE" });
  await s.purge(by);
  release();
  expect(await again).toBe("GONE");
});
