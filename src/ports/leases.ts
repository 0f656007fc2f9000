/**
 * Who owns which partition, until when. `test/conformance/leases.ts` is the specification.
 *
 * The row is the judge of every write; a lease only makes one host the owner, so that it can cache and batch. All times
 * are the store's. Only a new owner raises the epoch. A host id is drawn anew at each start of a process.
 */

export interface HostRecord {
  readonly id: string;
  /** Names of the definitions it hosts. */
  readonly objects: readonly string[];
  /** For people: machine and process. */
  readonly label: string;
}

/** What a heartbeat learns. */
export interface LeaseView {
  /** Of the partitions that were renewed, those still held with the given epoch. */
  readonly kept: ReadonlySet<number>;
  /** Live hosts of the group, this one included unless it is leaving. */
  readonly hosts: readonly HostRecord[];
  /** Owner of each partition with an unexpired lease. */
  readonly owners: ReadonlyMap<number, string>;
  /** What the store's clock showed, epoch milliseconds. */
  readonly wallMs: number;
}

export interface Leases {
  /** Partitions of the group, fixed when the namespace was created. */
  readonly partitions: number;

  /** One round trip: says that the host lives, renews the leases it holds (partition → epoch), tells how the group is. */
  beat(host: HostRecord, held: ReadonlyMap<number, number>, leaseMs: number): Promise<LeaseView>;

  /** Takes those of the partitions that are free or expired; answers partition → new epoch. */
  take(hostId: string, partitions: readonly number[], leaseMs: number): Promise<ReadonlyMap<number, number>>;

  /** Gives up partitions that are still held with these epochs. */
  release(hostId: string, held: ReadonlyMap<number, number>): Promise<void>;

  /** Removes the host from the group: no partition is assigned to it any more. Its leases are released. */
  leave(hostId: string): Promise<void>;
}
