/** The inspector's door: who gets in, what a change needs, and what of it needs no token. */
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { rig, serve } from "./rig.ts";

const JSON_BODY = { "Content-Type": "application/json" };
const pause = { method: "POST", headers: JSON_BODY, body: '{"reason":"look"}' } as const;

test("a change needs JSON from this very origin; a read needs this host", async () => {
  const under = await rig();
  const url = await serve(under);
  await under.client.object("counter", "c1").send({ type: "ADD", amount: 1 });
  const path = `${url}/inspector/api/object/counter/c1/pause`;
  const status = async (init: RequestInit): Promise<number> => (await fetch(path, init)).status;
  expect(await status({ ...pause, headers: { "Content-Type": "text/plain" } })).toBe(415);
  expect(await status({ ...pause, headers: { ...JSON_BODY, Origin: "http://localhost:1" } })).toBe(403);
  expect(await status({ ...pause, headers: { ...JSON_BODY, "Sec-Fetch-Site": "cross-site" } })).toBe(403);
  expect(await status({ ...pause, body: '{"reason":""}' })).toBe(400);
  expect(await status({ ...pause, body: "" })).toBe(400);
  expect(await status({ method: "GET" })).toBe(405);
  expect(await under.inspector.object({ name: "counter", key: "c1" })).toMatchObject({ condition: "waiting" });
  expect(await status(pause)).toBe(200);
  expect(await under.inspector.object({ name: "counter", key: "c1" })).toMatchObject({ condition: "paused" });
  const { rows } = await under.inspector.actions.audit({ name: "counter", key: "c1" }, undefined, 10);
  expect(rows).toMatchObject([
    { verb: "pause", by: "inspector", reason: "look", object: "counter/c1", result: "done" },
  ]);
});

test("with a token every answer needs it, and no file of the page does", async () => {
  const url = await serve(await rig(), "secret-token");
  const status = async (path: string, headers = {}): Promise<number> =>
    (await fetch(url + path, { headers, redirect: "manual" })).status;
  const Authorization = "Bearer secret-token";
  for (const path of ["overview", "live", "machine/order/chart", "nothing"]) {
    expect(await status(`/inspector/api/${path}`), path).toBe(401);
  }
  expect(await status("/inspector/api/overview", { Authorization })).toBe(200);
  expect([200, 404]).toContain(await status("/inspector/object/order/o1")); // 404 where the pages are not built
  expect(await status("/inspector")).toBe(302);
});

test("keys with slashes, dots and every script are found by their encoded path", async () => {
  const under = await rig();
  const url = await serve(under);
  for (const key of ["a/b?c#d", "ключ %2F", "😀", "..x"]) {
    await under.client.object("counter", key).send({ type: "ADD", amount: 1 });
    const answer = await fetch(`${url}/inspector/api/object/counter/${encodeURIComponent(key)}`);
    expect(await answer.json(), key).toMatchObject({ key, turn: 1, state: "counting" });
  }
});

test("a page that watches hears of a change, and finds its place again", async () => {
  const under = await rig();
  const url = await serve(under);
  const abort = new AbortController();
  const stream = async (query: string, headers = {}) => {
    const response = await fetch(`${url}/inspector/api/live${query}`, { headers, signal: abort.signal });
    const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const read = async (): Promise<void> => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    };
    read().catch(() => undefined);
    return { text: () => text };
  };
  const all = await stream("?name=counter");
  const other = await stream("?object=order/o1");
  await eventually(() => expect([all.text(), other.text()].every((text) => text.includes("retry:"))).toBe(true));
  await under.client.object("counter", "c1").send({ type: "ADD", amount: 1 });
  await eventually(() => expect(all.text()).toContain('"objects":[{"name":"counter","key":"c1","turn":1}]'));
  expect(other.text()).not.toContain("counter");
  const [, id = ""] = /id: (\S+)/.exec(all.text()) ?? [];
  const resumed = await stream("?name=counter", { "Last-Event-ID": id });
  const lost = await stream("?name=counter", { "Last-Event-ID": "of-another-process" });
  await eventually(() => expect(lost.text()).toContain('{"kind":"resync"}'));
  expect(resumed.text()).not.toContain("data:");
  abort.abort();
});
