/** Puts the app on a port. A server that others can reach asks for a token, or does not start. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { WebSocketServer } from "ws";
import { StartupError } from "../core/errors.ts";
import type { HttpApp } from "./app.ts";

export interface ServeOptions {
  /** `127.0.0.1` unless given. */
  readonly host?: string;
  /** 0 takes any that is free. */
  readonly port: number;
}

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** Takes no more requests, ends the streams, lets what runs finish for a while. */
  close(): Promise<void>;
}

const DRAIN_MS = 5_000;
/** Nothing is expected from who watches. */
const MAX_FRAME_BYTES = 1_024;
const GOING_AWAY = 1001;
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8 * 1024,
} as const;

export async function serveHttp(app: HttpApp, options: ServeOptions): Promise<HttpServer> {
  const { host = "127.0.0.1", port } = options;
  if (!isLoopback(host) && !app.hasToken) {
    throw new StartupError(
      "INSECURE_BIND",
      `HTTP on ${host} can be reached by others and has no token: give a token, or listen on 127.0.0.1`,
    );
  }
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false });
  const server = createAdaptorServer({
    fetch: app.fetch,
    hostname: host,
    overrideGlobalObjects: false,
    websocket: { server: sockets },
    serverOptions: LIMITS,
  }) as Server;
  await listen(server, host, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () => close(server, sockets, app),
  };
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new StartupError("HTTP_LISTEN", `cannot listen on ${host}:${port}: ${cause.message}`, cause));
    });
    server.listen(port, host, resolve);
  });
}

function close(server: Server, sockets: WebSocketServer, app: HttpApp): Promise<void> {
  return new Promise((resolve) => {
    const cut = app.clock.after(DRAIN_MS, () => {
      server.closeAllConnections();
      for (const socket of sockets.clients) socket.terminate();
    });
    server.close(() => {
      cut();
      resolve();
    });
    app.closeStreams();
    for (const socket of sockets.clients) socket.close(GOING_AWAY);
    server.closeIdleConnections();
  });
}
