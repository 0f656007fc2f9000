/** Makes a failing schedule smaller: leaves out kinds of faults and clients as long as it fails in the same way. */
import { FAULTS, type FaultKind } from "./faults.ts";
import { DEFAULT_VIRTUAL_MS, type Run, type RunOptions, simulate } from "./world.ts";

export interface Shrunk {
  readonly run: Run;
  readonly options: RunOptions;
  /** The kinds of faults that it takes. */
  readonly faults: readonly FaultKind[];
  readonly clients: readonly string[];
}

const CLIENTS = 5;
const TIMES = [0.75, 0.5, 0.35];

export async function shrink(failed: Run, given: RunOptions): Promise<Shrunk> {
  const wanted = new Set(failed.violations.map((violation) => violation.invariant));
  const clients = Array.from({ length: given.clients ?? CLIENTS }, (_, i) => `client-${i}`);
  const without = new Set<FaultKind>(given.without);
  const withoutClients = new Set<string>(given.withoutClients);
  let best = failed;
  let options: RunOptions = { ...given, without, withoutClients };
  const fails = async (next: RunOptions): Promise<boolean> => {
    const run = await simulate(failed.seed, next);
    const isSame = run.violations.some((violation) => wanted.has(violation.invariant));
    if (isSame) best = run;
    return isSame;
  };
  const leaveOut = async <T>(items: readonly T[], out: Set<T>): Promise<void> => {
    for (const item of items) {
      if (out.has(item)) continue;
      out.add(item);
      if (!(await fails({ ...options, without, withoutClients }))) out.delete(item);
    }
  };
  await leaveOut(FAULTS, without);
  await leaveOut(clients, withoutClients);
  for (const part of TIMES) {
    const shorter = { ...options, virtualMs: Math.round((given.virtualMs ?? DEFAULT_VIRTUAL_MS) * part) };
    if (await fails(shorter)) options = shorter;
  }
  return {
    run: best,
    options,
    faults: FAULTS.filter((kind) => !without.has(kind)),
    clients: clients.filter((name) => !withoutClients.has(name)),
  };
}
