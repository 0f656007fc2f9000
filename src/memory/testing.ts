/** What `stator/testing` exports: the ports in memory, a clock that is told to move, chance that repeats. */
export { settle, VirtualClock } from "./clock.ts";
export { MemoryDatabase, type MemoryDatabaseOptions } from "./database.ts";
export { MemoryLeases } from "./leases.ts";
export { SeededRandom } from "./random.ts";
export { MemoryStore } from "./store.ts";
