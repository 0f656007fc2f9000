/**
 * Who owns what as the last heartbeat said, and whether the owner still hears us.
 *
 * A host that dies keeps its leases for a while, and the broker drops what is passed on to it in silence (only the
 * requester's own publish gets "no responders"). So while messages are passed on to a host it is asked now and then
 * whether it is there; what was passed on since it last answered comes back when it is not, and waits for the take-over.
 * A message that is passed on twice is applied once.
 */
import type { Cancel, Clock } from "../ports/clock.ts";
import type { LeaseView } from "../ports/leases.ts";
import { NoRespondersError, type Transport } from "../ports/transport.ts";

const ASK_EVERY_MS = 200;
const ANSWER_MS = 1_000;
/** Messages remembered per owner; more than a host takes in between two questions. */
const MAX_REMEMBERED = 5_000;

interface Peer<T> {
  /** Passed on since the last question that was answered. */
  passed: T[];
  isGone: boolean;
  asking: Cancel | undefined;
}

export class Owners<T> {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #subjectOf: (hostId: string) => string;
  /** Takes back what was passed on to a host that is gone. */
  readonly #returned: (messages: readonly T[]) => void;
  readonly #peers = new Map<string, Peer<T>>();
  #owners: ReadonlyMap<number, string> = new Map();

  constructor(
    transport: Transport,
    clock: Clock,
    subjectOf: (hostId: string) => string,
    returned: (messages: readonly T[]) => void,
  ) {
    this.#transport = transport;
    this.#clock = clock;
    this.#subjectOf = subjectOf;
    this.#returned = returned;
  }

  /** A heartbeat's view; a peer that is not of the group any more, owns nothing and has nothing is forgotten. */
  viewed({ owners, hosts }: LeaseView): void {
    this.#owners = owners;
    const live = new Set([...owners.values(), ...hosts.map((host) => host.id)]);
    for (const [id, peer] of this.#peers) {
      if (!live.has(id) && peer.passed.length === 0) this.#peers.delete(id);
    }
  }

  /** The owner of a partition that is there to take a message; undefined while there is none. */
  reachable(partition: number): string | undefined {
    const owner = this.#owners.get(partition);
    return owner === undefined || this.isGone(owner) ? undefined : owner;
  }

  /** It did not answer a moment ago. */
  isGone(hostId: string): boolean {
    return this.#peers.get(hostId)?.isGone === true;
  }

  passedOn(owner: string, message: T): void {
    const peer = this.#peers.get(owner) ?? { passed: [], isGone: false, asking: undefined };
    this.#peers.set(owner, peer);
    if (peer.passed.length < MAX_REMEMBERED) peer.passed.push(message);
    peer.asking ??= this.#clock.after(ASK_EVERY_MS, () => void this.#ask(owner, peer));
  }

  async #ask(owner: string, peer: Peer<T>): Promise<void> {
    const before = peer.passed.length;
    try {
      await this.#transport.request(this.#subjectOf(owner), "", { timeoutMs: ANSWER_MS });
      peer.passed.splice(0, before);
    } catch (cause) {
      // a host that is only slow keeps its messages: it will answer them
      if (cause instanceof NoRespondersError) this.#gone(owner, peer);
      else peer.passed.splice(0, before);
    }
    peer.asking = undefined;
    if (peer.passed.length > 0) peer.asking = this.#clock.after(ASK_EVERY_MS, () => void this.#ask(owner, peer));
  }

  #gone(owner: string, peer: Peer<T>): void {
    peer.isGone = true;
    const passed = peer.passed;
    peer.passed = [];
    // it may only have lost its connection for a moment: ask again
    this.#clock.after(ASK_EVERY_MS, () => {
      if (this.#peers.get(owner) === peer) peer.isGone = false;
    });
    this.#returned(passed);
  }
}
