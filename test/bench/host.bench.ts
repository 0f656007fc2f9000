/**
 * What the host's own code takes for one message: from the bytes of the broker to the bytes of the answer, the
 * parameters of the commit included, broker and database left out. And what the client's takes for one call. CPU time per
 * message in the quickest of many rounds of 256 messages, since a busy machine only ever adds to it.
 *
 *   npm run bench -- host [seconds]
 */

import { createClient } from "../../src/client/client.ts";
import { systemClock, systemRandom } from "../../src/clock/system.ts";
import { hostOptions } from "../../src/core/options.ts";
import { HostRuntime } from "../../src/host/host.ts";
import { MemoryDatabase } from "../../src/memory/database.ts";
import { MemoryLeases } from "../../src/memory/leases.ts";
import { MemoryStore } from "../../src/memory/store.ts";
import type { NatsConnectionLike, NatsMessage, NatsSubscription } from "../../src/nats/connection.ts";
import { NatsTransport } from "../../src/nats/transport.ts";
import type { Chain, Store } from "../../src/ports/store.ts";
import { Counters, silentLogger } from "../../src/ports/telemetry.ts";
import { commitValues } from "../../src/postgres/commit.ts";
import { definitions } from "./definitions.ts";

const BATCH = 256;
const KEYS = 1_000;
const seconds = Number(process.argv[2] ?? 5);

interface Published {
  readonly subject: string;
  readonly data: Uint8Array | undefined;
  readonly reply: string | undefined;
  readonly headers: { encode(): Uint8Array } | undefined;
}

/** A connection without a broker: hands what is published to `onPublish`, and takes messages by `deliver`. */
class Wire implements NatsConnectionLike {
  onPublish: (published: Published) => void = () => undefined;
  readonly #callbacks = new Map<string, (error: never, message: never) => void>();

  publish(subject: string, data?: Uint8Array, options?: { reply?: string; headers?: never }): void {
    this.onPublish({ subject, data, reply: options?.reply, headers: options?.headers });
  }

  subscribe(subject: string, options?: { callback?: (error: never, message: never) => void }): NatsSubscription {
    if (options?.callback !== undefined) this.#callbacks.set(subject.replace(/\*$/, ""), options.callback);
    return { unsubscribe: () => undefined, drain: async () => undefined };
  }

  deliver(to: string, message: NatsMessage): void {
    this.#callbacks.get(to)?.(null as never, message as never);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
  drain(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  closed(): Promise<unknown> {
    return new Promise(() => undefined);
  }
  isClosed(): boolean {
    return false;
  }
  getServer(): string {
    return "none";
  }
  async *status(): AsyncIterable<never> {
    // it never changes
  }
}

/** As `nats` keeps what it received. */
function received(subject: string, reply: string, headers: string, body: string): NatsMessage {
  const data = Buffer.from(headers + body);
  const hdr = headers === "" ? -1 : headers.length;
  const kept = { _msg: { hdr }, _rdata: data };
  return Object.assign(kept, { subject, reply, data: data.subarray(Math.max(0, hdr)) }) as NatsMessage;
}

async function best(name: string, round: () => Promise<void>): Promise<void> {
  const untilMs = performance.now() + seconds * 1_000;
  let least = Number.POSITIVE_INFINITY;
  while (performance.now() < untilMs) {
    const before = process.cpuUsage();
    await round();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  process.stdout.write(`${name.padEnd(10)} ${(least / BATCH).toFixed(1)} µs CPU a message\n`);
}

/** Takes everything, and keeps nothing. */
class Willing extends MemoryStore {
  override async commit(chains: readonly Chain[]): ReturnType<Store["commit"]> {
    commitValues("main", 1, chains);
    return chains.map(({ turns }) => turns.map(() => "committed" as const));
  }
}

async function benchHost(): Promise<void> {
  const wire = new Wire();
  const database = new MemoryDatabase({ clock: systemClock });
  const store = new Willing(database);
  const transport = new NatsTransport(wire, "ours", { name: "bench", clock: systemClock });
  const host = new HostRuntime({
    objects: definitions,
    namespace: "bench",
    group: "main",
    store,
    leases: new MemoryLeases(database),
    transport,
    secret: Buffer.alloc(32),
    label: "bench",
    options: hostOptions(),
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    counters: new Counters(),
  });
  await host.start();
  let n = 0;
  await best("host", async () => {
    let left = BATCH;
    const answered = new Promise<void>((resolve) => {
      wire.onPublish = ({ subject, headers }) => {
        headers?.encode();
        if (subject.startsWith("_INBOX.x.") && --left === 0) resolve();
      };
    });
    for (let i = 0; i < BATCH; i++) {
      const key = `c-${n++ % KEYS}`;
      const headers = `NATS/1.0\r\nStator-Message-Id: ${systemRandom.uuid()}\r\nStator-To: send.counter.${key}\r\n\r\n`;
      wire.deliver(
        "stator.bench.send.counter.",
        received(`stator.bench.send.counter.${key}`, `_INBOX.x.${n}`, headers, '{"type":"ADD","amount":1}'),
      );
    }
    await answered;
  });
  await host.stop();
}

async function benchClient(): Promise<void> {
  const wire = new Wire();
  const transport = new NatsTransport(wire, "ours", { name: "bench", clock: systemClock });
  const client = createClient({ transport, clock: systemClock, random: systemRandom, namespace: "bench" });
  const view = '"status":"active","value":"counting","tags":[],"context":{"count":2},"output":null}';
  wire.onPublish = ({ reply = "", headers }) => {
    headers?.encode();
    const text = `{"ok":true,"object":"counter","key":"c1","messageId":"0197f3b0-0000-7000-8000-000000000000","revision":1,"duplicate":false,${view}`;
    const answer = received(reply, "", "", text);
    queueMicrotask(() => wire.deliver(reply.slice(0, reply.lastIndexOf(".") + 1), answer));
  };
  const counters = Array.from({ length: KEYS }, (_, i) => client.object("counter", `c-${i}`));
  let n = 0;
  await best("client", async () => {
    const calls = Array.from({ length: BATCH }, () => counters[n++ % KEYS]?.send({ type: "ADD", amount: 1 }));
    await Promise.all(calls);
  });
}

const alive = setInterval(() => undefined, 1_000);
await benchHost();
await benchClient();
clearInterval(alive);
