/** Administrative requests, `stator.<ns>.admin.<verb>`: answered by any host of the namespace from the database. */
import { assertKey, isObjectName, quote } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { STATUSES } from "../core/message.ts";
import { parkedOf, pauseReason } from "../core/parking.ts";
import type { Subjects } from "../core/subjects.ts";
import {
  type AuditEntry,
  type AuditRequest,
  DEFAULT_PAGE,
  type JournalRequest,
  type KillRequest,
  type ListRequest,
  MAX_PAGE,
  OPERATOR_VERBS,
  type OperatorVerb,
  type OperatorVerbs,
  type ReleaseRequest,
} from "../core/wire.ts";
import { toldBy } from "../engine/sagas.ts";
import type { Random } from "../ports/clock.ts";
import type { LeaseView } from "../ports/leases.ts";
import type { ObjectSummary, Store } from "../ports/store.ts";
import type { DrainableSubscription, Incoming, Transport } from "../ports/transport.ts";
import { carryOrder } from "./desk.ts";
import type { Seal } from "./internal.ts";
import { listenForPreviews, type PreviewParts } from "./preview.ts";
import type { Replies } from "./replies.ts";

export interface AdminParts extends PreviewParts {
  readonly store: Store;
  readonly transport: Transport;
  readonly subjects: Subjects;
  readonly replies: Replies;
  readonly seal: Seal;
  readonly random: Random;
  readonly view: () => LeaseView | undefined;
  readonly partitionCount: number;
}

type Handler = (request: unknown) => Promise<object>;

export class Admin {
  readonly #parts: AdminParts;

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  /** One member of the queue answers each request. */
  listen(): DrainableSubscription[] {
    const { transport, subjects } = this.#parts;
    const handlers: Record<string, Handler> = {
      journal: (request) => this.#journal(request as JournalRequest),
      list: (request) => this.#list(request as ListRequest),
      hosts: async () => this.#hosts(),
      audit: (request) => this.audit(request as AuditRequest),
    };
    for (const verb of OPERATOR_VERBS) {
      handlers[verb] = (request) => this.operate(verb, request as ReleaseRequest & KillRequest);
    }
    const doors = Object.entries(handlers).map(([verb, handler]) =>
      transport.subscribe(subjects.admin(verb), (incoming) => this.#answer(incoming, handler), { queue: "admin" }),
    );
    return [...doors, ...listenForPreviews(this.#parts)];
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
    const { object, status, matches, tag, parked, paused, q, after, limit } = request;
    if (object !== undefined) assertName(object);
    if (status !== undefined && !STATUSES.includes(status))
      throw invalid(`status must be one of ${STATUSES.join(", ")}`);
    const page = pageOf(limit);
    if (parked === true && paused === true) throw invalid("parked and paused are two lists");
    const flags = { parked: parked === true, paused: paused === true };
    const query = { name: object, status, matches, tag, ...flags, prefix: q, after, limit: page };
    const objects = await this.#parts.store.list(query);
    const causes = parked === true ? await this.#causesOf(objects) : new Map<ObjectSummary, string>();
    const last = objects.at(-1);
    const next = objects.length < page || last === undefined ? null : { name: last.object, key: last.key };
    return { objects: objects.map((summary) => readable(summary, causes.get(summary))), next };
  }

  /** Why machines wait that are in a state tagged `parked`. */
  async #causesOf(objects: readonly ObjectSummary[]): Promise<ReadonlyMap<ObjectSummary, string>> {
    const own = objects.filter(({ status, tags }) => status === "active" && tags.includes("parked"));
    const rows = await this.#parts.store.load(own.map(({ object: name, key }) => ({ name, key })));
    return new Map(
      own.map((summary, i) => {
        const steps = toldBy(rows[i]?.snapshot ?? "").parked;
        return [summary, steps.map(({ step, cause }) => `${step}: ${cause}`).join("; ")];
      }),
    );
  }

  /** The owner of the object does it. For callers in this process too: what the subjects answer, typed. */
  async operate<V extends OperatorVerb>(
    verb: V,
    request: OperatorVerbs[V]["request"],
  ): Promise<OperatorVerbs[V]["answer"]> {
    const { object, key, by, reason, orderId = this.#parts.random.uuid() } = request;
    assertName(object);
    assertKey(key);
    assertText(by, "by", "must say who wants it");
    assertText(reason, "reason", "must say why");
    assertText(orderId, "orderId", "must be a text without spaces", /^[\x21-\x7e]{1,80}$/);
    const { messageId, step, preview } = request as ReleaseRequest & KillRequest;
    if (messageId !== undefined) assertText(messageId, "messageId", "must be a text");
    if (step !== undefined) assertText(step, "step", "must be a text");
    const to = { name: object, key };
    const isPreview = verb === "kill" && preview === true;
    const named = { messageId, step, ...(isPreview ? { preview: true } : {}) };
    return carryOrder(this.#parts, { kind: "operator", verb, to, orderId, by, reason, ...named });
  }

  /** Newest first. */
  async audit({ object, key, before, limit }: AuditRequest): Promise<{ readonly entries: readonly AuditEntry[] }> {
    if (object !== undefined) assertName(object);
    if (key !== undefined) assertKey(key);
    if (key !== undefined && object === undefined) throw invalid("a key needs the name of its object");
    if (before !== undefined && !Number.isSafeInteger(before)) throw invalid("before must be the seq of an entry");
    return { entries: await this.#parts.store.audits({ object, key, before, limit: pageOf(limit) }) };
  }

  #hosts(): object {
    const view = this.#parts.view();
    const counts = new Map<string, number>();
    for (const owner of view?.owners.values() ?? []) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    const hosts = (view?.hosts ?? []).map((host) => ({ ...host, partitions: counts.get(host.id) ?? 0 }));
    return { hosts, partitions: this.#parts.partitionCount };
  }
}

/** Says why, not how it is stored; of a killed object flags mean nothing any more. */
function readable(summary: ObjectSummary, cause: string | undefined): ObjectSummary {
  const { status, parked, paused } = summary;
  if (status === "stopped" || status === "purged") return { ...summary, parked: undefined, paused: undefined };
  const reasons = [parked === undefined ? undefined : parkedOf(parked).reason, cause];
  const why = reasons.filter((reason) => reason !== undefined).join("; ");
  return { ...summary, parked: why === "" ? undefined : why, paused: paused && pauseReason(paused) };
}

function assertName(name: unknown): asserts name is string {
  if (typeof name !== "string" || !isObjectName(name))
    throw invalid(`object ${quote(String(name))} is not the name of an object`);
}

function assertText(given: unknown, name: string, rule: string, form = /./s): asserts given is string {
  if (typeof given !== "string" || !form.test(given)) throw invalid(`${name} ${rule}`);
}

function pageOf(limit: unknown = DEFAULT_PAGE): number {
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
    throw invalid(`limit must be 1 to ${MAX_PAGE}`);
  return limit;
}

const invalid = (text: string): StatorError => new StatorError("INVALID_REQUEST", text);
