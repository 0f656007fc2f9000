/** NATS' text protocol, either direction: a line, and for messages the payload that its last number counts. */
import type { Frame, Splitter } from "./frame.ts";

const WITH_PAYLOAD = /^(?:H?PUB|H?MSG)\s/i;
const END = "\r\n";

export class NatsSplitter implements Splitter {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Frame[] {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const at = rest.indexOf(END);
      if (at < 0) break;
      const line = rest.toString("latin1", 0, Math.min(at, 4_096));
      const isMessage = WITH_PAYLOAD.test(line);
      const size = at + END.length + (isMessage ? payloadOf(line) + END.length : 0);
      if (rest.length < size) break;
      frames.push({ bytes: rest.subarray(0, size), kind: isMessage ? "message" : "other" });
      rest = rest.subarray(size);
    }
    this.#rest = rest;
    return frames;
  }
}

const payloadOf = (line: string): number => Number(line.slice(line.trimEnd().lastIndexOf(" ") + 1));
