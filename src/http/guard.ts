/**
 * Who may ask at all, before anything of a request is looked at. Every answer, streams included, passes here.
 *
 * The list of hosts is what stops DNS rebinding: a page of another site may point its own name at our address, but its
 * browser still says that name. A browser's word about where a request comes from is believed only when it speaks
 * against the request.
 */
import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Context } from "hono";
import { quote } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { Sessions } from "./session.ts";

export interface GuardOptions {
  /** Bearer token; without one nobody is asked for it. */
  readonly token?: string;
  /** Host names beside the loopback ones, with a port where it is not the listening one. */
  readonly hosts?: readonly string[];
  /** Paths that need no token: the probes, and an inspector's static files. */
  readonly isPublic?: (path: string) => boolean;
}

/** Node keeps the first of these and says nothing; a proxy before us may have believed the second. */
const ONCE: readonly string[] = ["host", "authorization", "idempotency-key", "content-type"];
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Throws `FORBIDDEN`, `UNAUTHORIZED` or `INVALID_REQUEST`. */
export function guard(options: GuardOptions, sessions: Sessions | undefined): (c: Context) => void {
  const digest = options.token === undefined ? undefined : sha256(options.token);
  const configured = (options.hosts ?? []).map((host) => host.toLowerCase());
  return (c) => {
    const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming;
    assertOnce(incoming?.rawHeaders ?? []);
    const allowed = allowedHosts(configured, incoming);
    const host = incoming === undefined ? (c.req.header("host") ?? new URL(c.req.url).host) : c.req.header("host");
    assertHost(host, allowed);
    assertOrigin(c.req.header("origin"), allowed);
    if (c.req.header("sec-fetch-site") === "cross-site") {
      throw new StatorError("FORBIDDEN", "requests from pages of other sites are refused");
    }
    if (digest === undefined || options.isPublic?.(c.req.path)) return;
    if (isOfSession(c, sessions)) return;
    assertToken(c.req.header("authorization"), digest);
  };
}

const READING: readonly string[] = ["GET", "HEAD"];

/**
 * A browser adds its cookie to what pages of other ports of this host ask, too. So it counts only where the browser does
 * not speak against it, and for what changes something only where it says that our own page asks.
 */
function isOfSession(c: Context, sessions: Sessions | undefined): boolean {
  if (c.req.header("authorization") !== undefined || !sessions?.isIn(c.req.header("cookie"))) return false;
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw new StatorError("FORBIDDEN", "a session is not taken from pages of other sites");
  }
  if (!READING.includes(c.req.method) && c.req.header("origin") === undefined) {
    throw new StatorError("FORBIDDEN", "with a session a change needs the header Origin, as browsers send it");
  }
  return true;
}

function assertOnce(rawHeaders: readonly string[]): void {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? "").toLowerCase();
    if (!ONCE.includes(name)) continue;
    if (seen.has(name)) throw new StatorError("INVALID_REQUEST", `header ${name} is given more than once`);
    seen.add(name);
  }
}

/** With the port that was dialled. The address itself cannot be rebound, so it is always good. */
function allowedHosts(configured: readonly string[], incoming: IncomingMessage | undefined): ReadonlySet<string> {
  const { localPort: port, localAddress } = incoming?.socket ?? {};
  const names = [...LOOPBACK, ...configured];
  const address = localAddress?.replace(/^::ffff:/, "");
  if (address !== undefined) names.push(address.includes(":") ? `[${address}]` : address);
  const withPort = names.map((name) => `${name}:${port}`);
  const isBare = port === undefined || port === 80;
  return new Set([...configured, ...withPort, ...(isBare ? names : [])]);
}

function assertHost(host: string | undefined, allowed: ReadonlySet<string>): void {
  if (host !== undefined && allowed.has(host.toLowerCase())) return;
  throw new StatorError("FORBIDDEN", `host ${quote(host ?? "")} is not one that this server answers for`);
}

function assertOrigin(origin: string | undefined, allowed: ReadonlySet<string>): void {
  if (origin === undefined) return;
  const [, host = ""] = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? [];
  if (!allowed.has(host)) throw new StatorError("FORBIDDEN", `origin ${quote(origin)} is not allowed`);
}

const sha256 = (text: string): Buffer => hash("sha256", text, "buffer");

/** Digests have one length and are compared in one time, whatever was given. */
function assertToken(authorization: string | undefined, digest: Buffer): void {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
  if (token !== undefined && timingSafeEqual(sha256(token), digest)) return;
  throw new StatorError("UNAUTHORIZED", "send the token as 'Authorization: Bearer …'");
}
