/**
 * The specification of `Transport`. Every transport passes all of it; a memory transport kinder than NATS is a bug.
 */
import { afterEach, expect, test } from "vitest";
import {
  type Headers,
  type Incoming,
  MAX_PAYLOAD_BYTES,
  NoAnswerError,
  NoRespondersError,
} from "../../src/ports/transport.ts";
import { requestConformance } from "./transport-requests.ts";
import { gather, type Open, type Pair, SECOND, settled, type TransportUnderTest, text } from "./transport-support.ts";

export function transportConformance(name: string, open: Open): void {
  const opened: TransportUnderTest[] = [];
  const broker = async (): Promise<TransportUnderTest> => {
    const broker = await open();
    opened.push(broker);
    return broker;
  };
  const pair: Pair = async () => {
    const { connect } = await broker();
    return [await connect(), await connect()];
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((broker) => broker.close()));
  });

  subscriptions(name, pair);
  filters(name, pair);
  refusals(name, pair);
  requestConformance(name, pair, broker);
  headers(name, pair);
  bodies(name, pair);
  handlers(name, pair, broker);
  closing(name, pair);
}

function subscriptions(name: string, pair: Pair): void {
  test(`${name}: every subscriber without a queue gets each message, in order`, async () => {
    const [alice, bob] = await pair();
    const seen: string[] = [];
    for (const transport of [alice, bob]) transport.subscribe("t.order", (message) => seen.push(text(message)));
    await settled(bob, alice);
    for (let i = 0; i < 100; i++) alice.publish("t.order", `${i}`);
    await settled(alice, bob);
    await alice.flush();
    expect(seen).toHaveLength(200);
    expect(new Set(seen).size).toBe(100);
    expect(seen.filter((_, i) => seen.indexOf(seen[i] as string) === i)).toEqual(
      Array.from({ length: 100 }, (_, i) => `${i}`),
    );
  });

  test(`${name}: one member of a queue group gets a message, beside all who have none`, async () => {
    const [alice, bob] = await pair();
    const one = gather(alice, "t.queue", "hosts");
    const two = gather(bob, "t.queue", "hosts");
    const other = gather(bob, "t.queue", "others");
    const all = gather(bob, "t.queue");
    await settled(bob, alice);
    for (let i = 0; i < 100; i++) alice.publish("t.queue", "");
    await settled(alice, bob);
    await alice.flush();
    expect(one.length + two.length).toBe(100);
    expect(Math.min(one.length, two.length)).toBeGreaterThan(0);
    expect(other).toHaveLength(100);
    expect(all).toHaveLength(100);
  });

  test(`${name}: a queue group is one group across the filters of its members`, async () => {
    const [alice, bob] = await pair();
    const wide = gather(bob, "t.group.>", "hosts");
    const narrow = gather(bob, "t.group.a", "hosts");
    await settled(bob, bob);
    for (let i = 0; i < 20; i++) alice.publish("t.group.a", "");
    await settled(alice, bob);
    expect(wide.length + narrow.length).toBe(20);
  });
}

function filters(name: string, pair: Pair): void {
  test(`${name}: * stands for one token and > for one or more at the end`, async () => {
    const [alice, bob] = await pair();
    const star = gather(bob, "t.w.*.end");
    const tail = gather(bob, "t.w.>");
    await settled(bob, bob);
    for (const subject of ["t.w", "t.w.a", "t.w.a.end", "t.w.a.b.end", "t.w.a.endless", "t.v.a.end"]) {
      alice.publish(subject, "");
    }
    await settled(alice, bob);
    expect(star).toEqual(["t.w.a.end"]);
    expect(tail).toEqual(["t.w.a", "t.w.a.end", "t.w.a.b.end", "t.w.a.endless"]);
  });

  test(`${name}: a closed subscription gets nothing more`, async () => {
    const [alice, bob] = await pair();
    const seen: string[] = [];
    const subscription = bob.subscribe("t.closed", (message) => {
      seen.push(text(message));
      subscription.close();
    });
    await settled(bob, bob);
    alice.publish("t.closed", "1");
    alice.publish("t.closed", "2");
    await settled(alice, bob);
    expect(seen).toEqual(["1"]);
    subscription.close(); // twice is harmless
    await bob.flush();
    await expect(alice.request("t.closed", "", SECOND)).rejects.toThrow(NoRespondersError);
  });

  test(`${name}: a drained subscription gets what was on its way, and nothing more`, async () => {
    const [alice, bob] = await pair();
    const seen: string[] = [];
    const subscription = bob.subscribe("t.drained", (message) => seen.push(text(message)), { queue: "q" });
    await settled(bob, bob);
    for (let i = 0; i < 100; i++) alice.publish("t.drained", String(i));
    const flushed = alice.flush();
    const drained = subscription.drain();
    await Promise.all([flushed, drained]);
    await expect(alice.request("t.drained", "", SECOND)).rejects.toThrow(NoRespondersError);
    const atTheEnd = seen.length;
    await settled(alice, bob);
    expect(seen.length).toBe(atTheEnd);
    expect(seen).toEqual(Array.from({ length: atTheEnd }, (_, i) => String(i)));
    subscription.close(); // afterwards is harmless
    await subscription.drain();
  });

  test(`${name}: what has reached the broker before a drain arrives`, async () => {
    const [alice, bob] = await pair();
    const seen: string[] = [];
    const subscription = bob.subscribe("t.reached", (message) => seen.push(text(message)));
    await settled(bob, bob);
    for (let i = 0; i < 100; i++) alice.publish("t.reached", String(i));
    await alice.flush();
    await subscription.drain();
    expect(seen.length).toBe(100);
  });
}

function refusals(name: string, pair: Pair): void {
  test(`${name}: subjects that are no subjects are refused before they are sent`, async () => {
    const [alice] = await pair();
    const bad = [
      "",
      "a..b",
      ".a",
      "a.",
      "a b",
      "a\tb",
      "a\r\nPUB x 0",
      "a.*",
      "a.>",
      "*",
      "a*",
      "a\u0000",
      "é",
      "x".repeat(5_000),
    ];
    for (const subject of bad) {
      expect(() => alice.publish(subject, ""), subject).toThrow(expect.objectContaining({ code: "INVALID_REQUEST" }));
      expect(() => alice.publish("t.ok", "", { reply: subject }), subject).toThrow(/must/);
      await expect(alice.request(subject, "", SECOND), subject).rejects.toThrow(/must/);
    }
    for (const filter of ["", "a..b", "a b", "a.>.b", "a*", "a>", "> ", "a\u0000"]) {
      expect(() => alice.subscribe(filter, () => undefined), filter).toThrow(/must/);
    }
    expect(() => alice.subscribe("t.ok", () => undefined, { queue: "a b" })).toThrow(/queue group/);
    await alice.flush();
  });
}

function headers(name: string, pair: Pair): void {
  test(`${name}: headers pass, and are found whatever their case`, async () => {
    const [alice, bob] = await pair();
    const seen: Incoming[] = [];
    bob.subscribe("t.head", (message) => seen.push(message));
    await settled(bob, bob);
    const headers = { "Stator-Message-Id": "m-1", traceparent: "00-ab: cd", Empty: "", Wide: "  é ✓  " };
    alice.publish("t.head", "body", { headers });
    alice.publish("t.head", "", { headers: { A: "1" } });
    alice.publish("t.head", "none");
    await settled(alice, bob);
    const [first, second, third] = seen as [Incoming, Incoming, Incoming];
    expect(first.headers()).toEqual({ ...headers, Wide: "é ✓" });
    expect(first.header("stator-message-ID")).toBe("m-1");
    expect(first.header("TraceParent")).toBe("00-ab: cd");
    expect(first.header("empty")).toBe("");
    expect(first.header("absent")).toBeUndefined();
    expect(text(first)).toBe("body");
    expect([second.header("a"), text(second)]).toEqual(["1", ""]);
    expect([third.headers(), third.header("a")]).toEqual([{}, undefined]);
  });

  test(`${name}: headers that would break the line are refused`, async () => {
    const [alice] = await pair();
    const bad: Headers[] = [{ "a b": "1" }, { "a:b": "1" }, { "": "1" }, { a: "x\r\ny: 1" }, { a: "x\ny" }];
    for (const headers of bad) {
      expect(() => alice.publish("t.head", "", { headers }), JSON.stringify(headers)).toThrow(
        expect.objectContaining({ code: "INVALID_REQUEST" }),
      );
    }
  });
}

function bodies(name: string, pair: Pair): void {
  test(`${name}: text, binary data and an empty body arrive unharmed`, async () => {
    const [alice, bob] = await pair();
    bob.subscribe("t.echo", ({ reply = "", data }) => bob.publish(reply, data));
    await settled(bob, bob);
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) % 256);
    expect(Buffer.compare((await alice.request("t.echo", bytes, SECOND)).data, bytes)).toBe(0);
    expect(text(await alice.request("t.echo", "żółć\r\n\u0000 🦉", SECOND))).toBe("żółć\r\n\u0000 🦉");
    expect((await alice.request("t.echo", "", SECOND)).data).toHaveLength(0);
    expect((await alice.request("t.echo", new Uint8Array(), SECOND)).data).toHaveLength(0);
  });

  test(`${name}: the largest payload passes, a byte more is refused before it is sent`, async () => {
    const [alice, bob] = await pair();
    bob.subscribe("t.big", ({ reply = "", data }) => bob.publish(reply, `${data.length}`));
    await settled(bob, bob);
    const largest = new Uint8Array(MAX_PAYLOAD_BYTES);
    expect(text(await alice.request("t.big", largest, { timeoutMs: 5_000 }))).toBe(`${MAX_PAYLOAD_BYTES}`);
    const tooLarge = expect.objectContaining({ code: "TOO_LARGE" });
    expect(() => alice.publish("t.big", new Uint8Array(MAX_PAYLOAD_BYTES + 1))).toThrow(tooLarge);
    expect(() => alice.publish("t.big", "é".repeat(MAX_PAYLOAD_BYTES / 2 + 1))).toThrow(tooLarge);
    await expect(alice.request("t.big", "x".repeat(MAX_PAYLOAD_BYTES + 1), SECOND)).rejects.toThrow(tooLarge);
    expect(text(await alice.request("t.big", "ok", SECOND))).toBe("2"); // the connection lives on
  });
}

function handlers(name: string, pair: Pair, open: Open): void {
  test(`${name}: a handler that throws stops neither the next message nor anyone else's`, async () => {
    const { connect } = await open();
    const errors: string[] = [];
    const alice = await connect();
    const bob = await connect((cause, subject) => errors.push(`${subject}: ${(cause as Error).message}`));
    bob.subscribe("t.throw", (message) => {
      if (text(message) === "now") throw new Error("now");
      if (text(message) === "later") return Promise.reject(new Error("later")) as never;
      if (message.reply !== undefined) bob.publish(message.reply, "fine");
    });
    const other = gather(bob, "t.throw");
    await settled(bob, bob);
    alice.publish("t.throw", "now");
    alice.publish("t.throw", "later");
    expect(text(await alice.request("t.throw", "", SECOND))).toBe("fine");
    expect(errors).toEqual(["t.throw: now", "t.throw: later"]);
    expect(other).toHaveLength(3);
  });

  test(`${name}: what was published before a flush has reached the broker after it`, async () => {
    const [alice, bob] = await pair();
    const seen = gather(bob, "t.flush");
    await bob.flush();
    alice.publish("t.flush", "");
    await alice.flush();
    await bob.flush();
    expect(seen).toHaveLength(1);
  });
}

function closing(name: string, pair: Pair): void {
  test(`${name}: closing delivers what is on its way, and then refuses`, async () => {
    const [alice, bob] = await pair();
    const seen = gather(bob, "t.close");
    const waits = bob.request("t.close", "", { timeoutMs: 30_000 }).catch((cause: unknown) => cause);
    await settled(bob, bob);
    for (let i = 0; i < 50; i++) alice.publish("t.close", "");
    expect(alice.isConnected()).toBe(true);
    await alice.close();
    await alice.close();
    await bob.flush();
    expect(seen).toHaveLength(51);
    expect(alice.isConnected()).toBe(false);
    const unavailable = expect.objectContaining({ code: "UNAVAILABLE" });
    expect(() => alice.publish("t.close", "")).toThrow(unavailable);
    expect(() => alice.subscribe("t.close", () => undefined)).toThrow(unavailable);
    await expect(alice.request("t.close", "", SECOND)).rejects.toThrow(unavailable);
    await expect(alice.flush()).rejects.toThrow(unavailable);
    await bob.close();
    expect(await waits).toBeInstanceOf(NoAnswerError); // who waits when we close does not wait for ever
  });

  test(`${name}: a closed transport no longer counts as there`, async () => {
    const [alice, bob] = await pair();
    gather(bob, "t.gone");
    await settled(bob, bob);
    await bob.close();
    await expect(alice.request("t.gone", "", SECOND)).rejects.toThrow(NoRespondersError);
  });
}
