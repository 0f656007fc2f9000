/** What a line makes of a stream of bytes, and what may be done to each piece. */

export interface Frame {
  readonly bytes: Buffer;
  /** `commit`: a statement that names `commit_turns`. `message`: one message of NATS. `other`: must pass as it is. */
  readonly kind: "commit" | "message" | "other";
}

/** Cuts a stream into frames; what is not whole yet stays inside. */
export interface Splitter {
  push(chunk: Buffer): Frame[];
}

export type Verdict =
  | { readonly do: "pass" }
  | { readonly do: "drop" }
  /** Later than what comes behind it. */
  | { readonly do: "delay"; readonly ms: number }
  /** Now, and once more after `ms`. */
  | { readonly do: "repeat"; readonly ms: number }
  /** After the next message of its direction. */
  | { readonly do: "swap" }
  /** Half of it, then a reset of both sides. */
  | { readonly do: "cut-inside" }
  /** The client is reset, the server never hears of it. */
  | { readonly do: "cut-before" }
  /** The server hears of it; when it answers, the client is reset. */
  | { readonly do: "cut-after" }
  /** The client is reset now, the server hears of it after `ms`: the late commit. */
  | { readonly do: "hold"; readonly ms: number };

export const PASS: Verdict = { do: "pass" };
