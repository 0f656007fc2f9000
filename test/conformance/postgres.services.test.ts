/** The Postgres store and leases, held against the specifications. */
import { setTimeout as pause } from "node:timers/promises";
import { PostgresLeases } from "../../src/postgres/leases.ts";
import { createNamespace, postgresStore } from "../postgres/namespace.ts";
import { leasesConformance } from "./leases.ts";
import { storeConformance } from "./store.ts";

storeConformance("postgres", postgresStore);

leasesConformance("postgres", async () => {
  const { postgres, close } = await createNamespace({ partitions: 8 });
  return {
    leases: new PostgresLeases(postgres),
    another: (group) => new PostgresLeases(postgres, group),
    pass: (ms) => pause(ms),
    close,
  };
});
