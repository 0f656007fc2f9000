/**
 * Spreads the seeds over processes: each takes a slice, runs it, says what came of it and takes the next. A seed is a
 * run of its own, so that neither the number of processes nor their order changes anything but the time.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Part } from "./totals.ts";

export interface Slice {
  readonly from: number;
  readonly seeds: number;
  /** Failed seeds that are to be explained, at most. */
  readonly explained: number;
}

export interface SliceResult {
  readonly part: Part;
  /** What there is to say of failed seeds. */
  readonly lines: readonly string[];
}

/** So many seeds at a time: a process that is slow must not keep the others waiting at the end. */
const SLICE = 20;

export interface Spread {
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  readonly explained: number;
  readonly done: (result: SliceResult) => void;
}

/** Runs this same program, which then serves slices by `serveSlices`. Rejects where a process dies. */
export async function spread({ from, seeds, jobs, explained, done }: Spread): Promise<void> {
  let next = from;
  let left = explained;
  const [, file = "", ...args] = process.argv;
  const job = async (): Promise<void> => {
    const child = fork(file, [...args, "--worker"]);
    try {
      while (next < from + seeds) {
        const slice = { from: next, seeds: Math.min(SLICE, from + seeds - next), explained: left };
        next += slice.seeds;
        const result = await ask(child, slice);
        left = Math.max(0, left - result.part.failed.length);
        done(result);
      }
    } finally {
      child.kill();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, Math.ceil(seeds / SLICE)) }, job));
}

async function ask(child: ChildProcess, slice: Slice): Promise<SliceResult> {
  const abort = new AbortController();
  const { signal } = abort;
  const died = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`the process with seeds ${slice.from} to ${slice.from + slice.seeds - 1} ended with ${code}`);
  });
  try {
    const answer = once(child, "message", { signal });
    child.send(slice);
    const [result] = (await Promise.race([answer, died])) as [SliceResult];
    return result;
  } finally {
    died.catch(() => undefined);
    abort.abort();
  }
}

/** The other end; lives as long as its parent. */
export function serveSlices(run: (slice: Slice) => Promise<SliceResult>): void {
  process.once("disconnect", () => process.exit(0));
  process.on("message", (slice: Slice) => void run(slice).then((result) => process.send?.(result)));
}
