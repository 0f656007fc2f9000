/** Who may ask: names, origins, other sites, repeated headers, tokens, bodies. On a real server where Node has a say. */
import { expect, test } from "vitest";
import { serveHttp } from "../../src/http/serve.ts";
import { appSetting, body, lines, raw, served } from "./support.ts";

const event = '{"type":"PAY"}';

test("a name that is not ours is refused: DNS rebinding", async () => {
  const { server, host } = await served();
  for (const name of [
    "evil.example",
    `evil.example:${server.port}`,
    "localhost",
    "localhost:1",
    "127.0.0.1.evil.example",
  ]) {
    const answer = await raw(server, lines("GET /objects/order/o-1 HTTP/1.1", `Host: ${name}`, "Connection: close"));
    expect(answer, name).toMatch(/^HTTP\/1.1 403 /);
    expect(answer).toContain('"FORBIDDEN"');
    expect(answer).not.toMatch(/access-control-allow/i);
  }
  expect(host.attempts).toHaveLength(0);
});

test("the loopback names are ours with their port, in any case, and configured names too", async () => {
  const { server } = await served({ hosts: ["Stator.example", "proxy.example:8443"] });
  const { port } = server;
  const names = [`LOCALHOST:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, "stator.example", "proxy.example:8443"];
  for (const name of [...names, `stator.example:${port}`]) {
    const answer = await raw(server, lines("GET /healthz HTTP/1.1", `Host: ${name}`, "Connection: close"));
    expect(answer, name).toMatch(/^HTTP\/1.1 200 /);
  }
});

test("an absolute target does not stand in for the host", async () => {
  const { server } = await served();
  const target = `http://localhost:${server.port}/healthz`;
  const answer = await raw(server, lines(`GET ${target} HTTP/1.1`, "Host: evil.example", "Connection: close"));
  expect(answer).toMatch(/^HTTP\/1.1 403 /);
});

test.each([
  ["another origin", { Origin: "https://evil.example" }],
  ["an opaque origin", { Origin: "null" }],
  ["our name on another port", { Origin: "http://localhost:3000" }],
  ["a page of another site", { "Sec-Fetch-Site": "cross-site" }],
])("%s is refused, streams included", async (_name, headers) => {
  const { app, host } = appSetting();
  for (const path of ["/objects/order/o-1", "/changes", "/healthz"]) {
    const response = await app.request(path, { headers });
    expect(response.status).toBe(403);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  }
  expect((await app.request("/objects/order/o-1/events", body(event, headers))).status).toBe(403);
  expect(host.attempts).toHaveLength(0);
});

test("our own origin is fine", async () => {
  const { app } = appSetting();
  const headers = { Origin: "http://localhost", "Sec-Fetch-Site": "same-origin" };
  expect((await app.request("/objects/order/o-1/events", body(event, headers))).status).toBe(200);
});

test.each([
  ["Host", "127.0.0.1"],
  ["Authorization", "Bearer b"],
  ["Idempotency-Key", "k-2"],
  ["Content-Type", "text/plain"],
])("a second %s is refused", async (name, value) => {
  const { server, host } = await served();
  const first = { Authorization: "Bearer a", "Idempotency-Key": "k-1", "Content-Type": "application/json" };
  const headers = Object.entries({ Host: `127.0.0.1:${server.port}`, ...first }).map(([n, v]) => `${n}: ${v}`);
  const head = ["POST /objects/order/o-1/events HTTP/1.1", ...headers];
  const rest = [`Content-Length: ${event.length}`, "Connection: close"];
  const answer = await raw(server, lines(...head, `${name.toLowerCase()}: ${value}`, ...rest) + event);
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(host.attempts).toHaveLength(0);
  expect(await raw(server, lines(...head, ...rest) + event)).toMatch(/^HTTP\/1.1 200 /);
});

test.each([
  ["length with chunked", ["Content-Length: 3", "Transfer-Encoding: chunked"], "0\r\n\r\n"],
  ["two lengths", ["Content-Length: 3", "Content-Length: 4"], "abcd"],
  ["a folded header", ["X-A: b", " c"], ""],
  ["a header above 8 KB", [`X-A: ${"x".repeat(9_000)}`], ""],
])("Node itself refuses %s", async (_name, headers, rest) => {
  const { server, host } = await served();
  const head = ["POST /objects/order/o-1/events HTTP/1.1", `Host: 127.0.0.1:${server.port}`];
  const answer = await raw(server, lines(...head, "Content-Type: application/json", ...headers) + rest);
  expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
  expect(host.attempts).toHaveLength(0);
});

test("Node itself refuses a request without a host", async () => {
  const { server } = await served();
  expect(await raw(server, lines("GET /healthz HTTP/1.1", "Connection: close"))).toMatch(/^HTTP\/1.1 400 /);
});

test("with a token everything but the probes asks for it", async () => {
  const { app } = appSetting({ token: "s3cret", isPublic: (path) => path.startsWith("/inspector/") });
  for (const given of [undefined, "Bearer wrong", "Basic s3cret", "s3cret", "Bearer s3cret x"]) {
    const headers: Record<string, string> = given === undefined ? {} : { Authorization: given };
    for (const path of ["/objects/order/o-1", "/openapi.json", "/changes", "/nothing"]) {
      const response = await app.request(path, { headers });
      expect(response.status, `${given} ${path}`).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
    }
  }
  const good = { Authorization: "Bearer s3cret" };
  expect((await app.request("/objects/order/o-1", { headers: good })).status).toBe(200);
  expect((await app.request("/objects/order/o-1?token=s3cret")).status).toBe(401);
  expect((await app.request("/healthz")).status).toBe(200);
  expect((await app.request("/inspector/app.js")).status).toBe(404);
});

test("routes that others add pass the guard too", async () => {
  const { app } = appSetting({ token: "s3cret" });
  app.get("/inspector/data", (c) => c.text("secret"));
  expect((await app.request("/inspector/data")).status).toBe(401);
});

test("an address that others reach is not bound without a token", async () => {
  const { app } = appSetting();
  for (const host of ["0.0.0.0", "::", "192.0.2.1"]) {
    await expect(serveHttp(app, { host, port: 0 })).rejects.toMatchObject({ code: "INSECURE_BIND" });
  }
  const server = await serveHttp(appSetting({ token: "t" }).app, { host: "0.0.0.0", port: 0 });
  await server.close();
});

test("a port that is taken is told as such", async () => {
  const { server, app } = await served();
  await expect(serveHttp(app, { port: server.port })).rejects.toMatchObject({ code: "HTTP_LISTEN" });
});

test.each([
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; charset=latin1",
  "application/jsonx",
])("the content type %s is refused", async (type) => {
  const { app, host } = appSetting();
  const response = await app.request("/objects/order/o-1/events", body(event, { "Content-Type": type }));
  expect(response.status).toBe(415);
  expect(await response.json()).toMatchObject({ error: { code: "UNSUPPORTED_MEDIA_TYPE" } });
  expect(host.attempts).toHaveLength(0);
});

test("a body without a content type, or with an encoding, is refused", async () => {
  const { app } = appSetting();
  const bytes = new TextEncoder().encode(event);
  const path = "/objects/order/o-1/events";
  expect((await app.request(path, { method: "POST", body: bytes })).status).toBe(415);
  expect((await app.request(path, body(event, { "Content-Encoding": "gzip" }))).status).toBe(415);
  expect((await app.request(path, body(event, { "Content-Type": "Application/JSON; charset=UTF-8" }))).status).toBe(
    200,
  );
});

test("a body that is not UTF-8 is refused", async () => {
  const { app } = appSetting();
  const init = { ...body(""), body: new Uint8Array([0x22, 0xff, 0x22]) };
  expect((await app.request("/objects/order/o-1/events", init)).status).toBe(400);
});

test("a body above 256 KB is refused, with its length told or not", async () => {
  const { server, host } = await served();
  const url = `${server.url}/objects/order/o-1/events`;
  const big = JSON.stringify({ type: "PAY", note: "x".repeat(256 * 1024) });
  const told = await fetch(url, body(big));
  expect(told.status).toBe(413);
  const chunks = new Blob([big]).stream();
  const untold = await fetch(url, { ...body(""), body: chunks, duplex: "half" } as RequestInit);
  expect(untold.status).toBe(413);
  expect(host.attempts).toHaveLength(0);
  expect((await fetch(url, body(event))).status).toBe(200);
});

test("a body without an end is read no further than the limit", async () => {
  const { app } = appSetting();
  let given = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      given++;
      if (given > 100) controller.error(new Error("read on and on"));
      else controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
  const init = { ...body(""), body: endless, duplex: "half" } as RequestInit;
  expect((await app.request("/objects/order/o-1/events", init)).status).toBe(413);
  expect(given).toBeLessThan(10);
});

test("every answer carries the security headers", async () => {
  const { app } = appSetting({ token: "t" });
  for (const path of ["/healthz", "/objects/order/o-1", "/nothing"]) {
    const { headers } = await app.request(path);
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
  }
});
