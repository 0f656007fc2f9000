/**
 * What the database says, by SQL of its own: no code of a host or a client takes part in the judgement.
 *
 * What was acknowledged must be in a journal exactly once; a journal must have no gap; what a counter shows must be the
 * sum of its journal and of what was acknowledged to its callers.
 */
import pg from "pg";
import type { Acknowledged } from "./load.ts";

export interface Verdict {
  /** Rows of all journals. */
  readonly turns: number;
  readonly lost: number;
  readonly twice: number;
  readonly gaps: number;
  /** Counters whose sum is not what it must be. */
  readonly wrongSums: number;
  /** What differed, in words; empty where all is well. */
  readonly findings: readonly string[];
}

interface CounterRow {
  readonly key: string;
  readonly revision: number;
  readonly entries: number;
  readonly first: number;
  readonly last: number;
  readonly added: number;
  readonly shown: number;
}

/** The last shown count, and what the journal adds up to, both from the text that was stored with each turn. */
const COUNTERS = `
  select o.key, o.revision::int as revision, count(*)::int as entries,
         min(j.revision)::int as first, max(j.revision)::int as last,
         sum((j.event::jsonb ->> 'amount')::int)::int as added,
         (select (l.view::jsonb -> 'context' ->> 'count')::int from SCHEMA.journal l
           where (l.partition, l.name, l.key, l.revision) = (o.partition, o.name, o.key, o.revision)) as shown
    from SCHEMA.objects o
    join SCHEMA.journal j on (j.partition, j.name, j.key) = (o.partition, o.name, o.key)
   where o.name = 'counter'
   group by o.partition, o.name, o.key, o.revision`;

const SENT = `
  select count(*) filter (where n = 0)::int as lost, count(*) filter (where n > 1)::int as twice
    from (select (select count(*) from SCHEMA.journal j
                   where j.name = 'counter' and j.key = a.key and j.message_id = a.id) as n
            from unnest($1::text[], $2::text[]) as a(key, id)) found`;

const GAPS = `
  select count(*)::int as gaps
    from (select revision - lag(revision, 1, 0::bigint) over (partition by name, key order by revision) as step
            from SCHEMA.journal) steps
   where step <> 1`;

export async function judge(url: string, schema: string, acknowledged: readonly Acknowledged[]): Promise<Verdict> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const query = async <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
      (await client.query<Row>(sql.replaceAll("SCHEMA", schema), values)).rows;
    const [all] = await query<{ turns: number }>("select count(*)::int as turns from SCHEMA.journal");
    const ids = [acknowledged.map(({ key }) => key), acknowledged.map(({ messageId }) => messageId)];
    const [sent] = await query<{ lost: number; twice: number }>(SENT, ids);
    const [steps] = await query<{ gaps: number }>(GAPS);
    const counters = await query<CounterRow>(COUNTERS);
    return sumUp(all?.turns ?? 0, sent ?? { lost: acknowledged.length, twice: 0 }, steps?.gaps ?? 0, {
      counters,
      acknowledged,
    });
  } finally {
    await client.end();
  }
}

function sumUp(
  turns: number,
  { lost, twice }: { readonly lost: number; readonly twice: number },
  gaps: number,
  of: { readonly counters: readonly CounterRow[]; readonly acknowledged: readonly Acknowledged[] },
): Verdict {
  const wanted = new Map<string, number>();
  for (const { key, amount } of of.acknowledged) wanted.set(key, (wanted.get(key) ?? 0) + amount);
  const findings: string[] = [];
  let wrongSums = 0;
  for (const [key, sum] of wanted) {
    const row = of.counters.find((counter) => counter.key === key);
    if (row?.added === sum && row.shown === sum && isWhole(row)) continue;
    wrongSums++;
    findings.push(`counter/${key}: acknowledged ${sum}, journal ${row?.added}, shown ${row?.shown}`);
  }
  if (lost > 0) findings.push(`${lost} acknowledged messages are in no journal`);
  if (twice > 0) findings.push(`${twice} messages were applied more than once`);
  if (gaps > 0) findings.push(`${gaps} gaps in journals`);
  return { turns, lost, twice, gaps, wrongSums, findings };
}

const isWhole = ({ revision, entries, first, last }: CounterRow): boolean =>
  first === 1 && last === revision && entries === revision;
