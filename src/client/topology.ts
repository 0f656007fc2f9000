/**
 * Which group serves an object and how many partitions it has: read from the hosts' answers to the NATS services protocol.
 *
 * A hint that saves a hop, never a truth: where it is missing, doubtful or old, the front door always works. Reading it
 * never holds up a request.
 */
import { type Address, isObjectName, partitionOf } from "../core/address.ts";
import type { Subjects } from "../core/subjects.ts";
import { type ServiceMetadata, serviceName } from "../core/wire.ts";
import type { Clock } from "../ports/clock.ts";
import type { Incoming, Transport } from "../ports/transport.ts";
import { isRecord } from "./reply.ts";

const COLLECT_MS = 500;
/** At most one reading a second, however many requests fail. */
const MIN_INTERVAL_MS = 1_000;
/** An object that nobody named is asked for again after this. */
const UNKNOWN_INTERVAL_MS = 10_000;
const MAX_AGE_MS = 60_000;
const GROUP = /^[A-Za-z0-9_-]{1,64}$/;

interface Place {
  readonly group: string;
  readonly partitions: number;
}

export class Topology {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #subjects: Subjects;
  readonly #subject: string;
  /** `undefined` where hosts contradict each other. */
  #places: ReadonlyMap<string, Place | undefined> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(transport: Transport, clock: Clock, subjects: Subjects, namespace: string) {
    this.#transport = transport;
    this.#clock = clock;
    this.#subjects = subjects;
    this.#subject = `$SRV.INFO.${serviceName(namespace)}`;
  }

  /** The subject of the partition that the address lives in, where it is known. */
  subjectOf(address: Address): string | undefined {
    const place = this.#places.get(address.name);
    const maxAgeMs = this.#places.has(address.name) ? MAX_AGE_MS : UNKNOWN_INTERVAL_MS;
    if (this.#clock.monotonicMs() - this.#readAt > maxAgeMs) void this.refresh();
    return place && this.#subjects.partition(place.group, partitionOf(address, place.partitions));
  }

  /** Reads anew, unless that was done or begun within the last second. Never rejects. */
  refresh(): Promise<void> {
    const now = this.#clock.monotonicMs();
    if (this.#reading === undefined && now - this.#readAt >= MIN_INTERVAL_MS) {
      this.#readAt = now;
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
    }
    return this.#reading ?? Promise.resolve();
  }

  async #read(): Promise<void> {
    let answers: readonly Incoming[];
    try {
      answers = await this.#transport.requestMany(this.#subject, "", COLLECT_MS);
    } catch {
      return; // nobody is there, or the connection is down: what was known stays a hint
    }
    const places = new Map<string, Place | undefined>();
    for (const answer of answers) {
      for (const [name, place] of placesOf(answer)) {
        places.set(name, !places.has(name) || isSame(places.get(name), place) ? place : undefined);
      }
    }
    if (places.size > 0) this.#places = places;
  }
}

function isSame(a: Place | undefined, b: Place): boolean {
  return a !== undefined && a.group === b.group && a.partitions === b.partitions;
}

/** What one host serves; nothing where its answer is not of our kind. */
function placesOf(answer: Incoming): readonly (readonly [string, Place])[] {
  const { group, partitions, objects } = metadataOf(answer);
  const count = Number(partitions);
  if (group === undefined || !GROUP.test(group) || !Number.isInteger(count) || count < 1) return [];
  const names = (objects ?? "").split(",").filter(isObjectName);
  return names.map((name) => [name, { group, partitions: count }] as const);
}

function metadataOf(answer: Incoming): Partial<ServiceMetadata> {
  try {
    const info: unknown = JSON.parse(Buffer.from(answer.data).toString("utf8"));
    const { metadata } = isRecord(info) ? info : {};
    if (!isRecord(metadata)) return {};
    return Object.fromEntries(Object.entries(metadata).filter(([, value]) => typeof value === "string"));
  } catch {
    return {}; // not JSON: some other service
  }
}
