/** Operators' verbs over HTTP, against real hosts in memory: the answers are those of NATS. */
import { expect, test } from "vitest";
import type { OperatorVerb } from "../../src/core/wire.ts";
import { createApp } from "../../src/http/app.ts";
import { createKit } from "../../src/testing/index.ts";
import { source, victim } from "../host/poison.ts";
import { appSetting } from "./support.ts";

async function scene() {
  const kit = await createKit({ objects: [victim, source] });
  const { client } = kit;
  const readiness = async () => ({ ok: true, checks: {} });
  const app = createApp({ client, namespace: "default", version: "0.1.0", readiness });
  const order = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const init = { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } };
    const response = await kit.run(Promise.resolve(app.request(`/objects/victim/v${path}`, init)));
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
  };
  await kit.object(victim, "v").send({ type: "ADD", what: "x" });
  return { kit, app, order };
}
const signed = { by: "ann", reason: "ticket 7" };

test("every verb is answered as over NATS, with who and why in the audit", async () => {
  const { kit, order } = await scene();
  const verbs: readonly [OperatorVerb, string, string, object][] = [
    ["pause", "POST", "/pause", { changed: true, status: "active" }],
    ["resume", "POST", "/resume", { changed: true, status: "active" }],
    ["retry", "POST", "/retry", { changed: false, released: [] }],
    ["skip", "POST", "/skip", { changed: false, released: [] }],
    ["kill", "POST", "/kill", { changed: true, status: "stopped", standing: [] }],
    ["purge", "DELETE", "", { changed: true, status: "purged", value: null }],
  ];
  for (const [verb, method, path, expected] of verbs) {
    const { status, answer } = await order(method, path, signed);
    expect(status, verb).toBe(200);
    expect(answer).toMatchObject({ ok: true, object: "victim", key: "v", verb, ...expected });
  }
  const audit = await kit.run(kit.client.audit());
  expect(audit.map(({ verb, by, reason }) => [verb, by, reason]).reverse()).toEqual(
    verbs.map(([verb]) => [verb, "ann", "ticket 7"]),
  );
  const gone = await order("GET", "");
  expect([gone.status, gone.answer]).toMatchObject([410, { error: { code: "GONE" } }]);
});

test("an order under one Idempotency-Key is carried out once; a preview of a kill changes nothing", async () => {
  const { kit, order } = await scene();
  const preview = await order("POST", "/kill", { ...signed, preview: true });
  expect(preview.answer).toMatchObject({ changed: false, status: "active" });
  for (let i = 0; i < 2; i++) {
    const { answer } = await order("POST", "/kill", { reason: "twice" }, { "Idempotency-Key": "k-1" });
    expect(answer).toMatchObject({ changed: true, status: "stopped" });
  }
  expect(await kit.run(kit.client.audit())).toMatchObject([{ orderId: "k-1", by: "http", reason: "twice" }]);
});

test("what is refused has the code and the number that it has everywhere", async () => {
  const { order } = await scene();
  expect(await order("DELETE", "", signed)).toMatchObject({
    status: 409,
    answer: { ok: false, error: { code: "EVENT_NOT_ACCEPTED", message: expect.stringContaining("kill it first") } },
  });
  for (const body of [{}, { by: "ann" }, { reason: 7 }, { ...signed, wipe: "disk" }, [1], "why"]) {
    expect(await order("POST", "/kill", body)).toMatchObject({
      status: 400,
      answer: { error: { code: "INVALID_REQUEST" } },
    });
  }
});

test("the description tells the body and the answer of every verb", async () => {
  const { app } = appSetting();
  const api = (await (await app.request("/openapi.json")).json()) as { paths: Record<string, Record<string, object>> };
  for (const verb of ["cancel", "kill", "pause", "resume", "retry", "skip"]) {
    expect(api.paths[`/objects/{object}/{key}/${verb}`]?.["post"]).toMatchObject({
      requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Order" } } } },
      responses: { "200": { content: { "application/json": { schema: { $ref: "#/components/schemas/Ordered" } } } } },
    });
  }
  expect(api.paths["/objects/{object}/{key}"]?.["delete"]).toMatchObject({ requestBody: { required: true } });
});
