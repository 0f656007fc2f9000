/**
 * Households that subscribe to a list, over the same kill: all of it, or none (`machines/streaming.ts`).
 *
 * The providers write down each call that they get (`actors/sagas.ts`), with the process that made it. So it is seen from
 * the outside which sagas one host began and another one ended, and what they left behind.
 */
import { existsSync, readFileSync } from "node:fs";
import { until } from "../poll.ts";

type Kind = "whole" | "broken";
const PLANS: Readonly<Record<Kind, readonly string[]>> = {
  whole: Array.from({ length: 20 }, (_, i) => `Channel ${i + 1}`),
  /** Disney fails for good; then Hulu is given back, which fails twenty times before it succeeds. */
  broken: [...Array.from({ length: 6 }, (_, i) => `Channel ${i + 1}`), "Hulu", "Disney"],
};
/** Calls after which a saga is well on its way, and not yet near its end. */
const MIDWAY: Readonly<Record<Kind, readonly [from: number, to: number]>> = { whole: [2, 10], broken: [10, 14] };
/** Of each kind. */
const AT_ONCE = 5;
const MOST = 30;
const MIDWAY_TIMEOUT_MS = 10_000;
const WAIT = { timeoutMs: 45_000 };

export interface SagaOutcome {
  readonly completed: number;
  readonly rolledBack: number;
  /** Begun by the host that was killed and ended by another one. */
  readonly completedAcross: number;
  readonly rolledBackAcross: number;
  /** Calls that were made again, under their key. */
  readonly again: number;
  /** Sagas that left too little or too much behind. */
  readonly halfDone: number;
}

/** What it needs of a client. */
interface Objects {
  object(
    name: string,
    key: string,
  ): {
    create(input: object, options: { readonly timeoutMs: number }): Promise<unknown>;
    result(options: { readonly timeoutMs: number }): Promise<unknown>;
  };
}

interface Call {
  readonly kind: "do" | "undo";
  readonly stepKey: string;
  readonly pid: number;
}

export class Households {
  readonly #client: Objects;
  readonly #witnessFile: string;
  readonly #ended: Record<Kind, string[]> = { whole: [], broken: [] };
  #running: Promise<unknown> | undefined;
  #isOver = false;

  constructor(client: Objects, witnessFile: string) {
    this.#client = client;
    this.#witnessFile = witnessFile;
  }

  /** New ones begin as others end, until `end`. */
  begin(): void {
    const kinds: Kind[] = ["whole", "broken"];
    this.#running = Promise.all(
      kinds.flatMap((kind) => Array.from({ length: AT_ONCE }, (_, i) => this.#live(kind, i))),
    );
    this.#running.catch(() => undefined); // `end` tells
  }

  /** Waits until a host is in the middle of one of each kind, or there is no time left for that. */
  async midway(pid: number, isLate: () => boolean): Promise<void> {
    const isMidway = async (): Promise<boolean> => {
      if (isLate()) return true;
      const calls = this.#calls();
      return (["whole", "broken"] as const).every((kind) =>
        [...calls].some(([key, of]) => {
          const [from, to] = MIDWAY[kind];
          return key.startsWith(kind) && of.length >= from && of.length <= to && of.at(-1)?.pid === pid;
        }),
      );
    };
    await until(isMidway, MIDWAY_TIMEOUT_MS, 10);
  }

  /** Rejects where one of them did not come to the end that its list must have. */
  async end(killed: number): Promise<SagaOutcome> {
    this.#isOver = true;
    await this.#running;
    const calls = this.#calls();
    const of = (key: string): readonly Call[] => calls.get(key) ?? [];
    const { whole, broken } = this.#ended;
    const isAcross = (key: string): boolean => of(key)[0]?.pid === killed && of(key).at(-1)?.pid !== killed;
    const isExact = (key: string, held: number): boolean => heldAfter(of(key)) === held;
    const inAll = [...whole, ...broken].map((key) => of(key).length - new Set(of(key).map(nameOf)).size);
    return {
      completed: whole.length,
      rolledBack: broken.length,
      completedAcross: whole.filter(isAcross).length,
      rolledBackAcross: broken.filter(isAcross).length,
      again: inAll.reduce((sum, count) => sum + count, 0),
      halfDone:
        whole.filter((key) => !isExact(key, PLANS.whole.length + 1)).length +
        broken.filter((key) => !isExact(key, 0)).length,
    };
  }

  async #live(kind: Kind, worker: number): Promise<void> {
    const wanted = kind === "whole" ? "completed" : "compensated";
    for (let i = worker; i < MOST && !this.#isOver; i += AT_ONCE) {
      const key = `${kind}-${i}`;
      const object = this.#client.object("streaming", key);
      await object.create({ userId: key, items: PLANS[kind] }, WAIT);
      const { status } = await outputOf(object);
      if (status !== wanted) throw new Error(`streaming/${key} ended ${status}, not ${wanted}`);
      this.#ended[kind].push(key);
    }
  }

  /** By the key of the object. */
  #calls(): ReadonlyMap<string, readonly Call[]> {
    const calls = new Map<string, Call[]>();
    if (!existsSync(this.#witnessFile)) return calls;
    for (const line of readFileSync(this.#witnessFile, "utf8").split("\n").slice(0, -1)) {
      const call = JSON.parse(line) as Call;
      const [, key = ""] = call.stepKey.split("/");
      calls.set(key, [...(calls.get(key) ?? []), call]);
    }
    return calls;
  }
}

const nameOf = ({ kind, stepKey }: Call): string => `${kind} ${stepKey}`;

/** In short waits: one that the killed host had in hand would end only when its own time is over. */
async function outputOf(object: ReturnType<Objects["object"]>): Promise<{ readonly status: string }> {
  const deadline = performance.now() + WAIT.timeoutMs;
  for (;;) {
    try {
      return (await object.result({ timeoutMs: 1_500 })) as { status: string };
    } catch (cause) {
      if (performance.now() >= deadline) throw cause;
    }
  }
}

/** How much the providers still hold: what was done and not undone, before or after. */
function heldAfter(calls: readonly Call[]): number {
  const undone = new Set(calls.filter(({ kind }) => kind === "undo").map(({ stepKey }) => stepKey));
  return new Set(calls.map(({ stepKey }) => stepKey).filter((stepKey) => !undone.has(stepKey))).size;
}
