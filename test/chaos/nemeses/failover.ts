/** Strikes at Postgres where it has a standby. */
import { setTimeout as pause } from "node:timers/promises";
import { type Field, LEASE_MS } from "../field.ts";
import type { Postmaster } from "../postmaster.ts";

/** How long the old primary and the new one both take commits. */
const SPLIT_MS = 3_000;

/**
 * The primary dies, its synchronous standby takes over at the same address; hosts stay alive. The old primary comes
 * back, and the connections of one host lead to it: with nobody to copy them to, its commits may not be acknowledged.
 */
export async function failover(field: Field): Promise<void> {
  const { chance, prober, servers } = field.parts;
  while (!field.isOver) {
    const standby = await servers.openStandby().catch((cause: unknown) => {
      field.note("no standby", { cause: String(cause) }); // a neighbour nemesis may have killed Postgres
    });
    if (standby === undefined) {
      await field.wait(500, 1_000);
      continue;
    }
    await field.wait(1_000, 4_000);
    if (chance.fraction() < 0.6) await cutOff(field, standby);
    const port = await servers.freePort();
    const victim = field.victim();
    if (victim !== undefined) victim.postgres.detour = port;
    field.note("failover", { astray: victim?.name });
    const keys = [prober.key(0), prober.key(1), prober.key(2)];
    let former: Postmaster | undefined;
    await field.measured("failover", keys, async () => {
      former = await servers.failOver(standby, port);
    });
    await pause(SPLIT_MS);
    if (former !== undefined) await inspect(field, former);
    if (former !== undefined) await servers.retire(former);
    if (victim !== undefined) {
      victim.postgres.detour = undefined;
      victim.postgres.reset();
    }
    await field.wait(LEASE_MS, 2 * LEASE_MS);
  }
}

/** The standby hears of nothing more: what is committed from now on is on the primary only, and waits. */
async function cutOff(field: Field, standby: Postmaster): Promise<void> {
  await standby.rows("alter system set primary_conninfo = ''");
  await standby.rows("select pg_reload_conf()");
  field.note("standby cut off");
  await field.wait(20, 500);
}

/** Whether the split meant something: commits that hang, and turns that stand on the old primary only. */
async function inspect(field: Field, former: Postmaster): Promise<void> {
  const { audit } = field.parts;
  const [hung] = await former.rows<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where wait_event = 'SyncRep' and application_name = 'stator'",
  );
  for (let n = hung?.n ?? 0; n > 0; n--) field.note("commit hung on the old primary");
  for (const turn of await audit.turnsOnlyIn(former).catch(() => []))
    field.note("turn of the old primary only", { turn });
}
