/** Stores, part one: what becomes of a batch. See `store.ts`. */
import { expect, test } from "vitest";
import { BatchRefusedError } from "../../src/ports/store.ts";
import { at, Bench, type OpenStore, UNBORN } from "./chains.ts";

export function storeCommits(name: string, open: OpenStore): void {
  outcomes(name, open);
  fences(name, open);
  expiry(name, open);
  batches(name, open);
  chains(name, open);
  races(name, open);
  refusals(name, open);
}

function outcomes(name: string, open: OpenStore): void {
  test(`${name}: a committed turn is there, with all its columns`, async () => {
    const bench = await Bench.open(open);
    const chain = bench.chain(at("a"), UNBORN, { tag: "9223372036854775807", status: "done", machineVersion: "7" });
    expect(await bench.store.commit([chain])).toEqual([["committed"]]);
    expect(await bench.load(at("a"))).toEqual({
      address: at("a"),
      revision: 1,
      tag: "9223372036854775807",
      incarnation: "life-1",
      status: "done",
      machineVersion: "7",
      history: "history after m1",
      snapshot: `{"after":1}`,
      parked: undefined,
    });
  });

  test(`${name}: the same message id and hash again is a duplicate and changes nothing`, async () => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"));
    expect(await bench.commit(at("a"), before)).toEqual(["duplicate"]);
    expect(await bench.load(at("a"))).toEqual(before);
  });

  test(`${name}: the same message id with another hash is a mismatch and changes nothing`, async () => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"));
    expect(await bench.commit(at("a"), before, { turns: [{ messageId: "m1", hash: "other" }] })).toEqual(["mismatch"]);
    expect(await bench.load(at("a"))).toEqual(before);
  });

  test(`${name}: message ids are scoped to their object`, async () => {
    const bench = await Bench.open(open);
    await bench.advance(at("a"));
    expect(await bench.commit(at("b"), UNBORN)).toEqual(["committed"]);
    expect(await bench.commit(at("a", "cart"), UNBORN)).toEqual(["committed"]);
  });

  test(`${name}: another revision or another tag than the base is a conflict and changes nothing`, async () => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"), { turns: ["m1", "m2"] });
    const bases = [{ ...before, revision: 1 }, { ...before, revision: 3 }, { ...before, tag: "5" }, UNBORN];
    for (const base of bases) expect(await bench.commit(at("a"), base, { turns: ["m3"] })).toEqual(["conflict"]);
    expect(await bench.load(at("a"))).toEqual(before);
  });

  test(`${name}: a turn on an object that is not there is a conflict`, async () => {
    const bench = await Bench.open(open);
    expect(await bench.commit(at("a"), { revision: 3, tag: "4" })).toEqual(["conflict"]);
    expect(await bench.load(at("a"))).toBeUndefined();
  });
}

function fences(name: string, open: OpenStore): void {
  test(`${name}: a stale epoch changes nothing`, async () => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"));
    await bench.takeOver(at("a"));
    const effects = {
      turns: [{ messageId: "m2", outbox: [{ idx: 0, kind: "send", target: "b/1", body: "{}" }] as const }],
      timersSet: [{ timer: "t", generation: 2, delayMs: 0 }],
      invocationsStarted: [{ id: "i", actor: "pay", input: "{}" }],
    };
    expect(await bench.commit(at("a"), before, effects)).toEqual(["fenced"]);
    expect(await bench.load(at("a"))).toEqual(before);
    expect(await bench.store.journal(at("a"), 0, 10)).toHaveLength(1);
    expect(await bench.store.pendingSends(bench.scope(), 10)).toEqual([]);
    expect((await bench.store.dueTimers(bench.scope(), 10, 0)).due).toEqual([]);
    expect(await bench.store.pendingInvocations(bench.scope(), 10)).toEqual([]);
    expect(await bench.commit(at("a"), before, { ...effects, epoch: 2 })).toEqual(["committed"]);
  });

  test(`${name}: a partition that nobody ever took fences`, async () => {
    const bench = await Bench.open(open);
    expect(await bench.commit(at("a"), UNBORN, { epoch: 2 })).toEqual(["fenced"]);
    expect(await bench.commit(at("a"), UNBORN, { partition: 99_999 })).toEqual(["fenced"]);
  });
}

function expiry(name: string, open: OpenStore): void {
  test(`${name}: an id older than horizon minus margin is expired, unless its row is still there`, async () => {
    const bench = await Bench.open(open, { horizonMs: 60_000 }); // margin: half of it
    const nowMs = await bench.under.nowMs();
    const sent = (messageId: string, agoMs: number) => ({ turns: [{ messageId, sentAtMs: nowMs - agoMs }] });
    expect(await bench.commit(at("a"), UNBORN, sent("old", 31_000))).toEqual(["expired"]);
    expect(await bench.load(at("a"))).toBeUndefined();
    const first = await bench.advance(at("a"), sent("young", 25_000));
    expect(await bench.commit(at("a"), first, sent("young", 9_999_999))).toEqual(["duplicate"]);
    expect(await bench.commit(at("a"), first, { turns: ["timeless"] })).toEqual(["committed"]);
  });

  test(`${name}: the margin of a long horizon is one hour`, async () => {
    const bench = await Bench.open(open, { horizonMs: 10 * 3_600_000 });
    const nowMs = await bench.under.nowMs();
    const sent = (messageId: string, agoMs: number) => ({ turns: [{ messageId, sentAtMs: nowMs - agoMs }] });
    expect(await bench.commit(at("a"), UNBORN, sent("old", 9 * 3_600_000 + 5_000))).toEqual(["expired"]);
    expect(await bench.commit(at("a"), UNBORN, sent("young", 9 * 3_600_000 - 60_000))).toEqual(["committed"]);
  });

  test(`${name}: the first verdict that fits is the one told`, async () => {
    const bench = await Bench.open(open, { horizonMs: 60_000 });
    const before = await bench.advance(at("a"));
    const wrong = { revision: 9, tag: "9" };
    const ancient = { sentAtMs: 0 };
    expect(await bench.commit(at("a"), wrong, { epoch: 7 })).toEqual(["fenced"]);
    expect(await bench.commit(at("a"), wrong, { turns: [{ messageId: "m1", ...ancient }] })).toEqual(["duplicate"]);
    const other = { messageId: "m1", hash: "other", ...ancient };
    expect(await bench.commit(at("a"), wrong, { turns: [other] })).toEqual(["mismatch"]);
    expect(await bench.commit(at("a"), wrong, { turns: [{ messageId: "m2", ...ancient }] })).toEqual(["expired"]);
    expect(await bench.load(at("a"))).toEqual(before);
  });
}

function batches(name: string, open: OpenStore): void {
  test(`${name}: an empty batch has no outcomes`, async () => {
    const bench = await Bench.open(open);
    expect(await bench.store.commit([])).toEqual([]);
  });

  test(`${name}: one batch, every outcome, in order; neighbours commit and the rest does not move`, async () => {
    const bench = await Bench.open(open, { horizonMs: 60_000 });
    const keys = ["d0", "d1", "d2", "d3", "d4", "d5"];
    await bench.store.commit(keys.map((key) => bench.chain(at(key), UNBORN)));
    const [d0, d1, d2, d3, d4, d5] = await Promise.all(keys.map((key) => bench.must(at(key))));
    if (!d0 || !d1 || !d2 || !d3 || !d4 || !d5) throw new Error("unreachable");
    const said = await bench.store.commit([
      bench.chain(at("d0"), d0, { turns: ["m2", "m3", "m4"] }),
      bench.chain(at("new"), UNBORN),
      bench.chain(at("d1"), d1),
      bench.chain(at("d2"), d2, { turns: [{ messageId: "m1", hash: "another body" }] }),
      bench.chain(at("d3"), d3, { turns: ["m2", "m1", "m3"] }),
      bench.chain(at("d4"), { ...d4, revision: 7 }, { turns: ["m2"] }),
      bench.chain(at("d5"), { ...d5, tag: "1" }, { turns: ["m2"] }),
      bench.chain(at("old"), UNBORN, { turns: [{ messageId: "m1", sentAtMs: 0 }] }),
      bench.chain(at("fenced"), UNBORN, { epoch: 99 }),
      bench.chain(at("last"), UNBORN, { turns: ["m1", "m2"] }),
    ]);
    expect(said.map((turns) => turns.join(","))).toEqual([
      "committed,committed,committed",
      "committed",
      "duplicate",
      "mismatch",
      "conflict,duplicate,conflict",
      "conflict",
      "conflict",
      "expired",
      "fenced",
      "committed,committed",
    ]);
    const after = await bench.store.load([...keys, "new", "old", "fenced", "last"].map((key) => at(key)));
    expect(after.map((object) => object?.revision ?? 0)).toEqual([4, 1, 1, 1, 1, 1, 1, 0, 0, 2]);
  });

  test(`${name}: a batch of hundreds of objects in any order`, async () => {
    const bench = await Bench.open(open);
    const addresses = Array.from({ length: 300 }, (_, i) => at(`k${(i * 7919) % 300}`));
    const first = await bench.store.commit(addresses.map((address) => bench.chain(address, UNBORN)));
    expect(first.flat().filter((outcome) => outcome === "committed")).toHaveLength(300);
    const bases = await bench.store.load(addresses);
    const chains = addresses.map((address, i) => {
      return bench.chain(address, bases[i] ?? UNBORN, { turns: i % 50 === 0 ? ["m1"] : ["m2", "m3"] });
    });
    const second = await bench.store.commit([...chains].reverse());
    expect(second.flat().filter((outcome) => outcome === "duplicate")).toHaveLength(6);
    const after = await bench.store.load(addresses);
    expect(after.map((object) => object?.revision)).toEqual(addresses.map((_, i) => (i % 50 === 0 ? 1 : 3)));
  });
}

function chains(name: string, open: OpenStore): void {
  test.each([
    ["first", ["m1", "n1", "n2"], ["duplicate", "conflict", "conflict"]],
    ["in the middle", ["n1", "m1", "n2"], ["conflict", "duplicate", "conflict"]],
    ["last", ["n1", "n2", "m1"], ["conflict", "conflict", "duplicate"]],
  ])(`${name}: a chain with a duplicate %s is not written at all`, async (_, turns, said) => {
    const bench = await Bench.open(open);
    const before = await bench.advance(at("a"));
    expect(await bench.commit(at("a"), before, { turns })).toEqual(said);
    expect(await bench.load(at("a"))).toEqual(before);
    expect(await bench.store.journal(at("a"), 0, 10)).toHaveLength(1);
  });

  test(`${name}: one id twice in a chain breaks it`, async () => {
    const bench = await Bench.open(open);
    const turns = ["m1", "m2", "m1"];
    expect(await bench.commit(at("a"), UNBORN, { turns })).toEqual(["conflict", "conflict", "conflict"]);
    expect(await bench.load(at("a"))).toBeUndefined();
  });

  test(`${name}: a chain counts one revision a turn and keeps the last snapshot and history`, async () => {
    const bench = await Bench.open(open);
    const first = await bench.advance(at("a"), { turns: ["m1", "m2", "m3"] });
    const second = await bench.advance(at("a"), { turns: ["m4", "m5"], snapshot: `{"last":true}` });
    expect([first.revision, second.revision]).toEqual([3, 5]);
    expect([second.history, second.snapshot]).toEqual(["history after m5", `{"last":true}`]);
  });
}

function races(name: string, open: OpenStore): void {
  test(`${name}: the same revision with another tag is a conflict (ABA)`, async () => {
    const bench = await Bench.open(open);
    const old = await bench.advance(at("a"), { tag: "111" });
    const before = await bench.advance(at("a"), { turns: ["m2"], tag: "222" });
    const zombie = { revision: before.revision, tag: old.tag };
    expect(await bench.commit(at("a"), zombie, { turns: ["late"] })).toEqual(["conflict"]);
    expect(await bench.load(at("a"))).toEqual(before);
  });

  test(`${name}: of twenty who send one id at once, one commits and the others get duplicate`, async () => {
    const bench = await Bench.open(open);
    const send = async (): Promise<string> => {
      const store = bench.under.another();
      for (;;) {
        const [base] = await store.load([at("same")]);
        const [said] = await store.commit([bench.chain(at("same"), base ?? UNBORN, { turns: ["one"] })]);
        if (said?.[0] !== "conflict") return said?.[0] ?? "nothing";
      }
    };
    const said = await Promise.all(Array.from({ length: 20 }, send));
    expect(said.sort()).toEqual(["committed", ...Array<string>(19).fill("duplicate")]);
    expect(await bench.store.journal(at("same"), 0, 10)).toHaveLength(1);
  });

  test(`${name}: of ten turns on one base, one commits`, async () => {
    const bench = await Bench.open(open);
    const base = await bench.advance(at("a"));
    const turns = Array.from({ length: 10 }, (_, i) => bench.chain(at("a"), base, { turns: [`race-${i}`] }));
    const said = await Promise.all(turns.map((chain) => bench.under.another().commit([chain])));
    expect(said.flat(2).sort()).toEqual(["committed", ...Array<string>(9).fill("conflict")]);
    expect((await bench.must(at("a"))).revision).toBe(2);
  });

  test(`${name}: of two chains of one object in one batch, the first commits`, async () => {
    const bench = await Bench.open(open);
    for (const ids of [
      ["m1", "m2"],
      ["m3", "m4"],
    ]) {
      const base = (await bench.load(at("a"))) ?? UNBORN;
      const twice = ids.map((id) => bench.chain(at("a"), base, { turns: [id] }));
      expect(await bench.store.commit(twice)).toEqual([["committed"], ["conflict"]]);
      expect(await bench.load(at("a"))).toMatchObject({ revision: base.revision + 1, tag: twice[0]?.tag });
      const entries = await bench.store.journal(at("a"), base.revision, 9);
      expect(entries.map(({ messageId }) => messageId)).toEqual([ids[0]]);
    }
  });

  test(`${name}: a chain on top of another one of the same batch is a conflict`, async () => {
    const bench = await Bench.open(open);
    const first = bench.chain(at("a"), UNBORN);
    const second = bench.chain(at("a"), { revision: 1, tag: first.tag }, { turns: ["m2"] });
    expect(await bench.store.commit([first, second])).toEqual([["committed"], ["conflict"]]);
  });

  test(`${name}: of ten births of one object, one commits; their neighbours all do`, async () => {
    const bench = await Bench.open(open);
    const batches = Array.from({ length: 10 }, (_, i) => [
      bench.chain(at(`mine-${i}`), UNBORN),
      bench.chain(at("ours"), UNBORN, { turns: [`race-${i}`, `more-${i}`] }),
    ]);
    const said = await Promise.all(batches.map((batch) => bench.under.another().commit(batch)));
    expect(said.map(([mine]) => mine?.[0])).toEqual(Array<string>(10).fill("committed"));
    expect(said.filter(([, ours]) => ours?.join() === "committed,committed")).toHaveLength(1);
    expect(await bench.store.journal(at("ours"), 0, 10)).toHaveLength(2);
  });
}

function refusals(name: string, open: OpenStore): void {
  const nul = "a\u0000b";
  const row = { idx: 0, kind: "send", target: "b/1", body: nul } as const;
  test.each([
    ["snapshot", { snapshot: nul }],
    ["value", { value: nul }],
    ["value, escaped", { value: `"a\\u0000b"` }],
    ["tag", { tags: [nul] }],
    ["message id", { turns: [{ messageId: nul }] }],
    ["event", { turns: [{ messageId: "m1", event: nul }] }],
    ["view", { turns: [{ messageId: "m1", view: nul }] }],
    ["outbox", { turns: [{ messageId: "m1", outbox: [row] }] }],
    ["timer", { timersSet: [{ timer: nul, generation: 1, delayMs: 0 }] }],
    ["invocation", { invocationsStarted: [{ id: "i", actor: "a", input: nul }] }],
  ])(`${name}: U+0000 in %s refuses the batch and writes nothing of it`, async (_, given) => {
    const bench = await Bench.open(open);
    const neighbour = bench.chain(at("good"), UNBORN);
    const poisoned = bench.chain(at("bad"), UNBORN, given);
    const refusal = await bench.store.commit([neighbour, poisoned]).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(BatchRefusedError);
    expect((refusal as BatchRefusedError).sqlState).toMatch(/^2[23]/);
    expect(await bench.store.load([at("good"), at("bad")])).toEqual([undefined, undefined]);
    await expect(bench.store.commit([poisoned])).rejects.toBeInstanceOf(BatchRefusedError);
    expect(await bench.store.commit([neighbour])).toEqual([["committed"]]);
  });

  test(`${name}: a key that is empty or longer than 512 bytes refuses the batch`, async () => {
    const bench = await Bench.open(open);
    for (const key of ["", "é".repeat(257)]) {
      await expect(bench.commit(at(key), UNBORN)).rejects.toBeInstanceOf(BatchRefusedError);
    }
    expect(await bench.commit(at("é".repeat(256)), UNBORN)).toEqual(["committed"]);
  });
}
