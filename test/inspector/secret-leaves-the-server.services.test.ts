/** What a schema calls sensitive is in no answer, wherever it comes by; odd and huge values are shown, not stumbled over. */
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { rig, serve } from "./rig.ts";
import { vault } from "./secret.ts";

const PIN = "pin-8431";
const NUMBER = "4000-1234";

test("no answer holds a sensitive value: object, turns, journal, preview, lists, wire", async () => {
  const under = await rig([vault]);
  const url = await serve(under);
  const object = under.client.object(vault, "v1");
  await object.create({ owner: "ann", pin: PIN });
  await object.send({ type: "ADD", bank: "north", number: NUMBER, text: "" });
  await object.send({ type: "CHECK" });
  await eventually(async () => expect((await object.get()).revision).toBe(4));

  const paths = ["", "/turn/2", "/turn/3", "/journal", "/consequences"].map((path) => `object/vault/v1${path}`);
  const texts: string[] = [];
  for (const path of [...paths, "objects?name=vault", "machine/vault", "overview"]) {
    const answer = await fetch(`${url}/inspector/api/${path}`);
    expect(answer.status, path).toBe(200);
    texts.push(await answer.text());
  }
  const event = { type: "ADD", bank: "south", number: NUMBER, text: "" };
  texts.push(JSON.stringify(await under.inspector.actions.preview({ name: "vault", key: "v1" }, event)));
  const heard: string[] = [];
  const session = under.inspector.wire(
    { name: "vault", key: "v1" },
    (text) => heard.push(text),
    () => undefined,
  );
  await eventually(() => expect(heard).toHaveLength(2));
  session.close();
  for (const text of [...texts, ...heard]) {
    expect(text).not.toContain(PIN);
    expect(text).not.toContain(NUMBER);
  }

  for (const where of ["pin>a", `cards.0.number=${NUMBER}`, "cards=x"]) {
    const refused = expect.objectContaining({ code: "FORBIDDEN" });
    await expect(under.inspector.objects({ name: "vault", where: [where] }, undefined, 5), where).rejects.toEqual(
      refused,
    );
    await expect(under.inspector.objects({ where: [where] }, undefined, 5), where).rejects.toEqual(refused);
  }
  expect(await under.inspector.objects({ name: "vault", where: ["owner=ann"] }, undefined, 5)).toMatchObject({
    total: 1,
  });

  const { verdict, context } = await under.inspector.object({ name: "vault", key: "v1" });
  expect(verdict).toMatch(/^ann keeps … here, pin …\./);
  expect(context).toMatchObject({
    owner: "ann",
    pin: { $masked: true },
    cards: [{ bank: "north", number: { $masked: true } }],
  });
  const { rows } = await under.inspector.journal({ name: "vault", key: "v1" }, {}, 10);
  expect(rows.map(({ label }) => label)).toEqual(["check done", "CHECK", "ADD", "created"]);
  expect(rows[2]?.diff).toContainEqual({
    path: "cards[0]",
    kind: "added",
    before: undefined,
    after: { bank: "north", number: { $masked: true } },
  });
  expect(rows[0]?.event).toMatchObject({ value: { token: { $masked: true } } });
});

test("values that JSON does not know, and long texts, are shown with what was left out", async () => {
  const under = await rig([vault]);
  const object = under.client.object(vault, "v2");
  await object.create({ owner: "ann", pin: PIN });
  const { context } = await under.inspector.object({ name: "vault", key: "v2" });
  expect(context).toMatchObject({
    opened: { $date: "1970-01-01T00:00:00.000Z" },
    debt: { $bigint: "12" },
    notes: { $map: [["a", 1]] },
    text: "</script><script>alert(1)</script>",
  });
  await object.send({ type: "ADD", bank: "north", number: "1", text: `\u202e${"é".repeat(9_000)}` });
  const later = await under.inspector.object({ name: "vault", key: "v2" });
  expect(later.context).toMatchObject({ text: { $cut: "text", size: 9_001 } });
  expect(JSON.stringify(later).length).toBeLessThan(20_000);
});
