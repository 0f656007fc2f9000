/** What the processes of an overload test tell each other. Durations are milliseconds, rates are per second. */

export interface HostConfig {
  readonly postgres: string;
  readonly nats: string;
  readonly namespace: string;
}

export interface HostFigures {
  /** Bytes, after a garbage collection. */
  readonly rss: number;
  /** Of the processor, since the start. */
  readonly cpuMs: number;
  readonly counters: Readonly<Record<string, number>>;
}

export const isHostQuestion = (question: unknown): question is "figures" => question === "figures";

export interface GeneratorConfig {
  readonly nats: string;
  readonly namespace: string;
}

/** One stream of requests: to so many keys of one object. */
export interface Stream {
  readonly name: string;
  readonly object: string;
  readonly keys: number;
  /** Requests a second, sent whatever comes back. */
  readonly rate: number;
  /** JSON text. */
  readonly event?: string;
}

export interface Load {
  readonly forMs: number;
  /** A request without an answer for this long counts as lost. */
  readonly patienceMs: number;
  readonly streams: readonly Stream[];
}

export interface Outcome {
  readonly offered: number;
  readonly ok: number;
  /** By code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly lost: number;
  /** Of accepted requests, from the time at which they should have been sent. */
  readonly okMs: Percentiles;
  readonly refusedMs: Percentiles;
  /** Of the refusals. */
  readonly retryAfterMs: { readonly least: number; readonly most: number } | undefined;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** By stream. */
export type Outcomes = Readonly<Record<string, Outcome>>;
