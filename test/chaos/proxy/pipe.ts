/** One direction of a connection: bytes in order, each not before its time, none while the line is silent. */
import type { Socket } from "node:net";
import type { Direction, Line } from "./line.ts";

interface Waiting {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

export class Pipe {
  readonly #line: Line;
  readonly #to: Socket;
  readonly #direction: Direction;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When what was sent last arrives. */
  #lastMs = 0;
  #onEmpty: (() => void) | undefined;

  constructor(line: Line, to: Socket, direction: Direction) {
    this.#line = line;
    this.#to = to;
    this.#direction = direction;
  }

  send(bytes: Buffer): void {
    const { latencyMs, jitterMs, bytesPerSecond, options } = this.#line;
    const rate = bytesPerSecond[this.#direction];
    if (this.#waiting.length === 0 && latencyMs + jitterMs + rate === 0 && !this.#isSilent) {
      this.#to.write(bytes);
      return;
    }
    const nowMs = performance.now();
    const arrivesMs = Math.max(this.#lastMs, nowMs + latencyMs + jitterMs * options.fraction());
    this.#lastMs = arrivesMs + (rate === 0 ? 0 : (bytes.length * 1_000) / rate);
    this.#waiting.push({ bytes, dueMs: this.#lastMs });
    this.pump();
  }

  /** Told once all that waits has arrived; while the line is silent it does not. */
  close(onEmpty: () => void): void {
    this.#onEmpty = onEmpty;
    this.pump();
  }

  pump(): void {
    clearTimeout(this.#timer);
    if (this.#isSilent) return;
    const nowMs = performance.now();
    while (this.#waiting.length > 0 && (this.#waiting[0]?.dueMs ?? 0) <= nowMs)
      this.#to.write(this.#waiting.shift()?.bytes ?? "");
    const [next] = this.#waiting;
    if (next !== undefined) this.#timer = setTimeout(() => this.pump(), Math.max(1, next.dueMs - nowMs));
    else this.#onEmpty?.();
  }

  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    this.#onEmpty = undefined;
  }

  get #isSilent(): boolean {
    return this.#line.silent.has(this.#direction);
  }
}
