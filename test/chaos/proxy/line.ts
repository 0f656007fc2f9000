/**
 * One TCP port between one process and one server. It does to their bytes what it is told, at any moment:
 *
 *   process ──▶ line ──▶ server      up    frames are judged one by one (`onFrame`), then
 *           ◀──      ◀──             down  wait for their latency, for the rate, and for silence to end
 *
 * Silence is a network that lost its way: connections stay open and nothing arrives, not even their end.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { Connection, reset } from "./connection.ts";
import type { Frame, Splitter, Verdict } from "./frame.ts";

export type Direction = "up" | "down";

export interface LineOptions {
  readonly port: () => number;
  readonly splitter?: ((direction: Direction) => Splitter | undefined) | undefined;
  readonly fraction: () => number;
}

export class Line {
  /** Directions in which nothing arrives. */
  readonly silent = new Set<Direction>();
  isRefusing = false;
  /** Another server's port: new connections lead there. */
  detour: number | undefined;
  latencyMs = 0;
  jitterMs = 0;
  /** 0 for no limit. */
  readonly bytesPerSecond: Record<Direction, number> = { up: 0, down: 0 };
  onFrame: ((frame: Frame, direction: Direction) => Verdict) | undefined;
  readonly options: LineOptions;
  readonly #server: Server;
  readonly #open = new Set<Connection>();

  private constructor(options: LineOptions, server: Server) {
    this.options = options;
    this.#server = server;
    server.on("connection", (client) => this.#accept(client));
  }

  /** Listens on a free port of 127.0.0.1. */
  static async open(options: LineOptions): Promise<Line> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return new Line(options, server);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the line is closed");
    return address.port;
  }

  get connections(): number {
    return this.#open.size;
  }

  /** Bytes that wait for their time, or for silence to end. */
  waitingBytes(direction: Direction): number {
    return [...this.#open].reduce((sum, connection) => sum + connection.waitingBytes(direction), 0);
  }

  /** A TCP reset of every connection, on both sides. */
  reset(): void {
    for (const connection of [...this.#open]) connection.reset();
  }

  /** Whatever waited for silence to end goes on. */
  speak(): void {
    this.silent.clear();
    for (const connection of this.#open) connection.wake();
  }

  /** As if nothing had ever been asked of it. */
  heal(): void {
    this.isRefusing = false;
    this.detour = undefined;
    this.latencyMs = 0;
    this.jitterMs = 0;
    this.bytesPerSecond.up = 0;
    this.bytesPerSecond.down = 0;
    this.onFrame = undefined;
    this.speak();
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(client: Socket): void {
    if (this.isRefusing) {
      client.on("error", () => undefined);
      reset(client);
      return;
    }
    const server = connect({ port: this.detour ?? this.options.port(), host: "127.0.0.1", noDelay: true });
    const connection = new Connection(this, client, server, () => this.#open.delete(connection));
    this.#open.add(connection);
  }
}
