/**
 * The broker dies and comes back: nobody who uses the transport has to do anything about it.
 * An unhandled rejection anywhere fails the run.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/clock/system.ts";
import { connectNats, type NatsTransport } from "../../src/nats/transport.ts";
import { type Incoming, NoAnswerError } from "../../src/ports/transport.ts";
import { eventually } from "../support/eventually.ts";
import { NatsServer } from "./server.ts";

let server: NatsServer;
const transports: NatsTransport[] = [];
const text = (message: Incoming): string => Buffer.from(message.data).toString("utf8");

async function open(states: string[] = []): Promise<NatsTransport> {
  const onStatus = ({ kind }: { readonly kind: string }): number => states.push(kind);
  const transport = await connectNats(server.url, { name: "reconnect", clock: systemClock, onStatus });
  transports.push(transport);
  return transport;
}

function serveEcho(transport: NatsTransport): void {
  transport.subscribe("r.echo", ({ reply = "", data }) => transport.publish(reply, data), { queue: "q" });
}

beforeEach(async () => {
  server = await NatsServer.start();
});

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  await server.kill();
});

test("after a kill and a restart subscriptions live on and requests work", async () => {
  const states: string[] = [];
  const [asks, answers] = [await open(states), await open()];
  serveEcho(answers);
  await answers.flush();
  for (let round = 0; round < 3; round++) {
    expect(text(await asks.request("r.echo", `${round}`, { timeoutMs: 1_000 }))).toBe(`${round}`);
    await server.kill();
    await eventually(() => expect([asks.isConnected(), answers.isConnected()]).toEqual([false, false]));
    await server.start();
    await eventually(() => expect([asks.isConnected(), answers.isConnected()]).toEqual([true, true]));
    await answers.flush(); // the broker reads two connections in any order
  }
  expect(text(await asks.request("r.echo", "again", { timeoutMs: 1_000 }))).toBe("again");
  expect(states).toEqual(["disconnected", "connected", "disconnected", "connected", "disconnected", "connected"]);
});

test("it is back within a second, by short waits with jitter", async () => {
  const transport = await open();
  await server.kill();
  await eventually(() => !transport.isConnected());
  await server.start();
  const started = performance.now();
  await eventually(() => transport.isConnected());
  expect(performance.now() - started).toBeLessThan(1_000);
});

test("requests that a dead broker swallowed end with their timeouts", async () => {
  const [asks, answers] = [await open(), await open()];
  answers.subscribe("r.silent", () => undefined);
  await answers.flush();
  const pending = asks.request("r.silent", "", { timeoutMs: 400 }).catch((cause: unknown) => cause);
  await asks.flush();
  await server.kill();
  await eventually(() => !asks.isConnected());
  const meanwhile = asks.request("r.silent", "", { timeoutMs: 100 }).catch((cause: unknown) => cause);
  expect(await meanwhile).toBeInstanceOf(NoAnswerError);
  expect(await pending).toBeInstanceOf(NoAnswerError);
  await expect(asks.flush()).rejects.toThrow(expect.objectContaining({ code: "UNAVAILABLE" }));
});

test("what is published and asked while the broker is down goes out when it is back, but for what nobody waits for", async () => {
  const transport = await open();
  const seen: string[] = [];
  transport.subscribe("r.held", (message) => {
    seen.push(text(message));
    if (message.reply !== undefined) transport.publish(message.reply, "answer");
  });
  await server.kill();
  await eventually(() => !transport.isConnected());
  transport.publish("r.held", "published");
  const held = transport.request("r.held", "asked", { timeoutMs: 10_000 });
  await expect(transport.request("r.held", "given up", { timeoutMs: 50 })).rejects.toThrow(NoAnswerError);
  transport.subscribe("r.later", () => seen.push("later"));
  await server.start();
  expect(text(await held)).toBe("answer");
  transport.publish("r.later", "");
  await transport.flush();
  expect(seen).toEqual(["published", "asked", "later"]);
});

test("a burst of messages into a dying broker throws at nobody", async () => {
  const [asks, answers] = [await open(), await open()];
  serveEcho(answers);
  await answers.flush();
  const asked = Array.from({ length: 500 }, (_, i) =>
    asks.request("r.echo", new Uint8Array(10_000), { timeoutMs: 500 + (i % 7) }).then(
      () => "answer",
      (cause: Error) => cause.name,
    ),
  );
  const killed = server.kill();
  for (let i = 0; i < 1_000; i++) asks.publish("r.nobody", new Uint8Array(20_000));
  await killed;
  const allowed = new Set(["answer", "NoAnswerError", "NoRespondersError"]);
  for (const outcome of await Promise.all(asked)) expect(allowed).toContain(outcome);
});

test("closing while the broker is down does not wait for it", async () => {
  const states: string[] = [];
  const transport = await open(states);
  await server.kill();
  await eventually(() => !transport.isConnected());
  transport.publish("r.lost", "");
  const started = performance.now();
  await transport.close();
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(states).toEqual(["disconnected", "closed"]);
});
