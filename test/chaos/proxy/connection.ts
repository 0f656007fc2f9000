/** One connection over a line: two pipes, and the verdicts on what goes through them. */
import type { Socket } from "node:net";
import { type Frame, PASS, type Splitter, type Verdict } from "./frame.ts";
import type { Direction, Line } from "./line.ts";
import { Pipe } from "./pipe.ts";

/** Longest that a message waits for a neighbour to change places with. */
const SWAP_MS = 100;
/** After a held statement went to the server, its answer is waited for so long. */
const ANSWER_MS = 2_000;

export class Connection {
  readonly #line: Line;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #pipes: Readonly<Record<Direction, Pipe>>;
  readonly #splitters: Readonly<Record<Direction, Splitter | undefined>>;
  readonly #swapped: Record<Direction, Buffer | undefined> = { up: undefined, down: undefined };
  readonly #onEnd: () => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isCutByAnswer = false;
  #isHeld = false;
  #isOver = false;

  constructor(line: Line, client: Socket, server: Socket, onEnd: () => void) {
    this.#line = line;
    this.#client = client;
    this.#server = server;
    this.#onEnd = onEnd;
    this.#pipes = { up: new Pipe(line, server, "up"), down: new Pipe(line, client, "down") };
    const { splitter } = line.options;
    this.#splitters = { up: splitter?.("up"), down: splitter?.("down") };
    for (const socket of [client, server]) socket.on("error", () => undefined); // `close` follows
    client.on("data", (chunk) => this.#hear("up", chunk));
    server.on("data", (chunk) => this.#hear("down", chunk));
    client.on("close", () => this.#sideClosed("up"));
    server.on("close", () => this.#sideClosed("down"));
  }

  reset(): void {
    reset(this.#client);
    reset(this.#server);
    this.#end();
  }

  waitingBytes(direction: Direction): number {
    return this.#pipes[direction].waitingBytes;
  }

  wake(): void {
    this.#pipes.up.pump();
    this.#pipes.down.pump();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#pipes.up.stop();
    this.#pipes.down.stop();
    this.#onEnd();
  }

  /** The end of one side reaches the other behind all that was sent before, if anything reaches it at all. */
  #sideClosed(direction: Direction): void {
    if (this.#isHeld || this.#isOver) return;
    this.#pipes[direction].close(() => this.reset());
  }

  #hear(direction: Direction, chunk: Buffer): void {
    if (this.#isOver) return;
    if (direction === "down" && this.#isCutByAnswer) return this.reset();
    if (this.#isHeld) return;
    const splitter = this.#splitters[direction];
    if (splitter === undefined) return this.#pipes[direction].send(chunk);
    for (const frame of splitter.push(chunk)) this.#judge(direction, frame);
  }

  #judge(direction: Direction, frame: Frame): void {
    if (this.#isOver || this.#isHeld) return;
    const verdict = frame.kind === "other" ? PASS : (this.#line.onFrame?.(frame, direction) ?? PASS);
    this.#carryOut(direction, frame.bytes, verdict);
    const waiting = this.#swapped[direction];
    if (verdict.do === "swap" || frame.kind !== "message" || waiting === undefined) return;
    this.#swapped[direction] = undefined;
    this.#pipes[direction].send(waiting);
  }

  #carryOut(direction: Direction, bytes: Buffer, verdict: Verdict): void {
    const pipe = this.#pipes[direction];
    switch (verdict.do) {
      case "pass":
        return pipe.send(bytes);
      case "drop":
        return;
      case "delay":
        return this.#later(verdict.ms, () => pipe.send(bytes));
      case "repeat":
        pipe.send(bytes);
        return this.#later(verdict.ms, () => pipe.send(bytes));
      case "swap":
        return this.#swap(direction, bytes);
      case "cut-inside":
        pipe.send(bytes.subarray(0, bytes.length >> 1));
        return this.#later(0, () => this.reset());
      case "cut-before":
        return this.reset();
      case "cut-after":
        this.#isCutByAnswer = true;
        return pipe.send(bytes);
      case "hold":
        return this.#hold(bytes, verdict.ms);
    }
  }

  #swap(direction: Direction, bytes: Buffer): void {
    const before = this.#swapped[direction];
    if (before !== undefined) this.#pipes[direction].send(before);
    this.#swapped[direction] = bytes;
    this.#later(SWAP_MS, () => {
      if (this.#swapped[direction] !== bytes) return;
      this.#swapped[direction] = undefined;
      this.#pipes[direction].send(bytes);
    });
  }

  #hold(bytes: Buffer, ms: number): void {
    this.#isHeld = true;
    reset(this.#client);
    this.#later(ms, () => {
      this.#server.write(bytes);
      this.#later(ANSWER_MS, () => this.reset());
    });
  }

  #later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#isOver) run();
    }, ms);
    this.#timers.add(timer);
  }
}

/** A reset of a socket that is not open would keep the process from ending. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.readyState === "open") socket.resetAndDestroy();
  else socket.destroy();
}
