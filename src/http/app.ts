/**
 * The HTTP door of Stator: JSON in, the hosts' own answers out. It speaks to hosts through the client alone, so it may
 * run beside a host or far from it. Every request passes the guard first; every answer carries the security headers.
 */
import { Hono } from "hono";
import type { Client } from "../client/index.ts";
import { StatorError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";
import { type Logger, silentLogger } from "../ports/telemetry.ts";
import { type GuardOptions, guard } from "./guard.ts";
import { METRICS_TYPE } from "./metrics.ts";
import { objectHandlers } from "./objects.ts";
import { type ObjectSchemas, openApi } from "./openapi.ts";
import { operatorRoutes } from "./operate.ts";
import { asStatorError, errorHeaders, errorResponse, json } from "./respond.ts";
import { honoPath, type Route, unrouted } from "./route.ts";
import { Sessions } from "./session.ts";
import { Streams } from "./stream.ts";

/** What is looked at, and whether it is fit. */
export interface Readiness {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, unknown>>;
}

export interface AppOptions extends GuardOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly version: string;
  readonly readiness: () => Promise<Readiness>;
  /** The definitions that `/openapi.json` describes. */
  readonly schemas?: () => readonly ObjectSchemas[];
  /** What `/metrics` answers, in Prometheus' text format; there is no such path where it is not given. */
  readonly metrics?: (() => Promise<string>) | undefined;
  readonly logger?: Logger;
}

/** A Hono app to which others may add routes; all of them pass the guard. */
export interface HttpApp extends Hono {
  readonly hasToken: boolean;
  /** Of browsers; undefined where nobody is asked for a token. */
  readonly sessions: Sessions | undefined;
  readonly clock: Clock;
  readonly streams: Streams;
  /** Ends every stream: its reader resumes elsewhere. */
  closeStreams(): void;
}

/** Requests at once, waits included; streams are counted apart. */
const MAX_REQUESTS = 512;
const PROBES: readonly string[] = ["/healthz", "/readyz"];

const SECURITY_HEADERS = {
  "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
} as const;

export function createApp(options: AppOptions): HttpApp {
  const { client, logger = silentLogger } = options;
  const app = new Hono({ strict: true });
  const streams = new Streams(client.clock);
  const isPublic = (path: string): boolean => PROBES.includes(path) || (options.isPublic?.(path) ?? false);
  const sessions = options.token === undefined ? undefined : new Sessions(options.token, client.clock);
  const admit = guard({ ...options, isPublic }, sessions);
  let running = 0;
  let turn = 0;
  app.use("*", async (c, next) => {
    if (running >= MAX_REQUESTS)
      throw new StatorError("UNAVAILABLE", `${running} requests are open, which is the limit`);
    running++;
    try {
      admit(c);
      await next();
    } finally {
      running--;
    }
    secure(c.res);
  });
  const routes = routesOf(options, streams);
  for (const { method, path, handle } of routes) app.on(method, honoPath(path), (c) => handle(c));
  app.notFound((c) => unrouted(c, routes));
  app.onError((cause, c) => {
    const error = asStatorError(cause);
    const isGone = c.req.raw.signal.aborted;
    if (error !== cause && !isGone) logger.error({ err: cause, path: c.req.path }, "the ingress failed");
    return secure(errorResponse(error, errorHeaders(error, turn++)));
  });
  const closeStreams = (): void => streams.close();
  return Object.assign(app, { sessions, hasToken: sessions !== undefined, clock: client.clock, streams, closeStreams });
}

/** What a handler set itself stays: an inspector may need another policy for its pages. */
function secure(response: Response): Response {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}

function routesOf(options: AppOptions, streams: Streams): readonly Route[] {
  const { client, namespace, version, readiness, schemas, metrics } = options;
  const handlers = objectHandlers(client, streams);
  const object = "/objects/{object}/{key}";
  const routes: Route[] = [
    { method: "PUT", path: object, summary: "Create the object", handle: handlers.create },
    { method: "POST", path: `${object}/events`, summary: "Send it one event", handle: handlers.send },
    { method: "GET", path: object, summary: "Its state", handle: handlers.get },
    { method: "GET", path: `${object}/journal`, summary: "A page of its past", handle: handlers.journal },
    { method: "GET", path: `${object}/wait`, summary: "Wait for a state, tag or status", handle: handlers.wait },
    {
      method: "GET",
      path: `${object}/changes`,
      summary: "Its changes, as they happen",
      handle: handlers.objectChanges,
    },
    ...operatorRoutes(client, object),
    { method: "GET", path: "/objects", summary: "A page of objects", handle: handlers.list },
    { method: "GET", path: "/changes", summary: "All changes, as they happen", handle: handlers.allChanges },
    {
      method: "GET",
      path: "/healthz",
      summary: "The process runs",
      handle: () => json({ ok: true, namespace, version }),
    },
    { method: "GET", path: "/readyz", summary: "It can serve", handle: () => readyz(readiness) },
  ];
  if (metrics !== undefined) {
    const handle = async (): Promise<Response> =>
      new Response(await metrics(), { headers: { "Content-Type": METRICS_TYPE } });
    routes.push({ method: "GET", path: "/metrics", summary: "What the host counts, for Prometheus", handle });
  }
  const describe = (): Response => json(openApi(routes, { version, objects: schemas?.() ?? [] }));
  routes.push({ method: "GET", path: "/openapi.json", summary: "This description", handle: describe });
  return routes;
}

async function readyz(readiness: () => Promise<Readiness>): Promise<Response> {
  try {
    const { ok, checks } = await readiness();
    return json({ ok, checks }, ok ? 200 : 503);
  } catch (cause) {
    return json({ ok: false, checks: { readiness: cause instanceof Error ? cause.message : String(cause) } }, 503);
  }
}
