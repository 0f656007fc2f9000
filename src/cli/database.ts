/** What `doctor` and `migrate --dry-run` ask of the database. Changes nothing. */
import pg from "pg";
import { connectionConfig, schemaOf } from "../postgres/pool.ts";
import { type Finding, inspectPostgres } from "../postgres/preflight.ts";

export interface GroupOwnership {
  readonly group: string;
  readonly hosts: number;
  readonly partitions: number;
  readonly owned: number;
}

export interface Inspection {
  readonly latencyMs: number;
  readonly findings: readonly Finding[];
  /** Empty where no host ever ran, or the schema is not there. */
  readonly groups: readonly GroupOwnership[];
}

const TIMEOUT_MS = 5_000;

export async function inspect(url: string, namespace: string): Promise<Inspection> {
  const client = new pg.Client(connectionConfig(url, { connectTimeoutMs: TIMEOUT_MS, queryTimeoutMs: TIMEOUT_MS }));
  client.on("error", () => undefined); // the query that was running rejects with it
  await client.connect();
  try {
    const startedAt = performance.now();
    await client.query("select 1");
    const latencyMs = performance.now() - startedAt;
    const findings = await inspectPostgres(client, { namespace });
    const hasSchema = findings.some(({ name, ok }) => name === "schema_version" && ok);
    return { latencyMs, findings, groups: hasSchema ? await groupsOf(client, namespace) : [] };
  } finally {
    await client.end();
  }
}

/** Leases that are over count as not owned, by the database's clock. */
async function groupsOf(client: pg.Client, namespace: string): Promise<readonly GroupOwnership[]> {
  const schema = schemaOf(namespace);
  const { rows } = await client.query<GroupOwnership>(
    `select p."group", count(*)::int as partitions,
            (count(*) filter (where p.expires_at > clock_timestamp()))::int as owned,
            (select count(*)::int from ${schema}.hosts h
              where h."group" = p."group" and h.expires_at > clock_timestamp()) as hosts
       from ${schema}.partitions p group by p."group" order by p."group"`,
  );
  return rows;
}
