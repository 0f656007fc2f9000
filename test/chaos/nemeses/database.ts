/** Strikes at Postgres from inside, at its disk, and at clocks. */
import { open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../src/dev/command.ts";
import { setClock } from "../clock.ts";
import { type Field, LEASE_MS } from "../field.ts";

/** Backends of the hosts die one after the other; now and then no connection is left for anybody. */
export async function terminateBackends(field: Field): Promise<void> {
  const { audit, chance } = field.parts;
  while (!field.isOver) {
    const rows = await audit
      .rows<{ n: number }>(
        `select count(pg_terminate_backend(pid))::int as n from (
           select pid from pg_stat_activity where application_name = 'stator' order by random() limit $1) p`,
        [chance.fraction() < 0.05 ? 100 : 1],
      )
      .catch(() => []);
    if ((rows[0]?.n ?? 0) > 0) field.note("terminate backend");
    await field.wait(20, 150);
  }
}

/** Sessions that hold a snapshot for long, and rows that commits need for seconds. */
export async function longTransaction(field: Field): Promise<void> {
  while (!field.isOver) await hold(field).catch(() => field.wait(200, 1_000)); // a neighbour nemesis may have killed Postgres
}

async function hold(field: Field): Promise<void> {
  const { audit, chance } = field.parts;
  const old = await audit.client();
  try {
    await old.query("begin isolation level repeatable read");
    await old.query("select count(*) from pg_class");
    field.note("long transaction");
    while (!field.isOver) {
      const holder = await audit.client();
      try {
        await holder.query("begin");
        field.note("rows locked");
        await audit.lockRows(holder, chance.between(1, 5));
        await field.wait(300, 4_500);
      } finally {
        await holder.query("rollback").catch(() => undefined);
        holder.release(true);
      }
      await field.wait(500, 2_000);
    }
  } finally {
    await old.query("rollback").catch(() => undefined);
    old.release(true);
  }
}

/** Written block by block: the file system needs some for itself. */
const SPARE_BLOCKS = 64;

/** The disk of the database, log included, has no room left for some seconds. */
export async function diskFull(field: Field): Promise<void> {
  const { diskFolder } = field.parts;
  if (diskFolder === undefined) return;
  const file = join(diskFolder, "filler");
  while (!field.isOver) {
    field.note("disk full");
    await fill(file, diskFolder);
    await field.wait(3_000, 8_000);
    await rm(file, { force: true });
    field.note("disk has room again");
    await field.parts.servers.heal();
    await field.wait(4_000, 8_000);
  }
}

/** What is free is taken at once, without writing it; what comes free meanwhile is written full. */
async function fill(file: string, folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  await run(["fallocate", "-l", `${Math.max(bsize, (bavail - SPARE_BLOCKS) * bsize)}`, file]);
  const handle = await open(file, "a");
  try {
    for (let block = Buffer.alloc(64 * 1_024, 7); block.length >= bsize; ) {
      const isWritten = await handle.write(block).then(
        () => true,
        () => false,
      );
      if (!isWritten) block = block.subarray(0, block.length >> 1);
    }
  } finally {
    await handle.close();
  }
}

/** Wall clocks jump: of hosts by up to an hour either way, of Postgres by up to ten minutes ahead and back. */
export async function clocks(field: Field): Promise<void> {
  const { chance, clockFiles } = field.parts;
  if (clockFiles === undefined) return;
  while (!field.isOver) {
    const isPostgres = chance.fraction() < 0.3;
    const file = isPostgres ? clockFiles.postgres : chance.pick(clockFiles.hosts);
    const seconds = isPostgres ? chance.between(-600, 600) : chance.between(-3_600, 3_600);
    field.note(isPostgres ? "postgres clock" : "host clock", { seconds });
    setClock(file, seconds);
    await field.wait(1_000, 2 * LEASE_MS);
    if (chance.fraction() < 0.7) setClock(file, 0);
    await field.wait(500, 3_000);
  }
}
