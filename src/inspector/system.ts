/** Hosts and partitions, as they stand in the database. */
import type { HostRow, LeaseRow } from "../ports/views.ts";
import type { HostsView, Overview } from "./api.ts";

interface Found {
  readonly at: string;
  readonly hosts: readonly HostRow[];
  readonly leases: readonly LeaseRow[];
}

export function hostsView({ at, hosts, leases }: Found): HostsView {
  const groups = [...new Set(leases.map(({ group }) => group))].map((group) => {
    const own = leases.filter((lease) => lease.group === group);
    const unowned = own.filter(({ host }) => host === undefined).map(({ partition }) => partition);
    return { group, partitions: own.length, unowned, epochs: own.map(({ epoch }) => epoch) };
  });
  const owned = hosts.map((host) => ({
    ...host,
    partitions: leases.filter((lease) => lease.group === host.group && lease.host === host.id).map(partitionOf),
  }));
  return { at, hosts: owned, groups };
}

const partitionOf = ({ partition }: LeaseRow): number => partition;

export function systemOf(
  { hosts, leases }: Found,
  lateTimers: number,
  unsent: { readonly count: number; readonly oldestAt: string | undefined },
): Overview["system"] {
  return {
    hosts: hosts.filter(({ isAlive }) => isAlive).length,
    partitions: leases.length,
    owned: leases.filter(({ host }) => host !== undefined).length,
    lateTimers,
    unsent: unsent.count,
    oldestUnsentAt: unsent.oldestAt,
  };
}
