/** A migration while everybody works, by the rules that migrations keep: expand, backfill in small steps, contract. */
import type { Field } from "../field.ts";

/** What a migration may wait for a lock, and others for it. */
const LOCK_TIMEOUT = "2s";
const STEP_ROWS = 500;
const TABLES = ["objects", "journal", "invocations"] as const;

/** One table after the other gets a column and an index, has it filled, and loses it again. */
export async function migration(field: Field): Promise<void> {
  while (!field.isOver) {
    const table = field.parts.chance.pick(TABLES);
    await change(field, "expand", `alter table $schema.${table} add column if not exists chaos text`);
    await change(field, "expand", `create index if not exists chaos_${table} on $schema.${table} (chaos)`);
    while (!field.isOver && (await backfill(field, table)) > 0) await field.wait(20, 100);
    await field.wait(300, 1_500);
    await contract(field, table);
    await field.wait(300, 1_500);
  }
  for (const table of TABLES) await contract(field, table);
}

const contract = (field: Field, table: string): Promise<void> =>
  change(field, "contract", `alter table $schema.${table} drop column if exists chaos`);

/**
 * Tries until it gets its lock, since one that is not free soon would hold up everybody who comes after it; what is left
 * at the end harms nobody.
 */
async function change(field: Field, step: string, sql: string): Promise<void> {
  do {
    try {
      await field.parts.audit.rows(
        `do $do$ begin perform set_config('lock_timeout', '${LOCK_TIMEOUT}', true); execute '${sql}'; end $do$`,
      );
      return field.note(step);
    } catch (cause) {
      field.note("migration put off", { step, cause: String(cause) });
      await field.wait(100, 500);
    }
  } while (!field.isOver);
}

/** In the order in which commits lock rows. Answers how many it filled. */
function backfill(field: Field, table: (typeof TABLES)[number]): Promise<number> {
  const filled = field.parts.audit.rows(
    `update $schema.${table} set chaos = 'filled' where ctid = any (array(
       select ctid from $schema.${table} where chaos is null
        order by partition, name, key limit ${STEP_ROWS} for update skip locked)) returning 1`,
  );
  return filled.then(
    ({ length }) => {
      if (length > 0) field.note("backfill");
      return length;
    },
    () => 0, // a neighbour nemesis may have killed Postgres
  );
}
