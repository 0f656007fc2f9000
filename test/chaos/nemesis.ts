/** What can go wrong in a chaos run. Each strikes until its time is over; `heal` of `cycle.ts` undoes what is left. */
import type { Spice } from "./asks.ts";
import type { Field } from "./field.ts";
import { clocks, diskFull, longTransaction, terminateBackends } from "./nemeses/database.ts";
import { failover } from "./nemeses/failover.ts";
import { busyHost, killHost, rollingUpgrade, stopHost, storm } from "./nemeses/hosts.ts";
import { migration } from "./nemeses/migration.ts";
import { cutCommit, partition, repeatAndReorder, slowNetwork, slowReader } from "./nemeses/network.ts";
import { killNats, killPostgres, pauseNats } from "./nemeses/servers.ts";

export interface Nemesis {
  readonly run: (field: Field) => Promise<void>;
  /** What the clients ask beside their workloads. */
  readonly spices?: readonly Spice[];
  /** Messages of NATS may be lost: a subscriber may miss an emitted event. */
  readonly losesMessages?: boolean;
  /** Where clocks are moved, windows of timers cannot be judged. */
  readonly needs?: "disk" | "clocks" | "standby";
}

const idle = (field: Field): Promise<void> => field.wait(field.leftMs, field.leftMs);

export const NEMESES = {
  "kill-host": { run: killHost },
  "stop-host": { run: stopHost },
  "busy-host": { run: busyHost },
  "kill-nats": { run: killNats, losesMessages: true },
  "pause-nats": { run: pauseNats, losesMessages: true },
  "kill-postgres": { run: killPostgres },
  failover: { run: failover, needs: "standby" },
  "cut-commit": { run: cutCommit },
  terminate: { run: terminateBackends },
  partition: { run: partition, losesMessages: true },
  "slow-network": { run: slowNetwork },
  "disk-full": { run: diskFull, needs: "disk" },
  clocks: { run: clocks, needs: "clocks" },
  reorder: { run: repeatAndReorder, losesMessages: true },
  "slow-reader": { run: slowReader, losesMessages: true },
  oversize: { run: idle, spices: ["oversize"] },
  storm: { run: storm },
  "poison-hot": { run: idle, spices: ["poison", "hot"] },
  upgrade: { run: rollingUpgrade },
  "long-transaction": { run: longTransaction },
  migration: { run: migration },
} as const satisfies Record<string, Nemesis>;

export type NemesisName = keyof typeof NEMESES;
export const NEMESIS_NAMES = Object.keys(NEMESES) as NemesisName[];

export const nemesis = (name: NemesisName): Nemesis => NEMESES[name];
