/** The memory transport against the specification, and what it adds for simulations. */
import { expect, test } from "vitest";
import { systemClock } from "../../src/clock/system.ts";
import { MemoryBroker } from "../../src/memory/transport.ts";
import { type Incoming, NoAnswerError, NoRespondersError } from "../../src/ports/transport.ts";
import { transportConformance } from "./transport.ts";

transportConformance("memory", async () => {
  const broker = new MemoryBroker({ clock: systemClock });
  return { connect: async (onError) => broker.connect({ onError }), close: async () => undefined };
});

const text = (message: Incoming): string => Buffer.from(message.data).toString("utf8");

test("a simulator loses, repeats and delays what goes through the seam, and sees who it is for", async () => {
  const broker = new MemoryBroker({ clock: systemClock });
  const alice = broker.connect({ name: "alice" });
  const bob = broker.connect({ name: "bob" });
  const seen: string[] = [];
  bob.subscribe("s.*", (message) => seen.push(text(message)));
  const late: (() => void)[] = [];
  const routes: string[] = [];
  broker.onDeliver = (subject, deliver, { from, to }) => {
    routes.push(`${from}>${to} ${subject}`);
    if (subject === "s.twice") deliver();
    if (subject !== "s.lost") late.push(deliver);
  };
  for (const subject of ["s.late", "s.lost", "s.twice"]) alice.publish(subject, subject);
  for (const deliver of late) deliver();
  expect(seen).toEqual(["s.twice", "s.late", "s.twice"]);
  expect(routes).toEqual(["alice>bob s.late", "alice>bob s.lost", "alice>bob s.twice"]);
});

test("an injected random source picks the member of a queue", async () => {
  const picks = [0.9, 0, 0.5];
  const broker = new MemoryBroker({ clock: systemClock, fraction: () => picks.shift() ?? 0 });
  const transport = broker.connect();
  const seen: string[] = [];
  for (const member of ["a", "b"]) transport.subscribe("q", () => seen.push(member), { queue: "q" });
  for (let i = 0; i < 3; i++) transport.publish("q", "");
  await transport.close();
  expect(seen).toEqual(["b", "a", "b"]);
});

test("a cut transport misses what is sent meanwhile; what it publishes goes out when it is back", async () => {
  const broker = new MemoryBroker({ clock: systemClock });
  const alice = broker.connect();
  const bob = broker.connect();
  const seen: string[] = [];
  bob.subscribe("t", (message) => {
    seen.push(text(message));
    if (message.reply !== undefined) bob.publish(message.reply, "answer");
  });
  alice.publish("t", "on its way");
  broker.disconnect(bob);
  expect(bob.isConnected()).toBe(false);
  await expect(alice.request("t", "missed", { timeoutMs: 50 })).rejects.toThrow(NoRespondersError);
  await expect(bob.flush()).rejects.toThrow(/disconnected/);
  broker.reconnect(bob);
  broker.disconnect(alice);
  const held = alice.request("t", "held", { timeoutMs: 1_000 });
  const lost = alice.request("t", "lost", { timeoutMs: 20 });
  await expect(lost).rejects.toThrow(NoAnswerError);
  broker.reconnect(alice);
  expect(text(await held)).toBe("answer");
  expect(seen).toEqual(["held"]);
});

test("a sender may change its bytes after publishing", async () => {
  const broker = new MemoryBroker({ clock: systemClock });
  const transport = broker.connect();
  const seen: string[] = [];
  transport.subscribe("t", (message) => seen.push(text(message)));
  const bytes = Buffer.from("before");
  transport.publish("t", bytes);
  bytes.write("after!");
  await transport.close();
  expect(seen).toEqual(["before"]);
});
