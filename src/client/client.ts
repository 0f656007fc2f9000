/**
 * The client on the ports: no broker is named here, so that the simulator runs the very code that callers run.
 * `connect.ts` puts it on NATS.
 */
import { type Address, assertKey, assertNamespace, isObjectName, quote } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { RetryPolicy } from "../core/retry.ts";
import { Subjects, type Verb } from "../core/subjects.ts";
import type { AuditEntry, AuditRequest, Change, ListRequest } from "../core/wire.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { ObjectSummary } from "../ports/store.ts";
import type { Headers, Subscription, Transport } from "../ports/transport.ts";
import { Caller } from "./caller.ts";
import { Feeds } from "./feed.ts";
import { type ObjectClient, objectClient } from "./object.ts";
import { clientRetry, type ReadOptions } from "./options.ts";
import { Requests } from "./requests.ts";
import { Topology } from "./topology.ts";
import type { AnyDefinition, TypesOf } from "./types-of.ts";

export interface ClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** `default` unless given. */
  readonly namespace?: string;
  readonly retry?: Partial<RetryPolicy>;
  /** Closes what was opened for this client alone; the transport is the caller's otherwise. */
  readonly release?: () => Promise<void>;
}

export interface ListPage {
  readonly objects: readonly ObjectSummary[];
  /** Where the next page begins; null on the last. */
  readonly next: Address | null;
}

export interface HostSummary {
  readonly id: string;
  readonly label: string;
  readonly objects: readonly string[];
  /** How many partitions it owns. */
  readonly partitions: number;
}

export interface HostsView {
  readonly hosts: readonly HostSummary[];
  readonly partitions: number;
}

export class Client {
  readonly namespace: string;
  readonly clock: Clock;
  readonly #requests: Requests;
  readonly #caller: Caller;
  readonly #feeds: Feeds;
  readonly #release: () => Promise<void>;
  readonly #random: Random;

  /** Use `createClient` or `connectClient`. */
  constructor(options: ClientOptions) {
    const { transport, clock, random, namespace = "default" } = options;
    assertNamespace(namespace);
    this.namespace = namespace;
    this.clock = clock;
    this.#random = random;
    const subjects = new Subjects(namespace);
    const topology = new Topology(transport, clock, subjects, namespace);
    this.#caller = new Caller({ transport, clock, random, retry: clientRetry(options.retry) }, topology);
    this.#requests = new Requests({ caller: this.#caller, subjects, clock, random });
    this.#feeds = new Feeds(transport, subjects);
    this.#release = options.release ?? (async () => undefined);
  }

  /** An object by its definition (typed) or by its name. Asks nobody yet. */
  object<Definition extends AnyDefinition>(definition: Definition, key: string): ObjectClient<TypesOf<Definition>>;
  object(name: string, key: string): ObjectClient;
  object(of: AnyDefinition | string, key: string): unknown {
    const name = typeof of === "string" ? of : of.name;
    assertName(name);
    assertKey(key);
    const uuid = (): string => this.#random.uuid();
    return objectClient({ name, key }, { requests: this.#requests, feeds: this.#feeds, clock: this.clock, uuid });
  }

  /**
   * For ingresses: the body and headers as they are, the answer's text as the host wrote it, retried like every call.
   * Rejects with a `StatorError`. A `wait` is one request here; `object(…).waitFor` is for longer ones.
   */
  async request(
    verb: Verb,
    address: Address,
    body: string,
    headers: Headers = {},
    options?: ReadOptions,
  ): Promise<string> {
    return (await this.#requests.object(verb, address, body, headers, options)).text;
  }

  /** Objects by name and key, page by page. */
  async list(query: ListRequest = {}, options?: ReadOptions): Promise<ListPage> {
    const { objects, next } = await this.#requests.admin("list", query, options);
    return { objects: objects as readonly ObjectSummary[], next: (next ?? null) as Address | null };
  }

  /** Orders of operators, newest first: at most 200 a page, 50 unless given. */
  async audit(query: AuditRequest = {}, options?: ReadOptions): Promise<readonly AuditEntry[]> {
    return (await this.#requests.admin("audit", query, options))["entries"] as readonly AuditEntry[];
  }

  async hosts(options?: ReadOptions): Promise<HostsView> {
    const { hosts, partitions } = await this.#requests.admin("hosts", {}, options);
    return { hosts: hosts as readonly HostSummary[], partitions: partitions as number };
  }

  /** Changes of all objects, or of those of one name, from now on; may miss some (see `feed.ts`). */
  changes(handler: (change: Change) => void): Subscription;
  changes(name: string | undefined, handler: (change: Change) => void): Subscription;
  changes(first: string | undefined | ((change: Change) => void), second?: (change: Change) => void): Subscription {
    if (typeof first === "function") return this.#feeds.changes({}, first);
    if (first !== undefined) assertName(first);
    return this.#feeds.changes(first === undefined ? {} : { name: first }, second as (change: Change) => void);
  }

  /** Ends every call that waits (`UNAVAILABLE`, or `OUTCOME_UNKNOWN`) and every subscription. */
  async close(): Promise<void> {
    this.#caller.close();
    this.#feeds.close();
    await this.#release();
  }
}

export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

function assertName(name: string): void {
  if (isObjectName(name)) return;
  const message = `object name ${quote(name)} must be a letter, then at most 63 of A-Z a-z 0-9 _ -`;
  throw new StatorError("INVALID_REQUEST", message);
}
