/** Strikes at the lines between processes. */
import type { Chance } from "../../simulation/faults.ts";
import type { Field } from "../field.ts";
import type { Frame, Verdict } from "../proxy/frame.ts";
import { PASS } from "../proxy/frame.ts";
import type { Direction, Line } from "../proxy/line.ts";

/** Commits whose answer is lost, that are never heard of, or that land late. */
export async function cutCommit(field: Field): Promise<void> {
  const { chance, members } = field.parts;
  const judge = ({ kind }: Frame): Verdict => {
    const roll = kind === "commit" ? chance.fraction() : 1;
    if (roll > 0.08) return PASS;
    const verdict: Verdict =
      roll < 0.03
        ? { do: "cut-after" }
        : roll < 0.05
          ? { do: "cut-before" }
          : { do: "hold", ms: chance.between(100, 4_000) };
    field.note(`commit ${verdict.do}`);
    return verdict;
  };
  for (const { postgres } of members) postgres.onFrame = judge;
  await field.wait(field.leftMs, field.leftMs);
}

/** NATS messages lost, repeated now or much later, delayed, swapped; a connection cut inside one. */
export async function repeatAndReorder(field: Field): Promise<void> {
  const { chance, clients, members } = field.parts;
  const judge = ({ kind }: Frame): Verdict => {
    const verdict = kind === "message" ? disturb(chance) : PASS;
    if (verdict.do !== "pass") field.note(`message ${verdict.do}`);
    return verdict;
  };
  for (const line of [clients, ...members.map(({ nats }) => nats)]) line.onFrame = judge;
  await field.wait(field.leftMs, field.leftMs);
}

function disturb(chance: Chance): Verdict {
  const roll = chance.fraction();
  if (roll < 0.03) return { do: "drop" };
  if (roll < 0.12) return { do: "repeat", ms: chance.between(0, 20) };
  if (roll < 0.18) return { do: "repeat", ms: chance.between(100, 15_000) };
  if (roll < 0.24) return { do: "delay", ms: chance.between(5, chance.fraction() < 0.2 ? 8_000 : 300) };
  if (roll < 0.32) return { do: "swap" };
  return roll < 0.3203 ? { do: "cut-inside" } : PASS;
}

/** A host or the clients lose a server: both ways, one way, or by a reset of every connection. */
export async function partition(field: Field): Promise<void> {
  const { chance, clients } = field.parts;
  while (!field.isOver) {
    const victim = field.victim();
    const lines: readonly (Line | undefined)[] = chance.pick([
      [victim?.postgres],
      [victim?.nats],
      [victim?.postgres, victim?.nats],
      [clients],
    ]);
    const how = chance.pick(["both ways", "up", "down", "reset", "refuse"] as const);
    const which = lines.includes(clients) ? "clients" : lines.includes(victim?.postgres) ? "postgres" : "nats";
    field.note(`partition ${which} ${how}`, { host: victim?.name });
    for (const line of lines) if (line !== undefined) sever(line, how);
    await field.wait(500, 9_000);
    for (const line of lines) line?.heal();
    await field.wait(1_000, 4_000);
  }
}

function sever(line: Line, how: "both ways" | "reset" | "refuse" | Direction): void {
  if (how === "both ways" || how === "up") line.silent.add("up");
  if (how === "both ways" || how === "down") line.silent.add("down");
  if (how === "refuse") line.isRefusing = true;
  if (how === "reset" || how === "refuse") line.reset();
}

/** 50 to 500 ms there and back, or 200 kbit/s. */
export async function slowNetwork(field: Field): Promise<void> {
  const { chance, members } = field.parts;
  while (!field.isOver) {
    const victims = chance.fraction() < 0.3 ? members : [field.victim() ?? members[0]];
    const isNarrow = chance.fraction() < 0.4;
    field.note(isNarrow ? "narrow network" : "slow network", { hosts: victims.map((member) => member?.name) });
    for (const member of victims) {
      for (const line of member === undefined ? [] : [member.postgres, member.nats]) {
        if (isNarrow) Object.assign(line.bytesPerSecond, { up: 25_000, down: 25_000 });
        else Object.assign(line, { latencyMs: chance.between(25, 200), jitterMs: chance.between(0, 60) });
      }
    }
    await field.wait(3_000, 8_000);
    for (const member of members) {
      member.postgres.heal();
      member.nats.heal();
    }
    await field.wait(1_000, 3_000);
  }
}

/** What a host is told arrives at 10 KB/s. */
export async function slowReader(field: Field): Promise<void> {
  const { chance } = field.parts;
  while (!field.isOver) {
    const victim = field.victim();
    const line = chance.fraction() < 0.5 ? victim?.postgres : victim?.nats;
    field.note("slow reader", { host: victim?.name, of: line === victim?.postgres ? "postgres" : "nats" });
    if (line !== undefined) line.bytesPerSecond.down = 10_000;
    await field.wait(3_000, 8_000);
    line?.heal();
    await field.wait(1_000, 4_000);
  }
}
