/** Strikes at host processes. */
import { type Field, LEASE_MS } from "../field.ts";
import type { Member } from "../member.ts";

/** SIGKILL of one of them; now and then of all at once. */
export async function killHost(field: Field): Promise<void> {
  const { chance, members } = field.parts;
  while (!field.isOver) {
    const isAll = chance.fraction() < 0.15;
    const victims = isAll ? members.filter((member) => member.isReady) : [field.victim()].filter(isThere);
    const [first] = victims;
    const keys = first === undefined || isAll ? [] : await field.keysOf(first);
    field.note(isAll ? "kill all hosts" : "kill host", { hosts: victims.map(({ name }) => name) });
    await field.measured(
      "kill host",
      keys,
      async () => void (await Promise.all(victims.map((victim) => victim.kill()))),
    );
    await field.wait(0, isAll ? 2_000 : 5_000);
    const started = victims.map((victim) => victim.start());
    await field.wait(2_000, 5_000);
    if (isAll) await Promise.race([Promise.all(started), field.wait(8_000, 8_000)]);
  }
}

const isThere = (member: Member | undefined): member is Member => member !== undefined;

/** What it commits from now on gets as far as the wire, and lands when it wakes. */
const CATCH_MS = 80;

/** SIGSTOP for longer than a lease, for less, again and again, of one or two; then SIGCONT. */
export async function stopHost(field: Field): Promise<void> {
  const { chance } = field.parts;
  while (!field.isOver) {
    const victims = [field.victim(), chance.fraction() < 0.25 ? field.victim() : undefined].filter(isThere);
    const isFlapping = chance.fraction() < 0.2;
    for (let times = isFlapping ? 4 : 1; times > 0 && !field.isOver; times--) {
      field.note(isFlapping ? "stop host for half a lease" : "stop host beyond its lease", {
        hosts: victims.map(({ name }) => name),
      });
      const isCaught = chance.fraction() < 0.5;
      if (isCaught) for (const { postgres } of victims) postgres.silent.add("up");
      await field.wait(CATCH_MS, CATCH_MS);
      for (const victim of victims) victim.pause();
      const most = isFlapping ? 0.5 * LEASE_MS : 3 * LEASE_MS;
      await field.wait(isFlapping ? most : 1.1 * LEASE_MS, most);
      if (isCaught) for (const { postgres } of victims) postgres.speak();
      for (const victim of victims) victim.resume();
      await field.wait(200, isFlapping ? 500 : 3_000);
    }
  }
}

/** Its event loop stands still, or its memory is stirred. */
export async function busyHost(field: Field): Promise<void> {
  const { chance } = field.parts;
  while (!field.isOver) {
    const victim = field.victim();
    const isSpinning = chance.fraction() < 0.6;
    field.note(isSpinning ? "spin host" : "garbage in host", { host: victim?.name });
    victim?.say(isSpinning ? { kind: "spin", ms: chance.between(500, 5_000) } : { kind: "garbage", mb: 60 });
    await field.wait(2_000, 6_000);
  }
}

/** A host starts or stops every two seconds, in order. */
export async function storm(field: Field): Promise<void> {
  const { chance, members } = field.parts;
  while (!field.isOver) {
    const member = chance.pick(members);
    const others = members.filter((other) => other !== member && other.isReady);
    if (member.isReady && others.length > 0) {
      const keys = await field.keysOf(member);
      field.note("stop host in order", { host: member.name });
      await field.measured("stop host", keys, async () => void (await member.stop()));
    } else if (!member.isReady) {
      field.note("start host", { host: member.name });
      await member.start();
    }
    await field.wait(1_000, 2_000);
  }
}

/** One after the other is replaced by a host with another version of every machine, and back. */
export async function rollingUpgrade(field: Field): Promise<void> {
  const { members } = field.parts;
  for (let version = 2; !field.isOver; version = 3 - version) {
    for (const member of members) {
      if (field.isOver) return;
      const keys = await field.keysOf(member);
      field.note("replace host", { host: member.name, version });
      await field.measured("stop host", keys, async () => void (await member.stop()));
      member.version = `${version}`;
      await member.start();
      await field.wait(500, 1_500);
    }
  }
}
