/** The memory store and leases, held against the specifications. */
import { VirtualClock } from "../../src/memory/clock.ts";
import { MemoryDatabase } from "../../src/memory/database.ts";
import { MemoryLeases } from "../../src/memory/leases.ts";
import { MemoryStore } from "../../src/memory/store.ts";
import { leasesConformance } from "./leases.ts";
import { storeConformance } from "./store.ts";

storeConformance("memory", async (options = {}) => {
  const clock = new VirtualClock();
  const database = new MemoryDatabase({ clock, partitions: 16, ...options });
  return {
    store: new MemoryStore(database),
    leases: new MemoryLeases(database),
    another: () => new MemoryStore(database),
    pass: (ms) => clock.advance(ms),
    nowMs: async () => clock.wallMs(),
    close: async () => undefined,
  };
});

leasesConformance("memory", async () => {
  const clock = new VirtualClock();
  const database = new MemoryDatabase({ clock, partitions: 8 });
  return {
    leases: new MemoryLeases(database),
    another: (group) => new MemoryLeases(database, group),
    pass: (ms) => clock.advance(ms),
    close: async () => undefined,
  };
});
