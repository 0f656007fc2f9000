/**
 * Many scripts, one after the other, until the traces of engine and plain XState differ; then the script is made as short
 * as it can be and still differ, and printed.
 */
import {
  DurableRun,
  type Figures,
  makeScript,
  random,
  reference,
  type Script,
  type Torture,
  withoutRepeats,
} from "./equivalence.ts";

export interface Difference {
  readonly seed: number;
  readonly entry: number;
  readonly expected: string;
  readonly actual: string;
  readonly script: Script;
}

export interface Outcome {
  readonly figures: Figures & { entries: number };
  readonly difference: Difference | undefined;
}

export type Spoil = (text: string) => string;

/** Scripts `from` to `from + count - 1`; ends at the first that differs. */
export async function runScripts(torture: Torture, from: number, count: number, spoil?: Spoil): Promise<Outcome> {
  const figures = { turns: 0, restores: 0, crashes: 0, repeats: 0, entries: 0 };
  for (let seed = from; seed < from + count; seed++) {
    const script = makeScript(seed);
    const { expected, actual, figures: one } = await compare(torture, seed, script, spoil);
    figures.turns += one.turns;
    figures.restores += one.restores;
    figures.crashes += one.crashes;
    figures.repeats += one.repeats;
    figures.entries += expected.length;
    if (differenceOf(seed, script, expected, actual) === undefined) continue;
    return { figures, difference: await shrink(torture, seed, script, spoil) };
  }
  return { figures, difference: undefined };
}

/** Three of four scripts are restored from JSON after every turn, every second one crashes and hears things twice. */
async function compare(torture: Torture, seed: number, script: Script, spoil?: Spoil) {
  const draw = random(seed + 777);
  const rough = (chance: number) => (): boolean => seed % 2 === 0 && draw() < chance;
  const options = { roundTrip: seed % 4 !== 0, crash: rough(0.2), repeat: rough(0.3) };
  const run = new DurableRun(torture, spoil === undefined ? options : { ...options, roundTrip: true, spoil });
  const expected = await reference(script);
  try {
    run.run(script);
  } catch (cause) {
    run.trace.push(`thrown: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return { expected, actual: withoutRepeats(run.trace), figures: run.figures };
}

function differenceOf(
  seed: number,
  script: Script,
  expected: readonly string[],
  actual: readonly string[],
): Difference | undefined {
  const length = Math.max(expected.length, actual.length);
  for (let entry = 0; entry < length; entry++) {
    const [right = "end", given = "end"] = [expected[entry], actual[entry]];
    if (right !== given) return { seed, entry, expected: right, actual: given, script };
  }
  return undefined;
}

/** Drops halves, quarters, … single steps as long as what is left still differs. */
async function shrink(torture: Torture, seed: number, script: Script, spoil?: Spoil): Promise<Difference> {
  const look = async (candidate: Script): Promise<Difference | undefined> => {
    const { expected, actual } = await compare(torture, seed, candidate, spoil);
    return differenceOf(seed, candidate, expected, actual);
  };
  let best = await look(script);
  if (best === undefined) throw new Error(`script ${seed} differs in one run and not in the next`);
  for (let size = Math.ceil(script.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.script.length; ) {
      const shorter = await look(best.script.toSpliced(at, size));
      if (shorter === undefined) at += size;
      else best = shorter;
    }
  }
  return best;
}

export function report({ seed, entry, expected, actual, script }: Difference): string {
  const steps = script.map(({ at, event }) => `  ${String(at).padStart(5)} ms  ${event?.type ?? "(wait)"}`);
  return [
    `script ${seed} differs in entry ${entry}; the shortest script that does:`,
    ...steps,
    `  XState: ${expected}`,
    `  engine: ${actual}`,
  ].join("\n");
}
