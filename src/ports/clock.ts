/**
 * Time and chance, as the host and the client see them. Nothing else in `src` reads a clock or a random source.
 *
 * No decision that matters uses `wallMs`: leases and due times are the database's, local deadlines are monotonic.
 */

/** Undoes what `after` scheduled; harmless once it ran. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Milliseconds since 1970. For ids and display only. */
  wallMs(): number;
  /** Runs `task` once after `ms`. A real clock keeps no process alive for it. */
  after(ms: number, task: () => void): Cancel;
}

export interface Random {
  /** At least 0 and below 1. */
  fraction(): number;
  /** 63 random bits, not zero, as decimal text: the mark of one commit. */
  tag(): string;
  /** A UUIDv7. */
  uuid(): string;
}
