/**
 * What the global setup of the projects `services` and `timed` gives to each test: `inject("postgresUrl")`, `inject("natsUrl")`.
 */
import type {} from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** A server the tests share: each makes its own schema or database. */
    postgresUrl: string;
    /** A server the tests share: each uses its own namespace. */
    natsUrl: string;
    /** Holds the data of a Postgres that has never run, as a dev stack makes them; nowhere where a Postgres was given. */
    clusterDir: string | undefined;
  }
}
