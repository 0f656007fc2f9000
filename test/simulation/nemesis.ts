/** Strikes at whole processes and at clocks, now and then, while the faulty part lasts. */
import { Chance, type FaultKind } from "./faults.ts";
import { type Member, OPTIONS } from "./member.ts";
import type { World } from "./world.ts";

const STRIKES = [
  "host.kill",
  "host.kill",
  "host.pause",
  "host.pause",
  "host.stall",
  "host.stop",
  "host.join",
  "host.clock",
  "store.down",
  "store.full",
  "database.clock",
] as const satisfies readonly FaultKind[];

export class Nemesis {
  readonly #world: World;
  readonly #chance: Chance;
  #isOver = false;

  constructor(world: World) {
    this.#world = world;
    this.#chance = new Chance(world.seed, "nemesis");
  }

  start(): void {
    this.#world.agenda.after(this.#chance.between(300, 2_200), () => {
      if (this.#isOver) return;
      this.#strike(this.#chance.pick(STRIKES));
      this.start();
    });
  }

  #strike(kind: (typeof STRIKES)[number]): void {
    const { faults, alive } = this.#world;
    if (!faults.isOn(kind)) return;
    const chance = faults.chance(kind);
    if (kind === "store.down") return this.#down(chance);
    if (kind === "store.full") return this.#fill(chance);
    if (kind === "database.clock") return this.#jump(chance);
    if (kind === "host.join") return this.#join(chance);
    const member = alive[chance.below(Math.max(1, alive.length))];
    if (member === undefined || !member.clock.isRunning) return;
    faults.note(kind);
    this.#world.trace(`${member.name}: ${kind}`);
    switch (kind) {
      case "host.kill":
        member.kill();
        return this.#bootIn(chance.between(500, 5_500));
      case "host.pause":
        return this.#pause(member, chance.between(1_000, 10_000));
      case "host.stall":
        return this.#pause(member, chance.between(50, 900));
      case "host.stop":
        void member.stop().then(() => this.#bootIn(chance.between(100, 3_000)));
        // a process that does not stop in time is killed
        return void this.#world.agenda.after(10_000, () => member.kill());
      case "host.clock":
        member.clock.skewMs = chance.between(-3_600_000, 3_600_000);
    }
  }

  #bootIn(ms: number): void {
    this.#world.agenda.after(ms, () => {
      if (this.#world.alive.length < this.#world.hosts) this.#world.boot();
    });
  }

  #pause(member: Member, ms: number): void {
    member.clock.pause();
    this.#world.agenda.after(ms, () => member.clock.resume());
  }

  #down(chance: Chance): void {
    const { agenda, faults } = this.#world;
    faults.note("store.down");
    this.#world.trace("the database is down");
    this.#world.downUntilMs = Math.max(this.#world.downUntilMs, agenda.nowMs + chance.between(100, 2_500));
  }

  #fill(chance: Chance): void {
    const { agenda, faults } = this.#world;
    faults.note("store.full");
    this.#world.trace("the database's disk is full");
    this.#world.fullUntilMs = Math.max(this.#world.fullUntilMs, agenda.nowMs + chance.between(100, 4_000));
  }

  #jump(chance: Chance): void {
    this.#world.faults.note("database.clock");
    this.#world.offsetMs = chance.between(-600_000, 600_000);
    this.#world.hasClockJumps = true;
    this.#world.trace(`the database's clock is off by ${this.#world.offsetMs} ms`);
  }

  #join(chance: Chance): void {
    const { alive, hosts, faults, agenda } = this.#world;
    if (alive.length > hosts) return;
    faults.note("host.join");
    this.#world.boot();
    agenda.after(chance.between(2_000, 8_000), () => {
      const member = this.#world.alive[0];
      if (this.#isOver || member === undefined || !member.clock.isRunning) return;
      this.#world.trace(`${member.name}: leaves`);
      void member.stop();
    });
  }

  /** Everything runs again, and every clock is right. */
  heal(): void {
    this.#isOver = true;
    const { members } = this.#world;
    this.#world.trace("healed");
    this.#world.downUntilMs = 0;
    this.#world.fullUntilMs = 0;
    this.#world.offsetMs = 0;
    this.#breakLeases();
    for (const { clock } of members) {
      clock.skewMs = 0;
      clock.resume();
    }
    for (let i = this.#world.alive.length; i < this.#world.hosts; i++) this.#world.boot();
  }

  /**
   * After the database's clock went back, leases and host records of the dead run on for as long as the jump was: the
   * documented limit of liveness (a clock that goes back), which an operator ends.
   */
  #breakLeases(): void {
    const { database } = this.#world;
    const mostMs = database.nowMs() + OPTIONS.leaseMs;
    const { leases, hosts } = database.group("main");
    for (const [partition, lease] of leases)
      if (lease.expiresMs > mostMs) leases.set(partition, { ...lease, expiresMs: mostMs });
    for (const [id, row] of hosts) if (row.expiresMs > mostMs) hosts.set(id, { ...row, expiresMs: mostMs });
  }
}
