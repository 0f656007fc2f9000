/**
 * The frontend's half of Postgres' protocol 3: whole statements, from their first message to `Sync`.
 *
 * A connection begins with messages that have no type byte (SSL request, start-up); after them each has one, and a length.
 */
import type { Frame, Splitter } from "./frame.ts";

const START_UP = 196_608;
const SYNC = "S".charCodeAt(0);
const PARSE = "P".charCodeAt(0);
const BIND = "B".charCodeAt(0);
/** Parts of one statement: what follows them belongs to it. */
const PARTS = new Set([..."PBDECH"].map((letter) => letter.charCodeAt(0)));
/** The name of the prepared statement stands within this much of a `Bind`. */
const NAME_BYTES = 128;

export class PostgresSplitter implements Splitter {
  #rest: Buffer = Buffer.alloc(0);
  #isStarted = false;
  #statement: Buffer[] = [];
  #isCommit = false;

  push(chunk: Buffer): Frame[] {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (let size = this.#sizeOf(rest); size !== undefined && size <= rest.length; size = this.#sizeOf(rest)) {
      this.#take(rest.subarray(0, size), frames);
      rest = rest.subarray(size);
    }
    this.#rest = rest;
    return frames;
  }

  #sizeOf(bytes: Buffer): number | undefined {
    if (this.#isStarted) return bytes.length < 5 ? undefined : 1 + bytes.readUInt32BE(1);
    return bytes.length < 8 ? undefined : bytes.readUInt32BE(0);
  }

  #take(message: Buffer, frames: Frame[]): void {
    if (!this.#isStarted) {
      this.#isStarted = message.readUInt32BE(4) === START_UP;
      frames.push({ bytes: message, kind: "other" });
      return;
    }
    const type = message.readUInt8(0);
    this.#statement.push(message);
    if (type === PARSE || type === BIND)
      this.#isCommit ||= message.subarray(0, type === PARSE ? message.length : NAME_BYTES).includes("commit_turns");
    if (PARTS.has(type)) return;
    const bytes = this.#statement.length === 1 ? message : Buffer.concat(this.#statement);
    frames.push({ bytes, kind: this.#isCommit && type === SYNC ? "commit" : "other" });
    this.#statement = [];
    this.#isCommit = false;
  }
}
