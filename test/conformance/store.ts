/**
 * What a store must do: the specification of `src/ports/store.ts`. Every store passes it; one that is kinder has a bug.
 *
 * By subject: what becomes of a batch, the rows that a turn leaves for others, what can be read, what waits for an
 * operator, what may go after a time, what is purged. Each test opens a namespace of its own.
 */
import type { OpenStore } from "./chains.ts";
import { storeCommits } from "./store-commits.ts";
import { storeOperators } from "./store-operators.ts";
import { storeParking } from "./store-parking.ts";
import { storePruning } from "./store-pruning.ts";
import { storePurging } from "./store-purging.ts";
import { storeReads } from "./store-reads.ts";
import { storeRows } from "./store-rows.ts";

export function storeConformance(name: string, open: OpenStore): void {
  storeCommits(name, open);
  storeRows(name, open);
  storeReads(name, open);
  storeParking(name, open);
  storeOperators(name, open);
  storePruning(name, open);
  storePurging(name, open);
}
