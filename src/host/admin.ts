/** Administrative requests, `stator.<ns>.admin.<verb>`: answered by any host of the namespace from the database. */
import { assertKey, isObjectName, quote } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import type { ObjectStatus } from "../core/message.ts";
import { parkedOf } from "../core/parking.ts";
import type { Subjects } from "../core/subjects.ts";
import {
  DEFAULT_PAGE,
  type ErrorReply,
  type JournalRequest,
  type ListRequest,
  MAX_PAGE,
  type OperatorRequest,
} from "../core/wire.ts";
import type { LeaseView } from "../ports/leases.ts";
import type { ObjectSummary, Store } from "../ports/store.ts";
import type { Incoming, Subscription, Transport } from "../ports/transport.ts";
import type { OperatorBody, Seal } from "./internal.ts";
import type { Replies } from "./replies.ts";

export interface AdminParts {
  readonly store: Store;
  readonly transport: Transport;
  readonly subjects: Subjects;
  readonly replies: Replies;
  readonly seal: Seal;
  readonly view: () => LeaseView | undefined;
  readonly partitionCount: number;
}

/** How long the owner may take for an operator's order. */
const OPERATE_MS = 5_000;

type Handler = (request: unknown) => Promise<object>;

export class Admin {
  readonly #parts: AdminParts;

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  /** One member of the queue answers each request. */
  listen(): Subscription[] {
    const { transport, subjects } = this.#parts;
    const handlers: Record<string, Handler> = {
      journal: (request) => this.#journal(request as JournalRequest),
      list: (request) => this.#list(request as ListRequest),
      hosts: async () => this.#hosts(),
      retry: (request) => this.#operate("retry", request as OperatorRequest),
      skip: (request) => this.#operate("skip", request as OperatorRequest),
    };
    return Object.entries(handlers).map(([verb, handler]) =>
      transport.subscribe(subjects.admin(verb), (incoming) => this.#answer(incoming, handler), { queue: "admin" }),
    );
  }

  #answer(incoming: Incoming, handler: Handler): void {
    const request = (): unknown => (incoming.data.length === 0 ? {} : parseJson(incoming.data));
    Promise.resolve()
      .then(() => handler(request()))
      .then(
        (body) => this.#parts.replies.text(incoming.reply, JSON.stringify({ ok: true, ...body })),
        (cause: unknown) => {
          const error =
            cause instanceof StatorError
              ? cause
              : new StatorError("UNAVAILABLE", "the database does not answer now", { cause });
          this.#parts.replies.error(incoming.reply, error);
        },
      );
  }

  async #journal({ object, key, after = 0, limit }: JournalRequest): Promise<object> {
    assertName(object);
    assertKey(key);
    if (!Number.isSafeInteger(after) || after < 0) throw invalid(`after must be a revision, got ${String(after)}`);
    const address = { name: object, key };
    const entries = await this.#parts.store.journal(address, after, pageOf(limit));
    if (entries.length > 0) return { entries };
    const [row] = await this.#parts.store.load([address]);
    if (row === undefined) throw new StatorError("NOT_CREATED", `${object}/${key} does not exist`);
    return { entries };
  }

  async #list(request: ListRequest): Promise<object> {
    const { object, status, matches, tag, parked, q, after, limit } = request;
    if (object !== undefined) assertName(object);
    if (status !== undefined && !STATUSES.includes(status))
      throw invalid(`status must be one of ${STATUSES.join(", ")}`);
    const page = pageOf(limit);
    const query = { name: object, status, matches, tag, parked: parked === true, prefix: q, after, limit: page };
    const objects = await this.#parts.store.list(query);
    const last = objects.at(-1);
    const next = objects.length < page || last === undefined ? null : { name: last.object, key: last.key };
    return { objects: objects.map(readable), next };
  }

  /** The owner of the object does it: the order goes there as a message that only hosts may send. */
  async #operate(verb: OperatorBody["verb"], request: OperatorRequest): Promise<object> {
    const { object, key, by, reason, messageId } = request;
    assertName(object);
    assertKey(key);
    if (typeof by !== "string" || by === "") throw invalid("by must say who wants it");
    if (typeof reason !== "string" || reason === "") throw invalid("reason must say why");
    if (messageId !== undefined && typeof messageId !== "string") throw invalid("messageId must be a text");
    const to = { name: object, key };
    const order: OperatorBody = { kind: "operator", verb, to, by, reason, ...(messageId ? { messageId } : {}) };
    const text = JSON.stringify(order);
    const { transport, subjects, seal } = this.#parts;
    const headers = seal.headers(text);
    const reply = await transport.request(subjects.door({ verb: "send", address: to }), text, {
      headers,
      timeoutMs: OPERATE_MS,
    });
    const answer = JSON.parse(Buffer.from(reply.data).toString("utf8")) as { readonly ok: true } | ErrorReply;
    if (!answer.ok) throw StatorError.fromBody(answer.error);
    return answer;
  }

  #hosts(): object {
    const view = this.#parts.view();
    const counts = new Map<string, number>();
    for (const owner of view?.owners.values() ?? []) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    const hosts = (view?.hosts ?? []).map((host) => ({ ...host, partitions: counts.get(host.id) ?? 0 }));
    return { hosts, partitions: this.#parts.partitionCount };
  }
}

/** A parked object says why, not how it is stored. */
const readable = (summary: ObjectSummary): ObjectSummary =>
  summary.parked === undefined ? summary : { ...summary, parked: parkedOf(summary.parked).reason };

const STATUSES: readonly ObjectStatus[] = ["active", "done", "error", "stopped"];

function assertName(name: unknown): asserts name is string {
  if (typeof name !== "string" || !isObjectName(name))
    throw invalid(`object ${quote(String(name))} is not the name of an object`);
}

function pageOf(limit: unknown = DEFAULT_PAGE): number {
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
    throw invalid(`limit must be 1 to ${MAX_PAGE}`);
  return limit;
}

const invalid = (text: string): StatorError => new StatorError("INVALID_REQUEST", text);
