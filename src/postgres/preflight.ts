/**
 * Is this Postgres fit to keep a promise? Findings for `doctor`, and a refusal for a host that would start on an unfit one.
 *
 * Must be asked on a session with the host's own settings: any role may switch `synchronous_commit` off for itself.
 */
import type pg from "pg";
import { StartupError } from "../core/errors.ts";
import { knownVersion } from "./migrate.ts";
import { schemaName, schemaOf } from "./pool.ts";

export interface Finding {
  readonly name: string;
  readonly value: string;
  readonly wanted: string;
  readonly ok: boolean;
  /** What a host that is not told `unsafe` refuses to start with; only `DB_UNSAFE` can be overruled. */
  readonly code: "DB_UNSAFE" | "DB_UNSUPPORTED" | "SCHEMA_VERSION";
}

export interface InspectOptions {
  readonly namespace: string;
  /** Wants a synchronous standby: `durability: "replicated"`. */
  readonly replicated: boolean;
}

/** The oldest server that the statements are written for. */
const MIN_SERVER = 140_000;

interface Facts {
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
  readonly synchronous_standby_names: string;
  readonly in_recovery: string;
  readonly read_only: string;
  readonly isolation: string;
  readonly encoding: string;
  readonly server: number;
  readonly server_text: string;
  readonly system_identifier: string;
  readonly is_migrated: boolean;
}

export async function inspectPostgres(
  pool: pg.Pool | pg.Client,
  given: Partial<InspectOptions> = {},
): Promise<readonly Finding[]> {
  const { namespace = "default", replicated = false } = given;
  const { rows } = await pool.query<Facts>(
    `select current_setting('fsync') as fsync,
            current_setting('full_page_writes') as full_page_writes,
            current_setting('synchronous_commit') as synchronous_commit,
            current_setting('synchronous_standby_names') as synchronous_standby_names,
            case when pg_is_in_recovery() then 'yes' else 'no' end as in_recovery,
            current_setting('default_transaction_read_only') as read_only,
            current_setting('default_transaction_isolation') as isolation,
            current_setting('server_encoding') as encoding,
            current_setting('server_version_num')::int as server,
            current_setting('server_version') as server_text,
            (select system_identifier::text from pg_control_system()) as system_identifier,
            to_regclass($1) is not null as is_migrated`,
    [`${schemaOf(namespace)}.namespace`],
  );
  const facts = rows[0];
  if (facts === undefined) throw new StartupError("DB_UNSUPPORTED", "Postgres did not answer what it is");
  return [...serverFindings(facts, replicated), ...(await namespaceFindings(pool, namespace, facts))];
}

function serverFindings(facts: Facts, replicated: boolean): Finding[] {
  const is = (name: string, value: string, ...wanted: string[]): Finding => {
    return { name, value, wanted: wanted.join(" or "), ok: wanted.includes(value), code: "DB_UNSAFE" };
  };
  const supported = { code: "DB_UNSUPPORTED" } as const;
  const standby = facts.synchronous_standby_names;
  return [
    {
      name: "server_version",
      value: facts.server_text,
      wanted: "14 or newer",
      ok: facts.server >= MIN_SERVER,
      ...supported,
    },
    { ...is("server_encoding", facts.encoding, "UTF8"), ...supported },
    is("fsync", facts.fsync, "on"),
    is("full_page_writes", facts.full_page_writes, "on"),
    is("synchronous_commit", facts.synchronous_commit, "on", "remote_apply"),
    is("in_recovery", facts.in_recovery, "no"),
    is("default_transaction_read_only", facts.read_only, "off"),
    is("default_transaction_isolation", facts.isolation, "read committed"),
    ...(replicated ? [{ ...is("synchronous_standby_names", standby), wanted: "a standby", ok: standby !== "" }] : []),
  ];
}

async function namespaceFindings(pool: pg.Pool | pg.Client, namespace: string, facts: Facts): Promise<Finding[]> {
  const known = knownVersion();
  const version = { name: "schema_version", wanted: String(known), code: "SCHEMA_VERSION" } as const;
  if (!facts.is_migrated) return [{ ...version, value: "none", ok: false }];
  const schema = schemaOf(namespace);
  const { rows } = await pool.query<{ version: number; system_identifier: string }>(
    `select (select max(version) from ${schema}.migration) as version, system_identifier::text as system_identifier
       from ${schema}.namespace`,
  );
  const stored = rows[0];
  if (stored === undefined) return [{ ...version, value: "none", ok: false }];
  return [
    { ...version, value: String(stored.version), ok: stored.version === known },
    {
      name: "system_identifier",
      value: facts.system_identifier,
      wanted: stored.system_identifier,
      ok: facts.system_identifier === stored.system_identifier,
      code: "DB_UNSAFE",
    },
  ];
}

/** Throws for the first finding that is not ok. With `unsafe` the unsafe ones are let through and come back. */
export function assertFit(
  findings: readonly Finding[],
  options: { readonly unsafe?: boolean; readonly namespace?: string } = {},
): readonly Finding[] {
  const bad = findings.filter((finding) => !finding.ok);
  const [fatal] = bad.filter((finding) => options.unsafe !== true || finding.code !== "DB_UNSAFE");
  if (fatal === undefined) return bad;
  const { name, value, wanted, code } = fatal;
  const schema = schemaName(options.namespace ?? "default");
  const hint = code === "DB_UNSAFE" ? "; --unsafe starts all the same and may lose accepted messages" : "";
  const what =
    code === "SCHEMA_VERSION" ? `schema ${schema} has version ${value}, this build needs ${wanted}` : undefined;
  throw new StartupError(code, what ?? `Postgres has ${name} = ${value}, wanted: ${wanted}${hint}`);
}

/** Which database this is, and which life of it: hosts drop every cache when either differs from what they last saw. */
export async function identityOf(
  pool: pg.Pool | pg.Client,
): Promise<{ readonly systemIdentifier: string; readonly timeline: number }> {
  const { rows } = await pool.query<{ system: string; timeline: number }>(
    "select system_identifier::text as system, timeline_id as timeline from pg_control_system(), pg_control_checkpoint()",
  );
  const row = rows[0];
  if (row === undefined) throw new Error("Postgres did not tell its system identifier");
  return { systemIdentifier: row.system, timeline: row.timeline };
}
