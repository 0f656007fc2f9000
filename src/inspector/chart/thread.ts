/**
 * A thread that lays out charts, so that a host goes on meanwhile. It is started when the first chart is asked for, and
 * ends when there was none for a while: elkjs takes memory, and a geometry is needed once; but to load and warm it takes
 * as long as a chart, and who looks at one soon looks at another.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { ChartGeometry } from "./geometry.ts";
import type { LayoutOptions } from "./layout.ts";
import type { ChartModel } from "./model.ts";

export interface Question {
  readonly id: number;
  readonly model: ChartModel;
  readonly options: Partial<LayoutOptions>;
}

export type Answer =
  | { readonly id: number; readonly geometry: ChartGeometry }
  | { readonly id: number; readonly error: unknown };

/** The thread did not start, or ended before it answered. Nothing is known about the chart. */
export class ThreadLostError extends Error {}

const IDLE_MS = 30_000;

interface Waiting {
  readonly resolve: (geometry: ChartGeometry) => void;
  readonly reject: (cause: unknown) => void;
}

export class LayoutThread {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #cancelEnd: Cancel = () => undefined;
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  layout(model: ChartModel, options: Partial<LayoutOptions>): Promise<ChartGeometry> {
    return new Promise((resolve, reject) => {
      const question: Question = { id: ++this.#lastId, model, options };
      this.#waiting.set(question.id, { resolve, reject });
      this.#cancelEnd();
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#worker.postMessage(question);
    });
  }

  /** Whoever still waits is told that the thread is lost. */
  async close(): Promise<void> {
    this.#cancelEnd();
    const worker = this.#worker;
    this.#lose(worker, "it was closed");
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(...programOf(import.meta.url));
    worker.on("message", (answer: Answer) => this.#settle(answer));
    worker.on("error", (cause) => this.#lose(worker, String(cause)));
    worker.on("exit", (code) => this.#lose(worker, `it ended with code ${code}`));
    return worker;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("geometry" in answer) waiting?.resolve(answer.geometry);
    else waiting?.reject(answer.error);
    if (this.#waiting.size > 0) return;
    this.#worker?.unref(); // an idle thread keeps no process alive
    this.#cancelEnd = this.#clock.after(IDLE_MS, () => void this.close());
  }

  #lose(worker: Worker | undefined, why: string): void {
    if (worker !== this.#worker) return; // it ended because there was nothing left to do
    this.#worker = undefined;
    const left = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of left) reject(new ThreadLostError(`the layout thread is lost: ${why}`));
  }
}

/** The worker's file beside this one: compiled, or TypeScript through tsx. */
function programOf(here: string): ConstructorParameters<typeof Worker> {
  if (!here.endsWith(".ts")) return [new URL("./worker.js", here), { execArgv: [] }];
  const tsx = pathToFileURL(createRequire(here).resolve("tsx")).href;
  return [new URL("./worker.ts", here), { execArgv: ["--import", tsx] }];
}
