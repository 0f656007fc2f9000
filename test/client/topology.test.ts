/** The partition subject saves a hop where it is known; the front door always works; nothing waits for the topology. */
import { expect, test } from "vitest";
import { partitionOf } from "../../src/core/address.ts";
import { after, receipt, refusal, setting } from "./fake-host.ts";

const address = { name: "order", key: "o-1" };
const part = (group: string, partitions: number): string =>
  `stator.default.part.${group}.${partitionOf(address, partitions)}`;
const door = "stator.default.send.order.o-1";

test("the first request does not wait for the topology, the next goes to the partition", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.announce("main", 256);
  host.serve(part("main", 256));
  const order = client.object("order", "o-1");
  await after(clock, 0, order.send({ type: "PAY" }));
  await clock.advance(1_000);
  await after(clock, 0, order.send({ type: "PAY" }));
  expect(host.attempts.map(({ subject, to }) => ({ subject, to }))).toEqual([
    { subject: door, to: undefined },
    { subject: part("main", 256), to: "send.order.o-1" },
  ]);
});

test("where nobody owns the partition the same message goes to the front door at once", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.announce("main", 256);
  const leave = host.serve(part("main", 256));
  const order = client.object("order", "o-1");
  await after(clock, 0, order.get());
  await clock.advance(1_000);
  leave();
  expect(await after(clock, 0, order.send({ type: "PAY" }))).toMatchObject({ ok: true });
  expect(host.attempts.at(-1)).toMatchObject({ subject: door, to: undefined });
});

test("a failed partition subject has the topology read again", async () => {
  const { clock, host, client } = setting();
  host.open();
  const forget = host.announce("old", 16);
  const leave = host.serve(part("old", 16));
  const order = client.object("order", "o-1");
  await after(clock, 0, order.get());
  await clock.advance(1_000);
  leave();
  forget();
  host.announce("new", 64);
  host.serve(part("new", 64));
  await after(clock, 0, order.send({ type: "PAY" }));
  await clock.advance(1_000);
  await after(clock, 0, order.send({ type: "PAY" }));
  expect(host.attempts.map((attempt) => attempt.subject).slice(1)).toEqual([door, part("new", 64)]);
});

test("an owner that answers nothing is passed by, under the same id", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.announce("main", 256);
  host.serve(part("main", 256));
  const order = client.object("order", "o-1");
  await after(clock, 0, order.get());
  await clock.advance(1_000);
  host.answers("silence", (attempt) => receipt(attempt.messageId));
  expect(await after(clock, 6_000, order.send({ type: "PAY" }))).toMatchObject({ ok: true });
  const [, first, second] = host.attempts;
  expect(host.attempts).toHaveLength(3);
  expect(first?.subject).toBe(part("main", 256));
  expect(second?.subject).toBe(door);
  expect(second?.messageId).toBe(first?.messageId);
});

test("a refusal by the owner is final at the partition subject too", async () => {
  const { clock, host, client } = setting();
  host.open();
  host.announce("main", 256);
  host.serve(part("main", 256));
  const order = client.object("order", "o-1");
  await after(clock, 0, order.get());
  await clock.advance(1_000);
  host.answers(refusal("EVENT_NOT_ACCEPTED"));
  expect(await after(clock, 0, order.send({ type: "PAY" }))).toMatchObject({ code: "EVENT_NOT_ACCEPTED" });
  expect(host.attempts).toHaveLength(2);
});

test("hosts that contradict each other, or that are not ours, leave the front door", async () => {
  const { clock, host, client, broker } = setting();
  host.open();
  host.announce("main", 256);
  host.announce("main", 128);
  host.serve(part("main", 256));
  host.serve(part("main", 128));
  const other = broker.connect();
  other.subscribe("$SRV.INFO.stator-default", (message) => {
    if (message.reply !== undefined) other.publish(message.reply, "{not json");
  });
  const order = client.object("order", "o-1");
  await after(clock, 0, order.get());
  await clock.advance(1_000);
  await after(clock, 0, order.send({ type: "PAY" }));
  expect(host.attempts.at(-1)?.subject).toBe(door);
});

test("without a service nobody is asked more than once in ten seconds", async () => {
  const { clock, host, client, broker } = setting();
  host.open();
  let asked = 0;
  broker.connect().subscribe("$SRV.INFO.stator-default", () => asked++);
  const order = client.object("order", "o-1");
  for (let i = 0; i < 25; i++) {
    await after(clock, 0, order.get());
    await clock.advance(1_000);
  }
  expect(asked).toBe(3);
});
