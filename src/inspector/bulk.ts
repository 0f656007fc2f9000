/**
 * One verb on many objects, one after the other at a rate that people choose: what fails again is counted, told, and
 * stays as it was. Runs live in this process: where it ends, what was not done is not done.
 *
 * A retry is answered as soon as it begins, and what it begins may fail a moment later. So each object is looked at for
 * a while before it counts as done.
 */
import { type Address, parseAddress } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";
import { type Actions, isVerb } from "./act.ts";
import type { BulkProgress, BulkRequest } from "./api.ts";

const MAX_OBJECTS = 10_000;
const DEFAULT_RATE = 20;
const MAX_RATE = 100;
const MAX_FAILURES = 20;
const MAX_RUNS = 50;
/** Pauses before an object that is tried again is looked at: together, long enough for what failed to fail again. */
const LOOKS_MS = [250, 750, 2_000] as const;

/** What became of a retry so far. */
export interface Trial {
  /** Why it is parked again; undefined where it is not. */
  readonly parked: string | undefined;
  /** It has ended, so there is nothing more to see. */
  readonly isOver: boolean;
}

export class BulkRuns {
  readonly #actions: Actions;
  readonly #look: (address: Address) => Promise<Trial>;
  readonly #clock: Clock;
  readonly #runs = new Map<string, Run>();
  #count = 0;
  #isClosed = false;

  constructor(actions: Actions, look: (address: Address) => Promise<Trial>, clock: Clock) {
    this.#actions = actions;
    this.#look = look;
    this.#clock = clock;
  }

  /** Answers at once; `progress` tells how far it is. */
  start(request: BulkRequest): BulkProgress {
    const { objects, verb, ratePerSecond = DEFAULT_RATE } = checked(request);
    const id = `${this.#clock.wallMs().toString(36)}${(this.#count++).toString(36)}`;
    const run: Run = { id, verb, objects, ratePerSecond, request, done: 0, failures: [], failed: 0 };
    this.#runs.set(id, run);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MAX_RUNS && oldest !== undefined) this.#runs.delete(oldest);
    void this.#work(run);
    return progressOf(run);
  }

  progress(id: string): BulkProgress {
    const run = this.#runs.get(id);
    if (run === undefined) throw new StatorError("INVALID_REQUEST", "there is no such run in this process any more");
    return progressOf(run);
  }

  close(): void {
    this.#isClosed = true;
  }

  async #work(run: Run): Promise<void> {
    for (const object of run.objects) {
      if (this.#isClosed) return;
      const startedMs = this.#clock.monotonicMs();
      await this.#one(run, object);
      await this.#pause(1_000 / run.ratePerSecond - (this.#clock.monotonicMs() - startedMs));
    }
  }

  async #one(run: Run, object: string): Promise<void> {
    try {
      const address = parseAddress(object);
      await this.#actions.operate(address, run.verb, run.request);
      if (run.verb === "retry") void this.#try(run, object, address);
      else run.done++;
    } catch (cause) {
      fail(run, object, cause instanceof Error ? cause.message : String(cause));
    }
  }

  /** The run goes on meanwhile. */
  async #try(run: Run, object: string, address: Address): Promise<void> {
    for (const ms of LOOKS_MS) {
      await this.#pause(ms);
      if (this.#isClosed) return;
      // what cannot be seen was begun all the same
      const { parked, isOver } = await this.#look(address).catch(() => ({ parked: undefined, isOver: false }));
      if (parked !== undefined) return fail(run, object, `it is parked again. ${parked}`);
      if (isOver) break;
    }
    run.done++;
  }

  async #pause(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => void this.#clock.after(ms, resolve));
  }
}

function fail(run: Run, object: string, message: string): void {
  run.failed++;
  if (run.failures.length < MAX_FAILURES) run.failures.push({ object, message });
}

interface Run extends Pick<BulkRequest, "verb" | "objects"> {
  readonly id: string;
  readonly ratePerSecond: number;
  readonly request: BulkRequest;
  done: number;
  failed: number;
  readonly failures: { readonly object: string; readonly message: string }[];
}

function progressOf({ id, verb, objects, done, failed, failures }: Run): BulkProgress {
  const total = objects.length;
  return { id, verb, total, done, failed, isOver: done + failed >= total, failures: [...failures] };
}

function checked(request: BulkRequest): BulkRequest {
  const { verb, objects, ratePerSecond = DEFAULT_RATE, reason } = request;
  const invalid = (message: string): StatorError => new StatorError("INVALID_REQUEST", message);
  if (!isVerb(verb)) throw invalid("verb must be one of the operators' verbs");
  if (typeof reason !== "string" || reason.trim() === "") throw invalid("a reason must say why");
  const isList = Array.isArray(objects) && objects.every((object) => typeof object === "string");
  if (!isList || objects.length === 0 || objects.length > MAX_OBJECTS) {
    throw invalid(`objects must be a list of 1 to ${MAX_OBJECTS} texts like order/o-1`);
  }
  if (!(typeof ratePerSecond === "number" && ratePerSecond > 0 && ratePerSecond <= MAX_RATE)) {
    throw invalid(`ratePerSecond must be above 0 and at most ${MAX_RATE}`);
  }
  return { ...request, objects: [...new Set(objects)] };
}
