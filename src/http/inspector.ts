/**
 * The inspector over HTTP: its answers below `/inspector/api`, its page below `/inspector`. The paths and the answers
 * are listed in `inspector/api.ts`. Everything passes the guard of the app that it is put on; the page's own files need
 * no token, since they say nothing of any object.
 */
import type { Context } from "hono";
import { type Address, quote } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { MAX_PAGE } from "../core/wire.ts";
import type { JournalPage, WaysView } from "../inspector/api.ts";
import { pageFile } from "../inspector/files.ts";
import type { Inspector } from "../inspector/inspector.ts";
import type { Subscription } from "../ports/transport.ts";
import type { HttpApp } from "./app.ts";
import { addressOf, cursorOf, pageSize, queryOf, wholeNumber } from "./input.ts";
import { actRoutes, recordIn, textIn } from "./inspector-acts.ts";
import { json } from "./respond.ts";
import { honoPath, type Route, unrouted } from "./route.ts";
import type { Sessions } from "./session.ts";
import { STREAM_HEADERS, type Streams } from "./stream.ts";
import { wire } from "./wire.ts";

const API = "/inspector/api";
const SESSION = "/inspector/session";
const DEFAULT_LIMIT = 50;
const MAX_MINUTES = 7 * 24 * 60;

/** The page's files: for `isPublic`. */
export const isInspectorFile = (path: string): boolean =>
  path === "/inspector" || (path.startsWith("/inspector/") && !`${path}/`.startsWith(`${API}/`));

export function mountInspector(app: HttpApp, inspector: Inspector): void {
  const routes = [...readRoutes(inspector), ...actRoutes(inspector, API, objectOf)];
  for (const { method, path, handle } of routes) app.on(method, honoPath(path), (c) => handle(c));
  app.get("/inspect", wire(inspector));
  app.get(`${API}/live`, (c) => live(c, app.streams, inspector));
  app.all(`${API}/*`, (c) => unrouted(c, routes));
  app.post(SESSION, (c) => beginSession(c, app.sessions));
  app.get("/inspector", (c) => c.redirect("/inspector/"));
  app.get("/inspector/*", (c) => page(c));
}

/** The token for a cookie. Open to all, since who asks has none yet. */
async function beginSession(c: Context, sessions: Sessions | undefined): Promise<Response> {
  const { token } = await recordIn(c);
  const cookie = sessions?.begin(textIn("token", token) ?? "");
  if (cookie !== undefined) return json({ ok: true }, 200, { "Set-Cookie": cookie });
  if (sessions === undefined) throw new StatorError("INVALID_REQUEST", "nobody is asked for a token here");
  throw new StatorError("UNAUTHORIZED", "that is not the token of this host");
}

type Read = (c: Context) => unknown;

function readRoutes(inspector: Inspector): readonly Route[] {
  const get = (path: string, summary: string, read: Read): Route => ({
    method: "GET",
    path: `${API}/${path}`,
    summary,
    handle: async (c) => json(await read(c)),
  });
  return [
    get("overview", "Is anything stuck", () => inspector.overview()),
    get("machines", "Machines and where their objects are", () => inspector.machineList()),
    get("machine/{name}", "A machine's chart and events", (c) => inspector.machine(nameOf(c))),
    get("machine/{name}/chart", "The chart with its coordinates", (c) => inspector.chart(nameOf(c), detailOf(c))),
    get("machine/{name}/counts", "Objects by state", (c) => inspector.counts(nameOf(c))),
    get("machine/{name}/lately", "How long objects stay, and which ways they take", (c) => {
      const { minutes } = queryOf(c, ["minutes"]);
      return inspector.lately(nameOf(c), (wholeNumber("minutes", minutes, MAX_MINUTES) ?? 60) * 60_000);
    }),
    get("machine/{name}/payloads", "What was sent lately under a type", (c) => {
      const { event, key } = queryOf(c, ["event", "key"]);
      if (event === undefined) throw new StatorError("INVALID_REQUEST", "event must say which type");
      return inspector.payloads(nameOf(c), event, key);
    }),
    get("objects", "A page of objects", (c) => objects(c, inspector)),
    get(`${OBJECT}`, "One object, now", (c) => inspector.object(objectOf(c))),
    get(`${OBJECT}/turn/{n}`, "One object, as it was after a turn", (c) => {
      return inspector.object(objectOf(c), wholeNumber("turn", c.req.param("n")));
    }),
    get(`${OBJECT}/ways`, "Why it goes no other way", (c) => ways(c, inspector)),
    get(`${OBJECT}/journal`, "What happened to it, newest first", (c) => journal(c, inspector)),
    get(`${OBJECT}/consequences`, "What each verb would do", (c) => inspector.consequences(objectOf(c))),
    get("bulk/{id}", "How far a run is", (c) => inspector.bulk.progress(c.req.param("id") ?? "")),
    get("audit", "Who did what, newest first", (c) => {
      const { object, after, limit } = queryOf(c, ["object", "after", "limit"]);
      return inspector.actions.audit(cursorOf(object), wholeNumber("after", after), pageSize(limit) ?? DEFAULT_LIMIT);
    }),
    get("incidents", "What needs somebody, by cause", () => inspector.incidents()),
    get("timers", "What fires next", (c) => {
      const { name, limit } = queryOf(c, ["name", "limit"]);
      return inspector.timers(name, pageSize(limit) ?? DEFAULT_LIMIT);
    }),
    get("messages", "Who sends to whom, and where messages wait", () => inspector.messages()),
    get("hosts", "Hosts and partitions", () => inspector.hosts()),
    get("sagas", "How sagas stand", () => inspector.sagas()),
  ];
}

const nameOf = (c: Context): string => c.req.param("name") ?? "";

function detailOf(c: Context): "full" | "compact" {
  const { detail = "full" } = queryOf(c, ["detail"]);
  if (detail === "full" || detail === "compact") return detail;
  throw new StatorError("INVALID_REQUEST", `detail ${quote(detail)} must be full or compact`);
}

function live(c: Context, streams: Streams, inspector: Inspector): Response {
  if (streams.isFull) throw new StatorError("UNAVAILABLE", `${streams.size} streams are open, which is the limit`);
  const { name, object } = queryOf(c, ["name", "object"]);
  const address = cursorOf(object);
  const watched = address === undefined ? (name === undefined ? {} : { name }) : { object: address };
  if (c.req.method === "HEAD") return new Response(null, { headers: STREAM_HEADERS });
  let watching: Subscription | undefined;
  const stream = streams.open(() => watching?.close());
  const lastId = c.req.header("last-event-id") || undefined;
  watching = inspector.live.watch(watched, lastId, (id, event) => stream.send(id, event));
  return stream.response;
}

const FILTERS = ["name", "state", "tag", "condition", "flag", "status", "version", "q"] as const;

function objects(c: Context, inspector: Inspector): unknown {
  const where = c.req.queries("where") ?? [];
  const { after, limit, where: _, ...filter } = queryOf(c, [...FILTERS, "where", "after", "limit"], ["where"]);
  return inspector.objects({ ...filter, where }, cursorOf(after), pageSize(limit) ?? DEFAULT_LIMIT);
}

const OBJECT = "object/{object}/{key}";
const objectOf = (c: Context): Address => addressOf(c, `${API}/object/`);

function ways(c: Context, inspector: Inspector): Promise<WaysView> {
  const { turn, transitions } = queryOf(c, ["turn", "transitions"]);
  const wanted = transitions?.split(",").map((text) => wholeNumber("transitions", text) ?? 0);
  return inspector.ways(objectOf(c), wholeNumber("turn", turn), wanted);
}

function journal(c: Context, inspector: Inspector): Promise<JournalPage> {
  const query = queryOf(c, ["before", "after", "limit"]);
  const before = wholeNumber("before", query.before);
  const after = wholeNumber("after", query.after);
  const range = { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
  return inspector.journal(objectOf(c), range, pageSize(query.limit) ?? MAX_PAGE);
}

async function page(c: Context): Promise<Response> {
  const file = await pageFile(c.req.path.replace(/^\/inspector\//, ""));
  if (file === undefined) {
    return c.text("The pages are not built: run `npm run build`. The answers are below /inspector/api.\n", 404);
  }
  if (file === "missing") return c.text("There is no such file.\n", 404);
  const headers = new Headers({ "Content-Type": file.type });
  if (file.isImmutable) headers.set("Cache-Control", "public, max-age=31536000, immutable");
  if (file.gzip === undefined) return new Response(file.bytes, { headers });
  headers.set("Vary", "Accept-Encoding");
  if (!/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) return new Response(file.bytes, { headers });
  headers.set("Content-Encoding", "gzip");
  return new Response(file.gzip, { headers });
}
