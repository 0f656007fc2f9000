/** What the preview of an event said is what its turn then did; and the preview itself did nothing. */
import { expect, test } from "vitest";
import type { JournalRow, Preview } from "../../src/inspector/api.ts";
import { eventually } from "../support/eventually.ts";
import { type Rig, rig } from "./rig.ts";

interface Case {
  readonly name: string;
  readonly input?: unknown;
  readonly before?: readonly { readonly type: string }[];
  readonly event: { readonly type: string; readonly [field: string]: unknown };
}

const CASES: readonly Case[] = [
  { name: "order", input: { total: 5 }, event: { type: "PAY", method: "card" } },
  { name: "order", input: { total: 5 }, event: { type: "CANCEL" } },
  { name: "counter", event: { type: "ADD", amount: 3 }, before: [{ type: "RESET" }] },
  { name: "streaming", input: { userId: "u", items: ["Netflix"] }, event: { type: "CANCEL" } },
  { name: "trip", input: { traveler: "ann", to: "Rome" }, event: { type: "CANCEL" } },
];

const told = ({
  to,
  from,
  taken,
  guards,
  actions,
  sends,
  timersSet,
  timersCleared,
  invoked,
  aborted,
  diff,
}: Preview | JournalRow) => ({
  from,
  to,
  taken,
  guards,
  actions,
  sends,
  timersSet,
  timersCleared,
  invoked,
  aborted,
  diff,
});

async function fingerprint({ sql }: Rig): Promise<string> {
  const tables = ["objects", "states", "journal", "timers", "invocations", "outbox", "links"];
  const parts = tables.map(
    (table) => `(select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from $schema.${table} t)`,
  );
  const [row] = await sql<{ print: string }>(`select ${parts.join(" || ")} as print`);
  return row?.print ?? "";
}

/** Where nothing of it runs by itself any more, or only what is tried again for ever. */
async function settled(under: Rig, name: string, key: string): Promise<number> {
  return eventually(async () => {
    const before = await under.inspector.object({ name, key });
    expect(before.invocations.every(({ attempts }) => attempts > 0)).toBe(true);
    return before.turn;
  });
}

test("each preview equals the turn that follows, and changes no row", async () => {
  const under = await rig();
  let seen = 0;
  for (const [i, { name, input, before = [], event }] of CASES.entries()) {
    const key = `p${i}`;
    const object = under.client.object(name, key);
    if (input !== undefined) await object.create(input);
    for (const one of before) await object.send(one);
    const revision = await settled(under, name, key);
    // what is tried again for ever changes its row by itself
    const isQuiet = name !== "streaming";
    const print = await fingerprint(under);
    const preview = await under.inspector.actions.preview({ name, key }, event);
    if (isQuiet && i < 3) expect(await fingerprint(under), name).toBe(print);
    expect(preview.revision).toBe(revision);
    const sent = await object.send(event).catch((cause: Error) => cause);
    if (preview.outcome === "not accepted") {
      expect(sent).toMatchObject({ code: expect.stringMatching(/^(EVENT_NOT_ACCEPTED|OBJECT_DONE)$/) });
      continue;
    }
    expect(preview.outcome).toBe("handled");
    const { rows } = await under.inspector.journal({ name, key }, { before: revision + 2 }, 1);
    const [turn] = rows as [JournalRow];
    expect(turn).toMatchObject({ turn: revision + 1, kind: "event" });
    expect(told(preview)).toEqual(told(turn));
    seen++;
  }
  expect(seen).toBeGreaterThanOrEqual(4);
});

test("a preview of an event that the state does not take, or that is not valid, says so", async () => {
  const under = await rig();
  await under.client.object("order", "o1").create({ total: 5 });
  await under.client.object("order", "o1").send({ type: "CANCEL" });
  const address = { name: "order", key: "o1" };
  const preview = await under.inspector.actions.preview(address, { type: "PAY", method: "card" });
  expect(preview).toMatchObject({ outcome: "not accepted", message: "it has ended", diff: [] });
  await expect(under.inspector.actions.preview(address, { type: "PAY", method: 5 })).rejects.toMatchObject({
    code: "INVALID_EVENT",
  });
  await expect(under.inspector.actions.preview({ name: "order", key: "zz" }, { type: "CANCEL" })).rejects.toMatchObject(
    {
      code: "NOT_CREATED",
    },
  );
});
