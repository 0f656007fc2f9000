/**
 * Found by seeds 461, 12844 and 153405 of long simulations: a message that an operator took out, or released, stayed
 * parked in the memory of a host, where nobody could see it, and held up what came behind it.
 */
import { expect, test } from "vitest";
import { StatorError } from "../../src/core/errors.ts";
import { hostOptions } from "../../src/core/options.ts";
import { Relay, type RelayParts } from "../../src/host/relay.ts";
import { VirtualClock } from "../../src/memory/clock.ts";
import { SeededRandom } from "../../src/memory/random.ts";
import type { PendingSend, Store } from "../../src/ports/store.ts";
import { Counters, silentLogger } from "../../src/ports/telemetry.ts";

const address = { name: "source", key: "a" };

const row = (revision: number): PendingSend => ({
  address,
  incarnation: "1",
  revision,
  idx: 0,
  kind: "send",
  target: "sink/s",
  body: "{}",
});

/** A relay on a table of its own; what it carries ends when the test says so. What is parked is noted once `canNote` says so. */
function open(stored: PendingSend[], canNote = (): boolean => true, canRemove = (): boolean => true) {
  const clock = new VirtualClock();
  const scope = { partitions: [0], names: ["source"] };
  const carried: { readonly revision: number; readonly arrive: () => void; readonly refuse: () => void }[] = [];
  const places = (rows: readonly { revision: number }[]) => new Set(rows.map(({ revision }) => revision));
  const store = {
    pendingSends: async ({ partitions }) => (partitions.includes(0) ? [...stored] : []),
    sent: async (rows) => {
      if (!canRemove()) throw new Error("the database is down");
      const gone = places(rows);
      stored.splice(0, stored.length, ...stored.filter(({ revision }) => !gone.has(revision)));
    },
    parkSend: async ({ revision }, parked) => {
      if (!canNote()) throw new Error("the database is down");
      const at = stored.findIndex((each) => each.revision === revision);
      if (stored[at] !== undefined) stored[at] = { ...stored[at], parked };
    },
  } satisfies Partial<Store>;
  const parts: RelayParts = {
    store: store as Partial<Store> as Store,
    scope: () => scope,
    owns: () => true,
    carry: new Proxy({} as RelayParts["carry"], {
      get: () => (sent: PendingSend) =>
        new Promise<void>((resolve, reject) => {
          const error = new StatorError("INVALID_EVENT", "not this one");
          carried.push({ revision: sent.revision, arrive: () => resolve(), refuse: () => reject(error) });
        }),
    }),
    policyOf: () => undefined,
    isHopeless: () => true,
    partitionCount: 1,
    options: hostOptions(),
    clock,
    random: new SeededRandom(1, clock),
    log: silentLogger,
    counters: new Counters(),
  };
  const relay = new Relay(parts);
  relay.gained([0]);
  return { relay, clock, scope, carried, revisions: () => carried.map(({ revision }) => revision) };
}

test("a skip while the message is being tried again: what comes behind it goes on its way", async () => {
  const { relay, clock, carried, revisions } = open([row(1), row(2), row(3)]);
  await clock.advance(0);
  carried[0]?.refuse();
  await clock.advance(0);
  const [parked] = relay.parkedOf(address);
  if (parked === undefined) throw new Error("nothing is parked");
  await relay.unpark(parked); // it is on its way again…
  relay.skip(parked); // …and taken out meanwhile
  carried[1]?.refuse();
  await clock.advance(0);
  expect(relay.parkedOf(address)).toEqual([]);
  carried[2]?.arrive();
  await clock.advance(0);
  expect(revisions()).toEqual([1, 1, 2, 3]);
});

test("a parked message that another host took out: what comes behind it goes on its way", async () => {
  const stored = [row(1), row(2)];
  const { relay, clock, carried, revisions } = open(stored);
  await clock.advance(0);
  carried[0]?.refuse();
  await clock.advance(0);
  expect(relay.parkedOf(address)).toHaveLength(1);
  stored.shift();
  await clock.advance(10_000);
  expect(relay.parkedOf(address)).toEqual([]);
  expect(revisions()).toEqual([1, 2]);
});

test("a parked message that was released behind the host's back is tried again", async () => {
  const stored = [row(1), row(2)];
  const { relay, clock, carried, revisions } = open(stored);
  await clock.advance(0);
  carried[0]?.refuse();
  await clock.advance(0);
  expect(relay.parkedOf(address)).toHaveLength(1);
  stored[0] = row(1); // the answer was lost, it landed late, or the owner before this one carried it out
  await clock.advance(10_000);
  expect(relay.parkedOf(address)).toEqual([]);
  carried[1]?.arrive();
  await clock.advance(0);
  expect(revisions()).toEqual([1, 1, 2]);
});

test("a parked message that is not noted yet was not released", async () => {
  let canNote = false;
  const stored = [row(1), row(2)];
  const { relay, clock, carried, revisions } = open(stored, () => canNote);
  await clock.advance(0);
  carried[0]?.refuse();
  await clock.advance(10_000);
  expect(relay.parkedOf(address)).toHaveLength(1);
  canNote = true;
  await clock.advance(10_000);
  expect(stored[0]?.parked).toBeDefined();
  expect(revisions()).toEqual([1]);
});

test("a parked message of a partition that this host drains was not taken out", async () => {
  const { relay, clock, scope, carried, revisions } = open([row(1), row(2)]);
  await clock.advance(0);
  carried[0]?.refuse();
  await clock.advance(0);
  scope.partitions = [1];
  await clock.advance(10_000);
  expect(relay.parkedOf(address)).toHaveLength(1);
  expect(revisions()).toEqual([1]);
});

test("a skipped message that could not be removed at once is not parked again behind the next", async () => {
  let canRemove = false;
  const stored = [row(1), row(2)];
  const { relay, clock, carried, revisions } = open(
    stored,
    () => true,
    () => canRemove,
  );
  await clock.advance(0);
  carried[0]?.refuse();
  await clock.advance(0);
  const [parked] = relay.parkedOf(address);
  if (parked === undefined) throw new Error("nothing is parked");
  relay.skip(parked);
  await clock.advance(10_000);
  canRemove = true;
  await clock.advance(10_000);
  expect(stored).toEqual([row(2)]);
  carried[1]?.arrive();
  await clock.advance(10_000);
  expect(stored).toEqual([]);
  expect(relay.parkedOf(address)).toEqual([]);
  expect(revisions()).toEqual([1, 2]);
});
