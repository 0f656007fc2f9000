/** What Postgres a host refuses. The settings are switched off on a session: that is the session that would commit. */
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { openPostgres } from "../../src/postgres/pool.ts";
import { assertFit, type Finding, identityOf, inspectPostgres } from "../../src/postgres/preflight.ts";
import { freshNamespace, openNamespace, openSession, postgresUrl } from "./namespace.ts";

const found = (findings: readonly Finding[], name: string): Finding | undefined => {
  return findings.find((finding) => finding.name === name);
};

test("a migrated namespace on this server is fit, on every session the host opens", async () => {
  const { namespace, postgres } = await openNamespace();
  const findings = await inspectPostgres(postgres.pool, { namespace });
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  expect(assertFit(findings)).toEqual([]);
  const names = findings.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["fsync", "full_page_writes", "synchronous_commit", "schema_version"]));
});

test("the session settings of the host arrive, whatever the URL brings in its own options", async () => {
  const { namespace } = await openNamespace();
  const url = new URL(postgresUrl());
  url.searchParams.set("options", "-c statement_timeout=77s -c work_mem=5MB");
  const postgres = await openPostgres(url.href, { namespace });
  const { rows } = await postgres.pool.query(
    `select name, current_setting(name) as value
       from unnest($1::text[]) as name order by name`,
    [
      [
        "default_transaction_isolation",
        "idle_in_transaction_session_timeout",
        "lock_timeout",
        "statement_timeout",
        "work_mem",
      ],
    ],
  );
  await postgres.close();
  expect(rows.map(({ value }) => value)).toEqual(["read committed", "2s", "3s", "10s", "5MB"]);
});

test.each([
  ["synchronous_commit", "off"],
  ["synchronous_commit", "local"],
  ["default_transaction_read_only", "on"],
  ["default_transaction_isolation", "serializable"],
])("%s = %s is refused, and only a warning when told unsafe", async (name, value) => {
  const { namespace } = await openNamespace();
  const session = await openSession();
  await session.query(`select set_config($1, $2, false)`, [name, value]);
  const findings = await inspectPostgres(session, { namespace });
  expect(found(findings, name)).toMatchObject({ value, ok: false, code: "DB_UNSAFE" });
  expect(() => assertFit(findings)).toThrow(expect.objectContaining({ code: "DB_UNSAFE" }));
  expect(() => assertFit(findings)).toThrow(`${name} = ${value}`);
  const warnings = assertFit(findings, { unsafe: true }).map((finding) => finding.name);
  expect(warnings).toContain(name);
});

test("a wish for replicated durability is refused where no standby is named", async () => {
  const { namespace, postgres } = await openNamespace();
  const findings = await inspectPostgres(postgres.pool, { namespace, replicated: true });
  expect(() => assertFit(findings)).toThrow("synchronous_standby_names");
});

test("a database in another encoding is refused, unsafe or not", async () => {
  const session = await openSession();
  const database = freshNamespace();
  await session.query(`create database ${database} encoding 'SQL_ASCII' locale 'C' template template0`);
  const url = new URL(postgresUrl());
  url.pathname = `/${database}`;
  const ascii = new pg.Client(url.href);
  await ascii.connect();
  onTestFinished(async () => {
    await ascii.end();
    const admin = new pg.Client(postgresUrl());
    await admin.connect();
    await admin.query(`drop database ${database}`);
    await admin.end();
  });
  const findings = await inspectPostgres(ascii);
  expect(() => assertFit(findings, { unsafe: true })).toThrow(expect.objectContaining({ code: "DB_UNSUPPORTED" }));
});

test("a schema that is not there, older or newer is refused, unsafe or not", async () => {
  const { namespace, postgres } = await openNamespace();
  const none = await inspectPostgres(postgres.pool, { namespace: freshNamespace() });
  expect(() => assertFit(none, { unsafe: true })).toThrow(expect.objectContaining({ code: "SCHEMA_VERSION" }));
  await postgres.pool.query(`insert into ${postgres.schema}.migration values (9999, 'from the future', 'x')`);
  const newer = await inspectPostgres(postgres.pool, { namespace });
  expect(() => assertFit(newer, { unsafe: true, namespace })).toThrow("9999");
});

test("a namespace that came from another server is refused unless told unsafe", async () => {
  const { namespace, postgres } = await openNamespace();
  await postgres.pool.query(`update ${postgres.schema}.namespace set system_identifier = 5`);
  const findings = await inspectPostgres(postgres.pool, { namespace });
  expect(() => assertFit(findings)).toThrow("system_identifier");
  expect(assertFit(findings, { unsafe: true })).toHaveLength(1);
});

test("the identity of the server tells its system and its timeline", async () => {
  const { postgres } = await openNamespace();
  const { systemIdentifier, timeline } = await identityOf(postgres.pool);
  expect(systemIdentifier).toBe(postgres.settings.systemIdentifier);
  expect(timeline).toBeGreaterThan(0);
});
