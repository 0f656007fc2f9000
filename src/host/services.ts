/** What an activation needs of its host. One implementation (`objects.ts`); an interface so that the stages do not know each other. */
import type { Address } from "../core/address.ts";
import type { MessageBody } from "../core/message.ts";
import type { Parked } from "../core/parking.ts";
import type { JournalEntry, StoredObject, StoredReply, TurnOutcome } from "../ports/store.ts";
import type { Head, OpenChain } from "./chain.ts";
import type { Committable } from "./commit.ts";
import type { Delivery } from "./delivery.ts";

export interface ObjectServices {
  // ownership
  /** New turns of this partition may be made. */
  accepts(partition: number): boolean;
  /** The epoch under which this host may write the partition; undefined past its lease. */
  epochOf(partition: number): number | undefined;
  /** A commit was refused by the epoch. */
  fenced(partition: number): void;

  // the definition
  needsInput(name: string): boolean;
  ignoresUnhandled(name: string): boolean;

  // store
  load(address: Address): Promise<StoredObject | undefined>;
  reply(address: Address, messageId: string): Promise<StoredReply | undefined>;
  /** The journal's first entry: how the object was born. */
  birth(address: Address): Promise<JournalEntry | undefined>;
  park(address: Address, parked: Parked): void;
  storeFailed(cause: unknown): void;
  /** A commit of the object may have happened: what it recorded is known only to the store. */
  inDoubt(address: Address): void;

  // commit
  /** For the next turns of an object, on top of its last one. */
  openChain(address: Address, base: Head): OpenChain;
  /** What a turn will store of an object. */
  stored(address: Address, snapshot: string): void;
  commitSoon(object: Committable): void;
  /** The output gate: the chain is committed, all that it asked for may leave now. */
  release(chain: OpenChain): void;
  /** Answers deliveries of a message that the store judged `duplicate`, `mismatch` or `expired`. */
  answerByJournal(address: Address, deliveries: readonly Delivery[], outcome: TurnOutcome): void;

  // time, chance, counts
  later(task: () => void): void;
  isOverdue(delivery: Delivery): boolean;
  /** ISO date, for display. */
  now(): string;
  incarnation(): string;
  count(name: string): void;
  /** The object has nothing to do: it may be evicted. */
  idle(address: Address): void;
}

/** What a message that created an object would have looked like, from the journal's first entry. */
export function birthBody(entry: JournalEntry): MessageBody {
  return { kind: "create", input: entry.kind === "create" ? (entry.event ?? undefined) : undefined };
}
