/** What Postgres has counted of the commits. */
import { systemRandom } from "../../src/clock/system.ts";
import { at, type Bench } from "../conformance/chains.ts";
import { eventually } from "../support/eventually.ts";

/**
 * As `eventually`. A session tells its counts with the first statement a second after the last time, or when it was idle
 * for ten seconds: so another object takes turns until they are there.
 */
export const counted = <T>(bench: Bench, check: () => Promise<T>): Promise<T> =>
  eventually(
    async () => {
      await bench.advance(at("beside"), { turns: [systemRandom.uuid()] });
      return check();
    },
    { everyMs: 200 },
  );
