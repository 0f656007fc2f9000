/** What is served, what is not, and how the server describes itself. */
import { expect, test } from "vitest";
import { z } from "zod";
import { appSetting } from "./support.ts";

test("an unknown path is 404 and names the routes", async () => {
  const { app } = appSetting();
  for (const path of [
    "/",
    "/objects/order",
    "/objects/order/",
    "/objects/order/o-1/fly",
    "/healthz/",
    "/openapiXjson",
  ]) {
    const response = await app.request(path);
    expect(response.status, path).toBe(404);
    const answer = (await response.json()) as { ok: boolean; error: { code: string; message: string } };
    expect(answer.error.code).toBe("INVALID_REQUEST");
    expect(answer.error.message).toContain("POST /objects/{object}/{key}/events");
  }
});

test.each([
  ["POST", "/objects/order/o-1", "PUT, GET, HEAD, DELETE"],
  ["GET", "/objects/order/o-1/kill", "POST"],
  ["GET", "/objects/order/o-1/events", "POST"],
  ["OPTIONS", "/objects/order/o-1/events", "POST"],
  ["PUT", "/objects", "GET, HEAD"],
  ["DELETE", "/healthz", "GET, HEAD"],
  ["POST", "/openapi.json", "GET, HEAD"],
])("%s %s is 405 and allows %s", async (method, path, allow) => {
  const { app } = appSetting();
  const response = await app.request(path, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe(allow);
  expect(await response.json()).toMatchObject({ ok: false, error: { code: "METHOD_NOT_ALLOWED" } });
});

test("the probes tell whether the process runs and whether it can serve", async () => {
  let isReady = true;
  const readiness = async () => {
    if (!isReady) throw new Error("no database");
    return { ok: true, checks: { postgres: true } };
  };
  const { app } = appSetting({ readiness, token: "t" });
  expect(await (await app.request("/healthz")).json()).toEqual({ ok: true, namespace: "default", version: "0.1.0" });
  expect((await app.request("/readyz")).status).toBe(200);
  isReady = false;
  const response = await app.request("/readyz");
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ ok: false, checks: { readiness: "no database" } });
});

test("the description has every route, and the schemas of every object that takes messages", async () => {
  const schemas = () => [
    {
      name: "order",
      private: false,
      events: new Map([
        ["PAY", z.strictObject({ method: z.enum(["card", "cash"]) })],
        ["CANCEL", z.strictObject({})],
      ]),
      input: z.strictObject({ total: z.number() }),
    },
    { name: "ledger", private: true, events: new Map([["BOOK", z.object({})]]), input: undefined },
  ];
  const { app } = appSetting({ schemas });
  const api = (await (await app.request("/openapi.json")).json()) as { paths: Record<string, object> };
  expect(Object.keys(api.paths)).toEqual(
    expect.arrayContaining(["/objects/{object}/{key}", "/changes", "/healthz", "/objects/order/{key}/events"]),
  );
  expect(Object.keys(api.paths).filter((path) => path.includes("ledger"))).toEqual([]);
  expect(api.paths["/objects/order/{key}/events"]).toMatchObject({
    post: {
      requestBody: {
        content: {
          "application/json": {
            schema: {
              oneOf: [
                {
                  properties: { type: { const: "PAY" }, method: { enum: ["card", "cash"] } },
                  required: ["type", "method"],
                  additionalProperties: false,
                },
                { properties: { type: { const: "CANCEL" } }, required: ["type"] },
              ],
            },
          },
        },
      },
    },
  });
  expect(api.paths["/objects/order/{key}"]).toMatchObject({
    put: { requestBody: { content: { "application/json": { schema: { required: ["total"] } } } } },
  });
  const ids = Object.values(api.paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
  expect(new Set(ids).size).toBe(ids.length);
});

test("a failure of ours shows nothing of its cause, and is logged", async () => {
  const logged: object[] = [];
  const log = (fields: object): number => logged.push(fields);
  const logger = { debug: log, info: log, warn: log, error: log };
  const { app } = appSetting({
    logger,
    schemas: () => {
      throw new Error("secret path /etc");
    },
  });
  const response = await app.request("/openapi.json");
  expect(response.status).toBe(504);
  expect(await response.text()).not.toContain("secret");
  expect(logged).toHaveLength(1);
});
