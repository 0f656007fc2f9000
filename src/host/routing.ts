/**
 * Where a message goes: to the object in this host, on to the host that owns its partition, or on hold for a moment
 * while nobody owns it (a take-over, a move, the start of the first host).
 *
 *   ours ─▶ accept     theirs ─▶ owner's own subject     nobody's, or on its way from here ─▶ heir, who holds it
 *
 * Passed on to a host, not to the partition's subject: on that one nobody may listen for a moment, and the broker drops
 * it in silence. The heir knows who gives the partition away and does not send the message back there.
 */
import { partitionOf } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { HostOptions } from "../core/options.ts";
import { formatTarget, type Subjects, type Target } from "../core/subjects.ts";
import { HEADER } from "../core/wire.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { LeaseView } from "../ports/leases.ts";
import type { Counters } from "../ports/telemetry.ts";
import type { Incoming, Transport } from "../ports/transport.ts";
import { identified } from "./identified.ts";
import { Owners } from "./owners.ts";
import { assignedTo, type Partitions } from "./partitions.ts";
import type { Replies } from "./replies.ts";

/** Hosts a message may pass through; more mean that they do not agree on who owns it, and then it waits. */
const MAX_HOPS = 8;
const MAX_HELD = 10_000;

/** `hops`, or `hops/giver` where it comes from a host that gives the partition away. */
function wayOf(incoming: Incoming): { readonly hops: number; readonly giver: string | undefined } {
  const [hops, giver] = (incoming.header(HEADER.passedOn) ?? "0").split("/");
  return { hops: Number(hops), giver };
}

interface HeldBack {
  readonly target: Target;
  readonly incoming: Incoming;
  readonly sinceMs: number;
}

export interface RouterParts {
  readonly self: string;
  readonly partitionCount: number;
  readonly partitions: Partitions;
  readonly transport: Transport;
  readonly subjects: Subjects;
  readonly replies: Replies;
  readonly options: HostOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  /** Handles a message of a partition that is ours. */
  readonly accept: (target: Target, incoming: Incoming) => void;
}

export class Router {
  readonly #parts: RouterParts;
  readonly #owners: Owners<HeldBack>;
  #held: HeldBack[] = [];
  #hosts: readonly string[] = [];
  #isLeaving = false;

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
    const { hops, giver } = wayOf(incoming);
    const owner = this.#owners.reachable(partition);
    const isTheirs = owner !== undefined && owner !== self && owner !== giver;
    const next = isTheirs ? owner : giver === undefined ? this.#heir(partition) : undefined;
    if (next === undefined || hops >= MAX_HOPS) return this.#hold({ target, incoming, sinceMs });
    counters.add("message.passed-on");
    const way = isTheirs ? `${hops + 1}` : `${hops + 1}/${self}`;
    this.#passOn(next, way, { target, incoming, sinceMs });
  }

  /** Who will take the partition next; undefined where that is this host. */
  #heir(partition: number): string | undefined {
    const { self } = this.#parts;
    const heir = assignedTo(partition, this.#isLeaving ? this.#hosts.filter((id) => id !== self) : this.#hosts);
    return heir === undefined || heir === self || this.#owners.isGone(heir) ? undefined : heir;
  }

  /** The heartbeat's view of the group: what was held back may go now. */
  viewed(view: LeaseView): void {
    this.#owners.viewed(view);
    this.#hosts = view.hosts.map((host) => host.id);
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

  /** The host gives its partitions away: what comes in goes to the hosts that will take them. */
  leave(): void {
    this.#isLeaving = true;
    this.retryHeld();
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

  #passOn(host: string, way: string, { target, incoming: given, sinceMs }: HeldBack): void {
    const incoming = identified(given, this.#parts.random.uuid());
    this.#owners.passedOn(host, { target, incoming, sinceMs });
    const headers = { ...incoming.headers(), [HEADER.to]: formatTarget(target), [HEADER.passedOn]: way };
    this.#parts.transport.publish(
      this.#parts.subjects.host(host),
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
