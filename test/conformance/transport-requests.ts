/** The part of the transport's specification that is about requests and their answers. */
import { expect, test } from "vitest";
import { type Incoming, NoAnswerError, NoRespondersError } from "../../src/ports/transport.ts";
import { eventually } from "../support/eventually.ts";
import { gather, type Open, type Pair, SECOND, settled, text } from "./transport-support.ts";

export function requestConformance(name: string, pair: Pair, open: Open): void {
  answers(name, pair, open);
  silence(name, pair);
  crowds(name, pair);
}

function answers(name: string, pair: Pair, open: Open): void {
  test(`${name}: a request gets its answer`, async () => {
    const [alice, bob] = await pair();
    bob.subscribe("t.req.*", (message) => {
      if (message.reply !== undefined) bob.publish(message.reply, `${message.subject}:${text(message)}`);
    });
    await settled(bob, bob);
    expect(text(await alice.request("t.req.x", "hello", SECOND))).toBe("t.req.x:hello");
    expect(text(await bob.request("t.req.self", "me", SECOND))).toBe("t.req.self:me");
  });

  test(`${name}: a message without a reply subject has none`, async () => {
    const [alice, bob] = await pair();
    const replies: (string | undefined)[] = [];
    bob.subscribe("t.plain", ({ reply }) => replies.push(reply));
    await settled(bob, bob);
    alice.publish("t.plain", "");
    alice.publish("t.plain", "", { reply: "t.elsewhere" });
    await settled(alice, bob);
    expect(replies).toEqual([undefined, "t.elsewhere"]);
  });

  test(`${name}: who gets a message passed on answers the one who asked`, async () => {
    const { connect } = await open();
    const [asks, passes, owns] = [await connect(), await connect(), await connect()];
    passes.subscribe("t.door", (message) => {
      const { reply } = message;
      if (reply !== undefined) passes.publish("t.owner", message.data, { reply, headers: message.headers() });
    });
    owns.subscribe("t.owner", (message) => {
      if (message.reply !== undefined)
        owns.publish(message.reply, `owner saw ${text(message)} ${message.header("Id")}`);
    });
    await settled(passes, owns);
    const answer = await asks.request("t.door", "it", { ...SECOND, headers: { Id: "7" } });
    expect(text(answer)).toBe("owner saw it 7");
  });
}

function silence(name: string, pair: Pair): void {
  test(`${name}: nobody there is known at once`, async () => {
    const [alice] = await pair();
    const started = performance.now();
    await expect(alice.request("t.nobody", "", { timeoutMs: 30_000 })).rejects.toThrow(NoRespondersError);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(await alice.requestMany("t.nobody", "", 30_000)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(4_000);
  });

  test(`${name}: that nobody is there is no message to a subscription`, async () => {
    const [alice] = await pair();
    const seen = gather(alice, "t.mine");
    alice.publish("t.nobody", "", { reply: "t.mine" });
    await settled(alice, alice);
    expect(seen).toEqual([]);
  });

  test(`${name}: no answer in time is an error of its own, and a late answer harms nobody`, async () => {
    const [alice, bob] = await pair();
    const replies: string[] = [];
    bob.subscribe("t.late", ({ reply = "" }) => replies.push(reply));
    await settled(bob, bob);
    const started = performance.now();
    await expect(alice.request("t.late", "", { timeoutMs: 60 })).rejects.toThrow(NoAnswerError);
    const tookMs = performance.now() - started;
    expect(tookMs).toBeGreaterThan(50);
    expect(tookMs).toBeLessThan(1_000);
    for (const reply of replies) bob.publish(reply, "late");
    await settled(bob, alice);
  });

  test(`${name}: what is not answered is sent once more where it is still wanted, and either answer counts`, async () => {
    const [alice, bob] = await pair();
    const asked: Incoming[] = [];
    for (const subject of ["t.dead", "t.door"]) bob.subscribe(subject, (message) => asked.push(message));
    await settled(bob, bob);
    const unwanted = alice.request("t.dead", "", {
      timeoutMs: 100,
      again: { afterMs: 10, subject: () => undefined },
    });
    await expect(unwanted).rejects.toThrow(NoAnswerError);
    expect(asked.splice(0)).toHaveLength(1);
    const request = alice.request("t.dead", "it", {
      ...SECOND,
      headers: { Id: "7" },
      again: { afterMs: 20, subject: () => "t.door" },
    });
    await eventually(() => expect(asked.map(({ subject }) => subject)).toEqual(["t.dead", "t.door"]));
    const [first, second] = asked;
    expect(second && text(second)).toBe("it");
    expect(second?.header("Id")).toBe("7");
    expect(second?.reply).toBe(first?.reply);
    bob.publish(first?.reply ?? "", "late, but here");
    expect(text(await request)).toBe("late, but here");
  });

  test(`${name}: a short timeout is not held up by a long one`, async () => {
    const [alice, bob] = await pair();
    gather(bob, "t.slow");
    await settled(bob, bob);
    const long = alice.request("t.slow", "", { timeoutMs: 400 }).catch(() => "long");
    const short = alice.request("t.slow", "", { timeoutMs: 30 }).catch(() => "short");
    expect(await Promise.race([long, short])).toBe("short");
    expect(await long).toBe("long");
  });
}

function crowds(name: string, pair: Pair): void {
  test(`${name}: of 1,000 requests in flight each gets its own answer`, async () => {
    const [alice, bob] = await pair();
    const asked: Incoming[] = [];
    bob.subscribe("t.many", (message) => {
      asked.push(message);
      if (asked.length < 1_000) return;
      for (const { reply = "", data } of asked.reverse()) bob.publish(reply, data); // in flight all at once
    });
    await settled(bob, bob);
    const numbers = Array.from({ length: 1_000 }, (_, i) => `${i}`);
    const answers = await Promise.all(numbers.map((n) => alice.request("t.many", n, { timeoutMs: 10_000 })));
    expect(answers.map(text)).toEqual(numbers);
  });

  test(`${name}: only the first answer counts`, async () => {
    const [alice, bob] = await pair();
    bob.subscribe("t.twice", ({ reply = "" }) => {
      bob.publish(reply, "1");
      bob.publish(reply, "2");
    });
    await settled(bob, bob);
    expect(text(await alice.request("t.twice", "", SECOND))).toBe("1");
    expect(text(await alice.request("t.twice", "", SECOND))).toBe("1");
  });

  test(`${name}: requestMany takes all answers in time, or as many as are enough`, async () => {
    const [alice, bob] = await pair();
    for (const transport of [alice, bob, bob]) {
      transport.subscribe("t.survey", ({ reply = "" }) => transport.publish(reply, "here"));
    }
    await settled(bob, alice);
    expect((await alice.requestMany("t.survey", "", 150)).map(text)).toEqual(["here", "here", "here"]);
    const started = performance.now();
    expect(await alice.requestMany("t.survey", "", 30_000, (answers) => answers.length === 2)).toHaveLength(2);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
}
