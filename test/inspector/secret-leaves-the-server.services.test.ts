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
  for (const path of [
    ...paths,
    "objects?name=vault",
    "machine/vault",
    "machine/vault/payloads?event=ADD",
    "overview",
  ]) {
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

test("what a promise actor with secrets fails with is not quoted, where it is tried again, parked or told of", async () => {
  const under = await rig([vault]);
  const url = await serve(under);
  const object = under.client.object(vault, "v3");
  await object.create({ owner: "eve", pin: "wrong-8431" });
  await object.send({ type: "ADD", bank: "north", number: "1", text: "" });
  await object.send({ type: "CHECK" });
  const address = { name: "vault", key: "v3" };
  await eventually(async () => {
    const { invocations } = await under.inspector.object(address);
    expect(invocations[0]?.lastError).toEqual({ name: "Error", message: "the message is masked", code: undefined });
  });
  const { incidents } = await under.inspector.incidents();
  expect(incidents).toMatchObject([{ kind: "retrying", cause: "check", error: "the message is masked" }]);
  for (const path of ["object/vault/v3", "object/vault/v3/journal", "incidents", "overview"]) {
    expect(await (await fetch(`${url}/inspector/api/${path}`)).text(), path).not.toContain("wrong-8431");
  }
});

test("mail that waits for a paused object is masked as the object says", async () => {
  const under = await rig([vault]);
  const object = under.client.object(vault, "v5");
  await object.create({ owner: "ann", pin: PIN });
  await object.pause({ by: "bob", reason: "r" });
  const body = JSON.stringify({ event: { type: "ADD", bank: "north", number: NUMBER } });
  await under.sql(
    `insert into $schema.outbox (partition, name, key, revision, idx, incarnation, kind, target, body, parked)
     select partition, 'counter', 'c', 7, 0, '1', 'send', 'vault/v5', $1, '{"reason":"r"}' from $schema.objects`,
    [body],
  );
  const { incoming } = await under.inspector.object({ name: "vault", key: "v5" });
  expect(incoming).toMatchObject([{ from: "counter/c", revision: 7, kind: "send", parked: "r" }]);
  expect(JSON.stringify(incoming)).toContain("north");
  expect(JSON.stringify(incoming)).not.toContain(NUMBER);
});

test("a masked field is shown to who says why, and the audit keeps it; nothing else is shown that way", async () => {
  const under = await rig([vault]);
  const url = await serve(under);
  const object = under.client.object(vault, "v4");
  await object.create({ owner: "ann", pin: PIN });
  await object.send({ type: "ADD", bank: "north", number: NUMBER, text: "" });
  const ask = async (body: object) => {
    const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(`${url}/inspector/api/object/vault/v4/reveal`, init);
    return { status: response.status, body: await response.json() };
  };
  const audited = async () => (await under.client.audit({ object: "vault", key: "v4" })).map(({ reason }) => reason);

  const refused = [
    { field: ["owner"], turn: 2, reason: "r" },
    { field: ["pin"], turn: 2, reason: " " },
    { field: ["pin"], turn: 2 },
    { field: ["pin"], turn: 9, reason: "r" },
    { field: [], turn: 2, reason: "r" },
    { field: "pin", turn: 2, reason: "r" },
  ];
  for (const body of refused) expect((await ask(body)).status, JSON.stringify(body)).toBe(400);
  expect(await audited()).toEqual([]);

  const answer = await ask({ field: ["cards", "0", "number"], turn: 2, reason: "a chargeback", by: "bob" });
  expect(answer).toEqual({ status: 200, body: { value: NUMBER } });
  expect(await ask({ field: ["pin"], turn: 1, reason: "lost" })).toMatchObject({ body: { value: PIN } });
  expect(await audited()).toEqual(["context.pin at turn 1: lost", "context.cards.0.number at turn 2: a chargeback"]);
  const [, entry] = await under.client.audit({ object: "vault", key: "v4" });
  expect(entry).toMatchObject({ verb: "reveal", by: "bob", result: "unchanged" });
  expect((await object.get()).revision).toBe(2);
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
