/** What `stator/testing` exports: the test kit, and the ports in memory that it is made of. */
export { settle, VirtualClock } from "../memory/clock.ts";
export { MemoryDatabase, type MemoryDatabaseOptions } from "../memory/database.ts";
export { MemoryLeases } from "../memory/leases.ts";
export { SeededRandom } from "../memory/random.ts";
export { MemoryStore } from "../memory/store.ts";
export { MemoryBroker, type MemoryTransport } from "../memory/transport.ts";
export { createKit, Kit, type KitHost, type KitHostOptions, type KitObject, type KitOptions } from "./kit.ts";
