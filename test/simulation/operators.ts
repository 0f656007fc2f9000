/** An operator of a run: pauses, releases, cancels, kills and purges at random moments, and after the last heal puts everything right. */
import { type Client, createClient, StatorError } from "stator/client";
import { type Address, formatAddress } from "../../src/core/address.ts";
import { effectId } from "../../src/core/effect.ts";
import { effectMessageId, orderMessageId } from "../../src/core/message.ts";
import { ProcessClock } from "./agenda.ts";
import { Chance, type FaultKind } from "./faults.ts";
import type { Order } from "./history.ts";
import { NAMESPACE } from "./member.ts";
import type { World } from "./world.ts";

const STRIKES = [
  "operator.pause",
  "operator.release",
  "operator.release",
  "operator.cancel",
  "operator.kill",
  "operator.purge",
] as const satisfies readonly FaultKind[];

/** Whose end, and what is forgotten of it, breaks no promise that the oracle judges: money and counts stay whole. */
const MORTAL: readonly string[] = ["clerk", "errand", "job"];
/** The other jobs live, so that results go on coming late. */
const mayDie = ({ address: { name, key } }: { readonly address: Address }): boolean => name !== "job" || key === "2";
/** How often it looks for what waits for it once nothing is wrong any more. */
const ROUND_MS = 2_000;
const SIGNED = { by: "simulation", reason: "by chance" };

export class Operator {
  readonly orders: Order[] = [];
  /** Orders under way. */
  open = 0;
  readonly #world: World;
  readonly #chance: Chance;
  readonly #clock: ProcessClock;
  readonly #client: Client;

  constructor(world: World) {
    this.#world = world;
    this.#chance = new Chance(world.seed, "operator");
    this.#clock = new ProcessClock(world.agenda);
    const transport = world.connect("operator");
    const random = new Chance(world.seed, "operator's client");
    this.#client = createClient({ transport, clock: this.#clock, random, namespace: NAMESPACE });
  }

  start(): void {
    this.#clock.after(this.#chance.between(300, 2_500), () => {
      if (this.#world.faults.isOver) return;
      this.#strike(this.#chance.pick(STRIKES));
      this.start();
    });
  }

  /** Resumes, and takes out what is parked, until there is nothing left of it. */
  settle(): void {
    for (const { address, isPaused, isParked } of this.#waiting()) {
      if (isPaused) void this.#carryOut("resume", address);
      else if (isParked) void this.#carryOut("skip", address);
    }
    this.#clock.after(ROUND_MS, () => this.settle());
  }

  #strike(kind: (typeof STRIKES)[number]): void {
    if (!this.#world.faults.isOn(kind)) return;
    const chance = this.#world.faults.chance(kind);
    switch (kind) {
      case "operator.pause":
        return this.#pause(chance);
      case "operator.release": {
        const parked = this.#waiting().filter(({ isParked }) => isParked);
        return this.#give(chance.fraction() < 0.5 ? "retry" : "skip", kind, parked, chance);
      }
      case "operator.cancel":
        return this.#give("cancel", kind, this.#alive(["alarm"], '"armed"'), chance);
      case "operator.kill":
        if (chance.fraction() < 0.5) return;
        if (chance.fraction() < 0.5) return this.#give("kill", kind, this.#alive(["clerk"], '"hiring"'), chance);
        return this.#end(this.#alive(MORTAL).filter(mayDie), chance);
      case "operator.purge":
        return this.#give("purge", kind, this.#ended(), chance);
    }
  }

  #ended(): { readonly address: Address }[] {
    return [...this.#world.database.all()].flatMap(({ object }) =>
      object !== undefined && MORTAL.includes(object.address.name) && object.last.status !== "active" ? [object] : [],
    );
  }

  #pause(chance: Chance): void {
    const all = [...this.#world.database.all()].flatMap(({ object }) => (object === undefined ? [] : [object]));
    if (all.length === 0) return;
    const { address } = chance.pick(all);
    this.#world.faults.note("operator.pause");
    void this.#carryOut("pause", address);
    this.#clock.after(chance.between(200, 5_000), () => void this.#carryOut("resume", address));
  }

  #give(verb: Order["verb"], kind: FaultKind, to: readonly { readonly address: Address }[], chance: Chance): void {
    if (to.length === 0) return;
    this.#world.faults.note(kind);
    void this.#carryOut(verb, chance.pick(to).address);
  }

  /** Killed, and often purged while what it had under way still comes back. */
  #end(mortals: readonly { readonly address: Address }[], chance: Chance): void {
    if (mortals.length === 0) return;
    const { address } = chance.pick(mortals);
    this.#world.faults.note("operator.kill");
    const killed = this.#carryOut("kill", address);
    if (!this.#world.faults.isOn("operator.purge") || chance.fraction() < 0.3) return;
    this.#world.faults.note("operator.purge");
    void killed.then(() => this.#carryOut("purge", address));
  }

  #alive(names: readonly string[], value?: string): { readonly address: Address }[] {
    return [...this.#world.database.all()].flatMap(({ object }) =>
      object !== undefined &&
      names.includes(object.address.name) &&
      object.last.status === "active" &&
      (value ?? object.last.value) === object.last.value
        ? [object]
        : [],
    );
  }

  #waiting(): { readonly address: Address; readonly isPaused: boolean; readonly isParked: boolean }[] {
    return [...this.#world.database.all()].flatMap(({ object, outbox }) => {
      if (object === undefined) return [];
      const isParked = object.parked !== undefined || outbox.some((row) => row.parked !== undefined);
      const isPaused = object.paused !== undefined;
      return isPaused || isParked ? [{ address: object.address, isPaused, isParked }] : [];
    });
  }

  async #carryOut(verb: Order["verb"], address: Address): Promise<void> {
    const orderId = `order-${this.orders.length}`;
    const { agenda } = this.#world;
    const order: Order = { verb, address, messageId: orderMessageId(orderId), invokedMs: agenda.nowMs };
    this.orders.push(order);
    this.open++;
    try {
      const messageId = verb === "skip" ? this.#firstParked(address) : undefined;
      const object = this.#client.object(address.name, address.key);
      const { changed } = await object[verb]({ ...SIGNED, orderId, ...(messageId && { messageId }) });
      Object.assign(order, { changed });
    } catch (cause) {
      if (!(cause instanceof StatorError)) throw cause;
      Object.assign(order, { code: cause.code });
    } finally {
      this.open--;
    }
    Object.assign(order, { doneMs: agenda.nowMs });
    this.#world.trace(
      `operator: ${verb} ${formatAddress(address)} → ${order.code ?? (order.changed ? "done" : "nothing to do")}`,
    );
  }

  /** A skip must name one where several are parked. */
  #firstParked(address: Address): string | undefined {
    const rows = this.#world.database.find(address);
    const parked = rows?.object?.parked;
    if (parked !== undefined) return (JSON.parse(parked) as { messageId?: string }).messageId;
    const row = rows?.outbox.find((sent) => sent.parked !== undefined);
    return row && effectMessageId(effectId(row.address, row.incarnation, row.revision, row.idx));
  }
}
