/**
 * Connections: ours, dialled from a URL, or one that the user hands in.
 *
 * Only the part of the client that `nats` 2 and `@nats-io/transport-node` 3 have in common is used.
 */
import { connect, type NatsConnection } from "nats";
import { StartupError } from "../core/errors.ts";
import { connectProblem } from "./errors.ts";

export interface NatsHeaders extends Iterable<[string, string[]]> {
  /** Of a status message of the server; 0 where it is none. */
  readonly code: number;
}

export interface NatsMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply?: string;
  readonly headers?: NatsHeaders | undefined;
}

export interface NatsSubscription {
  unsubscribe(): void;
  drain(): Promise<void>;
}

export interface NatsClientStatus {
  readonly type: string;
  readonly data?: unknown;
  readonly error?: unknown;
  readonly permissionContext?: unknown;
}

/** What we need of a connection. `never` stands where the two clients' own types differ. */
export interface NatsConnectionLike {
  publish(subject: string, data?: Uint8Array, options?: { reply?: string; headers?: never }): void;
  subscribe(
    subject: string,
    options?: { queue?: string; callback?: (error: never, message: never) => void },
  ): NatsSubscription;
  flush(): Promise<void>;
  drain(): Promise<void>;
  close(): Promise<void>;
  closed(): Promise<unknown>;
  isClosed(): boolean;
  getServer(): string;
  status(): AsyncIterable<NatsClientStatus>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_WAIT_MS = 100;
const PING_INTERVAL_MS = 5_000;
/** A silent connection counts as lost after this many unanswered pings. */
const MAX_PINGS_OUT = 2;

/**
 * Connects now or says why not; once connected, it reconnects for ever.
 * `servers` is one URL or several with commas: `nats://host:4222`, `nats://user:secret@host`, `nats://token@host`,
 * `tls://host`.
 */
export async function dial(servers: string, name: string): Promise<NatsConnection> {
  const urls = servers.split(",").map((url) => parse(url.trim()));
  const [first] = urls;
  const addresses = urls.map((url) => url.host);
  try {
    return await connect({
      servers: addresses,
      name,
      ...credentials(first),
      ...(urls.some((url) => url.protocol === "tls:") ? { tls: {} } : {}),
      timeout: CONNECT_TIMEOUT_MS,
      waitOnFirstConnect: false,
      reconnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_WAIT_MS,
      reconnectJitter: RECONNECT_WAIT_MS,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: MAX_PINGS_OUT,
      ignoreAuthErrorAbort: true, // a server that comes back before its accounts do must not end us
      noAsyncTraces: true,
    });
  } catch (cause) {
    const where = addresses.map((address) => `nats://${address}`).join(", ");
    throw new StartupError(
      "NATS_UNREACHABLE",
      `cannot connect to NATS at ${where}: ${connectProblem(cause)}; is nats-server running there?`,
      cause,
    );
  }
}

function parse(url: string): URL {
  const full = url.includes("://") ? url : `nats://${url}`;
  if (!URL.canParse(full) || new URL(full).hostname === "") {
    throw new StartupError("NATS_UNREACHABLE", "the NATS URL is not valid; it would be like nats://127.0.0.1:4222");
  }
  return new URL(full);
}

function credentials(url: URL | undefined): { user?: string; pass?: string; token?: string } {
  if (url === undefined || url.username === "") return {};
  const user = decodeURIComponent(url.username);
  return url.password === "" ? { token: user } : { user, pass: decodeURIComponent(url.password) };
}
