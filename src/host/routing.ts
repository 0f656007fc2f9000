/**
 * Where a message goes: to the object in this host, on to the host that owns its partition, or on hold for a moment
 * while nobody owns it (a take-over, a move, the start of the first host).
 */
import { partitionOf } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { HostOptions } from "../core/options.ts";
import { formatTarget, type Subjects, type Target } from "../core/subjects.ts";
import { HEADER } from "../core/wire.ts";
import type { Clock } from "../ports/clock.ts";
import type { LeaseView } from "../ports/leases.ts";
import type { Counters } from "../ports/telemetry.ts";
import type { Incoming, Transport } from "../ports/transport.ts";
import { Owners } from "./owners.ts";
import type { Partitions } from "./partitions.ts";
import type { Replies } from "./replies.ts";

/** Hosts a message may pass through; more means that they do not agree on who owns it. */
const MAX_HOPS = 4;
const MAX_HELD = 10_000;

interface HeldBack {
  readonly target: Target;
  readonly incoming: Incoming;
  readonly sinceMs: number;
}

export interface RouterParts {
  readonly self: string;
  readonly group: string;
  readonly partitionCount: number;
  readonly partitions: Partitions;
  readonly transport: Transport;
  readonly subjects: Subjects;
  readonly replies: Replies;
  readonly options: HostOptions;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Handles a message of a partition that is ours. */
  readonly accept: (target: Target, incoming: Incoming) => void;
}

export class Router {
  readonly #parts: RouterParts;
  readonly #owners: Owners<HeldBack>;
  #held: HeldBack[] = [];

  constructor(parts: RouterParts) {
    this.#parts = parts;
    const { transport, clock, subjects, counters } = parts;
    this.#owners = new Owners(
      transport,
      clock,
      (hostId) => subjects.host(hostId),
      (messages) => {
        counters.add("message.returned", messages.length);
        for (const message of messages) this.#hold(message);
      },
    );
  }

  route(target: Target, incoming: Incoming, sinceMs = this.#parts.clock.monotonicMs()): void {
    const { partitions, self, counters } = this.#parts;
    const partition = partitionOf(target.address, this.#parts.partitionCount);
    if (partitions.accepts(partition)) return this.#parts.accept(target, incoming);
    const owner = this.#owners.reachable(partition);
    if (owner === undefined || owner === self) return this.#hold({ target, incoming, sinceMs });
    counters.add("message.passed-on");
    this.#owners.passedOn(owner, { target, incoming, sinceMs });
    this.#passOn(partition, target, incoming);
  }

  /** The heartbeat's view of the group: what was held back may go now. */
  viewed(view: LeaseView): void {
    this.#owners.viewed(view.owners);
    this.retryHeld();
  }

  retryHeld(): void {
    const held = this.#held;
    this.#held = [];
    const now = this.#parts.clock.monotonicMs();
    for (const message of held) {
      if (now - message.sinceMs > this.#parts.options.holdMs) this.#unavailable(message.target, message.incoming);
      else this.route(message.target, message.incoming, message.sinceMs);
    }
  }

  /** The host stops: who waits here asks another host. */
  stop(): void {
    for (const { target, incoming } of this.#held.splice(0)) this.#unavailable(target, incoming);
  }

  #hold(message: HeldBack): void {
    this.#parts.counters.add("message.held");
    if (this.#held.length >= MAX_HELD) return this.#unavailable(message.target, message.incoming);
    this.#held.push(message);
  }

  #passOn(partition: number, target: Target, incoming: Incoming): void {
    const hops = Number(incoming.header(HEADER.passedOn) ?? "0") + 1;
    if (hops > MAX_HOPS) return this.#unavailable(target, incoming);
    const headers = { ...incoming.headers(), [HEADER.to]: formatTarget(target), [HEADER.passedOn]: String(hops) };
    const subject = this.#parts.subjects.partition(this.#parts.group, partition);
    this.#parts.transport.publish(
      subject,
      incoming.data,
      incoming.reply === undefined ? { headers } : { headers, reply: incoming.reply },
    );
  }

  #unavailable(target: Target, incoming: Incoming): void {
    const { name, key } = target.address;
    this.#parts.replies.error(
      incoming.reply,
      new StatorError("UNAVAILABLE", `no host serves ${name}/${key} now; try again with the same message id`),
    );
  }
}
