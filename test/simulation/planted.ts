/**
 * Wrong designs, built around the product and not into it: each is found by the checkers within a few seeds, or the
 * checkers are worth nothing. `planted.test.ts` holds how many.
 */
import type { Address } from "../../src/core/address.ts";
import { effectId } from "../../src/core/effect.ts";
import type { EngineMessage } from "../../src/engine/engine.ts";
import { Live } from "../../src/engine/live.ts";
import { Timers } from "../../src/engine/timers.ts";
import type { ObjectRows } from "../../src/memory/database.ts";
import type { MemoryStore } from "../../src/memory/store.ts";
import type { Chain, Store, TurnOutcome } from "../../src/ports/store.ts";
import { Chance, type Rates } from "./faults.ts";
import type { World } from "./world.ts";

export interface Plant {
  /** What stands between a host's line and the database. */
  readonly store?: (inner: MemoryStore, world: World) => Store;
  /** Changes a part of the product until the answer is called. */
  readonly patch?: (world: World) => () => void;
  /** Rates of the faults that bring it to light, where it is rare. */
  readonly rates?: Rates;
  /** Seeds, from 1 on, within which it must be found. */
  readonly within: number;
  /** The control: this design is safe, and nothing may be found. */
  readonly isSafe?: boolean;
}

type Outcomes = readonly (readonly TurnOutcome[])[];

function wrap(inner: MemoryStore, change: Partial<Store>): Store {
  return new Proxy<Store>(inner, {
    get(of, name) {
      const changed: unknown = Reflect.get(change, name);
      if (changed !== undefined) return changed;
      const member: unknown = Reflect.get(of, name);
      return typeof member === "function" ? member.bind(of) : member;
    },
  });
}

const onBase = ({ database }: World, chain: Chain): Chain => {
  const object = database.find(chain.address)?.object;
  return { ...chain, base: { revision: object?.revision ?? 0, tag: object?.tag ?? "0" } };
};

const ofPresentEpoch = ({ database }: World, chain: Chain): Chain => ({
  ...chain,
  epoch: database.group("main").leases.get(chain.partition)?.epoch ?? chain.epoch,
});

const committed = (batch: readonly Chain[]): Outcomes => batch.map((chain) => chain.turns.map(() => "committed"));

/** Writes chains as they are, whatever the row says: the row is put back to their base, unless nothing is written. */
function overwriting(inner: MemoryStore, { database }: World, change: (chain: Chain) => Chain): Store {
  const write = async (chain: Chain): Promise<readonly TurnOutcome[]> => {
    const rows = database.find(chain.address);
    const before = rows?.object;
    if (rows !== undefined && before !== undefined) rows.object = { ...before, ...chain.base };
    const [said = []] = await inner.commit([change(chain)]);
    if (rows !== undefined && said.some((outcome) => outcome !== "committed")) rows.object = before;
    return said;
  };
  return wrap(inner, { commit: async (batch) => await Promise.all(batch.map(write)) });
}

function forget(rows: ObjectRows | undefined, isForgotten: (messageId: string) => boolean): void {
  for (const id of [...(rows?.byMessage.keys() ?? [])]) if (isForgotten(id)) rows?.byMessage.delete(id);
}

/** An acknowledgement that comes before the write, which then may never happen. */
function early(inner: MemoryStore, world: World): Store {
  const chance = new Chance(world.seed, "plant");
  return wrap(inner, {
    commit: async (batch) => {
      const isLost = !world.faults.isOver && chance.fraction() < 0.03;
      if (!isLost) world.agenda.after(chance.between(5, 200), () => void inner.commit(batch));
      return committed(batch);
    },
  });
}

/** A message in doubt is run again as if it were another one. */
function renamed(inner: MemoryStore): Store {
  const tried = new Set<string>();
  const again = (chain: Chain): Chain => ({
    ...chain,
    turns: chain.turns.map((turn) => {
      const id = tried.has(turn.messageId) ? `${turn.messageId}-again` : turn.messageId;
      tried.add(turn.messageId);
      return { ...turn, messageId: id };
    }),
  });
  return wrap(inner, { commit: async (batch) => await inner.commit(batch.map(again)) });
}

/** Of a chain with a duplicate the other turns are written. */
function inPart(inner: MemoryStore, world: World): Store {
  const write = async (chain: Chain): Promise<readonly TurnOutcome[]> => {
    const [said = []] = await inner.commit([chain]);
    if (!said.includes("duplicate") || said.every((outcome) => outcome === "duplicate")) return said;
    const rest = chain.turns.filter((_, i) => said[i] !== "duplicate");
    const [wrote = []] = await inner.commit([onBase(world, { ...chain, turns: rest })]);
    const isWritten = wrote.every((outcome) => outcome === "committed");
    return isWritten ? said.map((outcome) => (outcome === "duplicate" ? outcome : "committed")) : said;
  };
  return wrap(inner, { commit: async (batch) => await Promise.all(batch.map(write)) });
}

/** Sent rows are found after a position that is shared by all. */
const cursors = new WeakMap<World, Map<string, number>>();
function byCursor(inner: MemoryStore, world: World): Store {
  const cursor = cursors.get(world) ?? new Map<string, number>();
  cursors.set(world, cursor);
  return wrap(inner, {
    pendingSends: async (scope, limit) => {
      const rows = await inner.pendingSends(scope, limit);
      const at = (address: Address): string => `${address.name}/${address.key}`;
      const fresh = rows.filter((row) => row.revision > (cursor.get(at(row.address)) ?? 0));
      for (const row of fresh) cursor.set(at(row.address), Math.max(row.revision, cursor.get(at(row.address)) ?? 0));
      return fresh;
    },
  });
}

/** The generation of the message being handled, for the plant that forgets to compare it. */
function withoutGeneration(): () => void {
  const { handle } = Live.prototype;
  const { get } = Timers.prototype;
  let generation = 0;
  Live.prototype.handle = function (message, context) {
    if (message.kind === "timer") generation = message.generation;
    return handle.call(this, message, context);
  };
  Timers.prototype.get = function (name) {
    const timer = get.call(this, name);
    return timer && { ...timer, generation };
  };
  return () => {
    Live.prototype.handle = handle;
    Timers.prototype.get = get;
  };
}

/** A result is handed to whatever runs at the moment. */
function withoutInvocation({ database }: World): () => void {
  const { handle } = Live.prototype;
  const started = new WeakMap<Live, string>();
  Live.prototype.handle = function (message, context) {
    const [stored] = database.find(context.address)?.invocations.keys() ?? [];
    const running = started.get(this) ?? stored;
    const taken: EngineMessage =
      message.kind === "result" && running !== undefined ? { ...message, invocationId: running } : message;
    const turn = handle.call(this, taken, context);
    const start = turn.kind === "settled" ? turn.effects.find((effect) => effect.kind === "invoke") : undefined;
    if (start?.kind === "invoke") started.set(this, start.id);
    return turn;
  };
  return () => {
    Live.prototype.handle = handle;
  };
}

const STORES = {
  "epoch off": (inner, world) =>
    wrap(inner, { commit: (batch) => inner.commit(batch.map((chain) => ofPresentEpoch(world, chain))) }),
  "no compare-and-set, no epoch": (inner, world) => overwriting(inner, world, (chain) => ofPresentEpoch(world, chain)),
  "no dedupe": (inner, world) =>
    wrap(inner, {
      replies: async (asked) => asked.map(() => undefined),
      commit: (batch) => {
        for (const { address, turns } of batch) {
          const ids = new Set(turns.map((turn) => turn.messageId));
          const rows = world.database.find(address);
          forget(rows, (id) => ids.has(id));
          rows?.links.clear();
        }
        return inner.commit(batch);
      },
    }),
  "horizon shorter than the retries": (inner, world) =>
    wrap(inner, {
      commit: (batch) => {
        const oldestMs = world.database.nowMs() - 1_000;
        for (const { address } of batch) {
          const rows = world.database.find(address);
          forget(rows, (id) => (rows?.byMessage.get(id)?.committedMs ?? 0) < oldestMs);
        }
        return inner.commit(batch);
      },
    }),
  "acknowledged before the commit": early,
  "unknown outcome retried under a new id": renamed,
  "one answer for the whole batch": (inner) =>
    wrap(inner, {
      commit: async (batch) => {
        const outcomes = await inner.commit(batch);
        return outcomes[0]?.[0] === "committed" ? committed(batch) : outcomes;
      },
    }),
  "chain with a duplicate written in part": inPart,
  "timer removed before its turn commits": (inner, world) =>
    wrap(inner, {
      dueTimers: async (...args) => {
        const found = await inner.dueTimers(...args);
        for (const { address, timer } of found.due) world.database.find(address)?.timers.delete(timer);
        return found;
      },
    }),
  "outbox read by a cursor": byCursor,
  "outbox rows removed before the answer": (inner, world) =>
    wrap(inner, {
      commit: async (batch) => {
        const outcomes = await inner.commit(batch);
        for (const { address } of batch) {
          const rows = world.database.find(address);
          if (rows !== undefined) rows.outbox = [];
        }
        return outcomes;
      },
    }),
  "relay that overtakes": (inner) =>
    wrap(inner, {
      pendingSends: async (scope, limit) => {
        const rows = await inner.pendingSends(scope, limit);
        return rows.filter((row) => !rows.some((other) => isLater(other, row)));
      },
    }),
  "reply not stored": (inner) => wrap(inner, { replies: async (asked) => asked.map(() => undefined) }),
  "effects under a new id each time": (inner) => {
    let sends = 0;
    return wrap(inner, {
      pendingSends: async (scope, limit) =>
        (await inner.pendingSends(scope, limit)).map((row) => ({
          ...row,
          incarnation: `${row.incarnation}${sends++}`,
        })),
    });
  },
  "reads from a replica that lags": (inner, world) => {
    const seen = new Map<string, { readonly atMs: number; readonly row: Awaited<ReturnType<Store["load"]>>[number] }>();
    return wrap(inner, {
      load: async (addresses) => {
        const rows = await inner.load(addresses);
        return addresses.map(({ name, key }, i) => {
          const at = `${name}/${key}`;
          const old = seen.get(at);
          if (old !== undefined && world.agenda.nowMs - old.atMs < 1_000) return old.row;
          seen.set(at, { atMs: world.agenda.nowMs, row: rows[i] });
          return rows[i];
        });
      },
    });
  },
  "invocation forgotten when it starts": (inner, world) =>
    wrap(inner, {
      commit: async (batch) => {
        const outcomes = await inner.commit(batch);
        for (const { address } of batch) world.database.find(address)?.invocations.clear();
        return outcomes;
      },
    }),
} satisfies Record<string, (inner: MemoryStore, world: World) => Store>;

const isLater = (a: { address: Address; revision: number; idx: number }, b: typeof a): boolean =>
  effectId(a.address, "", 0, 0) === effectId(b.address, "", 0, 0) &&
  (a.revision > b.revision || (a.revision === b.revision && a.idx > b.idx));

/** Seeds within which each is found; the stated number is several times what was measured. */
const WITHIN: Readonly<Record<keyof typeof STORES, number>> = {
  "epoch off": 20,
  "no compare-and-set, no epoch": 200,
  "no dedupe": 5,
  "horizon shorter than the retries": 5,
  "acknowledged before the commit": 5,
  "unknown outcome retried under a new id": 5,
  "one answer for the whole batch": 10,
  "chain with a duplicate written in part": 20,
  "timer removed before its turn commits": 20,
  "outbox read by a cursor": 20,
  "outbox rows removed before the answer": 20,
  "relay that overtakes": 100,
  "reply not stored": 5,
  "effects under a new id each time": 20,
  "reads from a replica that lags": 40,
  "invocation forgotten when it starts": 20,
};

/**
 * Without the compare-and-set alone nothing was found in 40 seeds: within one epoch a late commit brings message ids that
 * the journal has. So it is planted together with the epoch, as the prototype did.
 */
const RATES: Readonly<Record<string, { readonly rates: Rates }>> = {
  "no compare-and-set, no epoch": { rates: { "host.pause": 1, "store.slow": 0.08, "store.cut-late": 0.1 } },
};

export const PLANTS: Readonly<Record<string, Plant>> = {
  ...Object.fromEntries(
    Object.entries(STORES).map(([name, store]) => {
      const within = WITHIN[name as keyof typeof STORES];
      return [name, { store, within, isSafe: name === "epoch off", ...(RATES[name] ?? {}) }];
    }),
  ),
  "timer without generation": { patch: withoutGeneration, within: 100 },
  "result without its invocation": {
    patch: withoutInvocation,
    rates: { "store.slow": 0.15, "actor.trouble": 0, "host.kill": 0, "store.down": 0 },
    within: 200,
  },
};
