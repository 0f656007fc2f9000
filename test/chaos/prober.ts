/**
 * Asks hosts for an answer, as a caller without any library of ours would: straight to nats-server, past every line.
 *
 * There is one `probe` object for each partition, so that the keys of a given host can be asked.
 */
import { setTimeout as pause } from "node:timers/promises";
import { connect, type NatsConnection } from "nats";
import { partitionOf } from "../../src/core/address.ts";

const ASK_MS = 400;
const EVERY_MS = 25;
/** A gap is over when there was an answer, and this much time has passed since the fault. */
const WATCH_MS = 2_500;
const GIVE_UP_MS = 40_000;

export class Prober {
  readonly #connection: NatsConnection;
  readonly #namespace: string;
  readonly #partitions: number;
  readonly #keys = new Map<number, string>();

  private constructor(connection: NatsConnection, namespace: string, partitions: number) {
    this.#connection = connection;
    this.#namespace = namespace;
    this.#partitions = partitions;
    for (let i = 0; this.#keys.size < partitions; i++) {
      const partition = partitionOf({ name: "probe", key: `p${i}` }, partitions);
      if (!this.#keys.has(partition)) this.#keys.set(partition, `p${i}`);
    }
  }

  static async open(url: string, namespace: string, partitions: number): Promise<Prober> {
    const connection = await connect({
      servers: url,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      reconnectJitter: 20,
      noAsyncTraces: true,
      ignoreClusterUpdates: true,
    });
    return new Prober(connection, namespace, partitions);
  }

  get connection(): NatsConnection {
    return this.#connection;
  }

  key(partition: number): string {
    return this.#keys.get(partition) ?? "";
  }

  /** So many keys of a definition that lie in one of the partitions. */
  keysIn(name: string, partitions: readonly number[], count: number): string[] {
    const keys: string[] = [];
    for (let i = 0; keys.length < count; i++)
      if (partitions.includes(partitionOf({ name, key: `k${i}` }, this.#partitions))) keys.push(`k${i}`);
    return keys;
  }

  subject(name: string, key: string): string {
    return `stator.${this.#namespace}.send.${name}.${key}`;
  }

  /** Whether the owner of the key answered `ok`. Never throws. */
  async ask(key: string, timeout = ASK_MS, name = "probe", event = '{"type":"PING"}'): Promise<boolean> {
    try {
      const reply = await this.#connection.request(this.subject(name, key), event, { timeout });
      return (JSON.parse(reply.string()) as { readonly ok: boolean }).ok;
    } catch {
      return false; // no answer, or none that was one
    }
  }

  /** Asks the keys all the time while `act` is done and afterwards: the longest gap between two answers of one key. */
  async gap(keys: readonly string[], act: () => void | Promise<void>): Promise<number> {
    const startedMs = performance.now();
    let actedMs = Number.POSITIVE_INFINITY;
    const gaps = keys.map(async (key) => {
      let lastMs = startedMs;
      let longest = 0;
      for (;;) {
        const isOk = await this.ask(key);
        const nowMs = performance.now();
        if (isOk) {
          if (nowMs > actedMs) longest = Math.max(longest, nowMs - lastMs);
          lastMs = nowMs;
        }
        const isOver = lastMs > actedMs && nowMs - actedMs > WATCH_MS;
        if (isOver || nowMs - startedMs > GIVE_UP_MS) return Math.max(longest, nowMs - lastMs);
        await pause(EVERY_MS);
      }
    });
    await pause(10 * EVERY_MS);
    await act();
    actedMs = performance.now();
    return Math.max(...(await Promise.all(gaps)));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
