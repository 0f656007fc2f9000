/** An app on a scripted host, in process or on a port of its own. */
import { connect } from "node:net";
import { onTestFinished } from "vitest";
import { type AppOptions, createApp } from "../../src/http/app.ts";
import { type HttpServer, serveHttp } from "../../src/http/serve.ts";
import { setting } from "../client/fake-host.ts";

export function appSetting(options: Partial<AppOptions> = {}) {
  const made = setting();
  made.host.open();
  const app = createApp({
    client: made.client,
    namespace: "default",
    version: "0.1.0",
    readiness: async () => ({ ok: true, checks: { nats: true } }),
    ...options,
  });
  return { ...made, app };
}

/** A request with a JSON body. */
export const body = (text: string, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: text,
  headers: { "Content-Type": "application/json", ...headers },
});

export async function served(options: Partial<AppOptions> = {}) {
  const made = appSetting(options);
  const server: HttpServer = await serveHttp(made.app, { port: 0 });
  onTestFinished(async () => {
    await server.close();
  });
  return { ...made, server };
}

/** What the server answers to these very bytes. */
export function raw(server: HttpServer, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("end", () => resolve(answer));
    socket.on("error", reject);
    socket.write(text);
  });
}

export const lines = (...given: string[]): string => `${given.join("\r\n")}\r\n\r\n`;
