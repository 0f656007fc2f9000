/** Server-sent events. A reader that does not keep up is disconnected, not buffered for: it resumes by its last id. */
import type { Cancel, Clock } from "../ports/clock.ts";

/** Events that may wait for one reader. */
const MAX_WAITING = 1_000;
/** Proxies cut connections that are silent for longer; a dead reader is noticed by it too. */
const HEARTBEAT_MS = 15_000;
const MAX_STREAMS = 256;

const encoder = new TextEncoder();

export interface Stream {
  readonly response: Response;
  send(id: string, data: unknown): void;
  close(): void;
}

/** The open streams of a server. */
export class Streams {
  readonly #clock: Clock;
  readonly #open = new Set<Stream>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isFull(): boolean {
    return this.#open.size >= MAX_STREAMS;
  }

  get size(): number {
    return this.#open.size;
  }

  /** `onClose` is called once, whoever ended it; `onBeat` with every heartbeat. */
  open(onClose: () => void, onBeat: () => void = () => undefined): Stream {
    let controller: ReadableStreamDefaultController<Uint8Array>;
    let cancelBeat: Cancel = () => undefined;
    const close = (): void => {
      if (!this.#open.delete(stream)) return;
      cancelBeat();
      onClose();
    };
    const write = (text: string): void => {
      if (!this.#open.has(stream)) return;
      controller.enqueue(encoder.encode(text));
      if ((controller.desiredSize ?? 0) <= 0) stream.close();
    };
    const beat = (): void => {
      cancelBeat = this.#clock.after(HEARTBEAT_MS, () => {
        write(": still here\n\n");
        onBeat();
        if (this.#open.has(stream)) beat();
      });
    };
    const body = new ReadableStream<Uint8Array>(
      {
        start: (made) => {
          controller = made;
        },
        cancel: close,
      },
      new CountQueuingStrategy({ highWaterMark: MAX_WAITING }),
    );
    const stream: Stream = {
      response: new Response(body, { headers: STREAM_HEADERS }),
      send: (id, data) => write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`),
      close: () => {
        if (!this.#open.has(stream)) return;
        close();
        controller.close();
      },
    };
    this.#open.add(stream);
    write("retry: 1000\n\n");
    beat();
    return stream;
  }

  close(): void {
    for (const stream of [...this.#open]) stream.close();
  }
}

export const STREAM_HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "X-Accel-Buffering": "no",
} as const;
