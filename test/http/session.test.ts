/** A browser's session: begun with the token alone, kept from scripts, refused to other sites, over after its time. */
import { expect, test } from "vitest";
import { mountInspector } from "../../src/http/inspector.ts";
import { Sessions } from "../../src/http/session.ts";
import { Inspector } from "../../src/inspector/inspector.ts";
import type { Views } from "../../src/ports/views.ts";
import { appSetting, body } from "./support.ts";

const TOKEN = "s3cret";
const HOUR = 3_600_000;

function setting() {
  const made = appSetting({ token: TOKEN, isPublic: (path) => path === "/inspector/session" });
  mountInspector(made.app, new Inspector({ views: {} as Views, client: made.client, machines: () => [] }));
  const begin = (token: unknown) => made.app.request("/inspector/session", body(JSON.stringify({ token })));
  return { ...made, begin };
}

async function signedIn() {
  const made = setting();
  const set = (await made.begin(TOKEN)).headers.get("set-cookie") ?? "";
  const [cookie = ""] = set.split(";");
  const get = (headers: Record<string, string> = {}) =>
    made.app.request("/objects/order/o-1", { headers: { Cookie: `other=1; ${cookie}`, ...headers } });
  return { ...made, set, cookie, get };
}

test("the token begins a session that no script can read and no other site sends", async () => {
  const { set, cookie, get, app } = await signedIn();
  expect(set).toMatch(/^stator-session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  expect(cookie).not.toContain(TOKEN);
  expect((await get()).status).toBe(200);
  expect((await app.request("/objects/order/o-1")).status).toBe(401);
});

test.each(["wrong", "", undefined, 7, `${TOKEN} `])("%s begins none", async (token) => {
  const response = await setting().begin(token);
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(response.headers.get("set-cookie")).toBeNull();
});

test("a session that was made up, changed, or made with another token is refused", async () => {
  const { cookie, app } = await signedIn();
  const [name = "", value = ""] = cookie.split("=");
  const [until = "", code = ""] = value.split(".");
  const foreign = new Sessions("another", { wallMs: () => Date.now() }).begin("another")?.split(";")[0] ?? "";
  const wrong = [
    `${name}=${Number(until) + 1}.${code}`,
    `${name}=${until}.${code.slice(0, -2)}AA`,
    `${name}=`,
    foreign,
  ];
  for (const one of wrong) {
    expect((await app.request("/objects/order/o-1", { headers: { Cookie: one } })).status, one).toBe(401);
  }
});

test("a session is over after twelve hours", () => {
  let now = 1_000;
  const sessions = new Sessions(TOKEN, { wallMs: () => now });
  const [cookie] = sessions.begin(TOKEN)?.split(";") ?? [];
  now += 12 * HOUR - 1;
  expect(sessions.isIn(cookie)).toBe(true);
  now += 1;
  expect(sessions.isIn(cookie)).toBe(false);
});

test("with a session, pages of other ports read nothing and change nothing", async () => {
  const { get, app, cookie, host } = await signedIn();
  expect((await get({ "Sec-Fetch-Site": "same-site" })).status).toBe(403);
  expect((await get({ "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
  expect((await get({ "Sec-Fetch-Site": "same-origin" })).status).toBe(200);
  const send = (headers: Record<string, string>) =>
    app.request("/objects/order/o-1/events", body('{"type":"PAY"}', { Cookie: cookie, ...headers }));
  const before = host.attempts.length;
  expect((await send({})).status).toBe(403);
  expect((await send({ Origin: "http://localhost:3000" })).status).toBe(403);
  expect(host.attempts).toHaveLength(before);
  expect((await send({ Origin: "http://localhost" })).status).toBe(200);
});

test("a wrong header is not made good by a session", async () => {
  const { get } = await signedIn();
  expect((await get({ Authorization: "Bearer wrong" })).status).toBe(401);
});
