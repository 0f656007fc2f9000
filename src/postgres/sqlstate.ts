/**
 * What an error of Postgres says about the batch. *Definite*: the server itself says that it rolled back. Everything
 * else (a cut, a timeout, 57P0x, 08xxx, 40003, 53xxx, whatever comes new) is *unknown*: the commit may have happened
 * or may still happen.
 */
import pg from "pg";

const DEFINITE_CLASSES: ReadonlySet<string> = new Set(["22", "23", "42", "54"]);
const DEFINITE_STATES: ReadonlySet<string> = new Set(["40001", "40P01"]);

/** The SQLSTATE of a definite refusal, undefined where the outcome is unknown. */
export function definiteState(error: unknown): string | undefined {
  if (!(error instanceof pg.DatabaseError) || error.severity !== "ERROR" || error.code === undefined) return undefined;
  const isDefinite = DEFINITE_STATES.has(error.code) || DEFINITE_CLASSES.has(error.code.slice(0, 2));
  return isDefinite ? error.code : undefined;
}
