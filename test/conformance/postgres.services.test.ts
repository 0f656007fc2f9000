/** The Postgres store and leases, held against the specifications. */
import { emptiedLeases, emptiedStores } from "../postgres/emptied.ts";
import { leasesConformance } from "./leases.ts";
import { storeConformance } from "./store.ts";

storeConformance("postgres", emptiedStores());
leasesConformance("postgres", emptiedLeases(8));
