/** Migrations: many at once, refused where the schema is newer, was changed, or was created otherwise. */
import { expect, test } from "vitest";
import { StartupError } from "../../src/core/errors.ts";
import { knownVersion, migrate } from "../../src/postgres/migrate.ts";
import { openPostgres, schemaOf } from "../../src/postgres/pool.ts";
import { dropAfterTest, freshNamespace, openSession, postgresUrl } from "./namespace.ts";

async function refusal(task: Promise<unknown>): Promise<StartupError> {
  const error = await task.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(StartupError);
  return error as StartupError;
}

function namespaceForTest(): string {
  const namespace = freshNamespace();
  dropAfterTest(namespace);
  return namespace;
}

test("of six runners at once one applies and five find nothing to do", async () => {
  const namespace = namespaceForTest();
  const runs = await Promise.all(Array.from({ length: 6 }, () => migrate(postgresUrl(), { namespace })));
  const all = Array.from({ length: knownVersion() }, (_, i) => i + 1);
  expect(runs.filter(({ applied }) => applied.length === all.length)).toHaveLength(1);
  expect(runs.filter(({ applied }) => applied.length === 0)).toHaveLength(5);
  expect(new Set(runs.map(({ version }) => version))).toEqual(new Set([knownVersion()]));
});

test("a schema newer than this build is refused, with both versions named", async () => {
  const namespace = namespaceForTest();
  await migrate(postgresUrl(), { namespace });
  const session = await openSession();
  await session.query(`insert into ${schemaOf(namespace)}.migration values (9999, 'from the future', 'x')`);
  const { code, message } = await refusal(migrate(postgresUrl(), { namespace }));
  expect(code).toBe("SCHEMA_VERSION");
  expect(message).toContain("9999");
  expect(message).toContain(`up to ${knownVersion()}`);
});

test("a migration that changed after it was applied is refused", async () => {
  const namespace = namespaceForTest();
  await migrate(postgresUrl(), { namespace });
  const session = await openSession();
  await session.query(`update ${schemaOf(namespace)}.migration set checksum = 'another' where version = 1`);
  const { code, message } = await refusal(migrate(postgresUrl(), { namespace }));
  expect(code).toBe("SCHEMA_VERSION");
  expect(message).toContain("changed after");
});

test("partition count and horizon are fixed at creation; who wishes nothing gets what is there", async () => {
  const namespace = namespaceForTest();
  await migrate(postgresUrl(), { namespace, partitions: 8, horizonMs: 5_000 });
  expect(await migrate(postgresUrl(), { namespace })).toEqual({ applied: [], version: knownVersion() });
  expect((await refusal(migrate(postgresUrl(), { namespace, partitions: 16 }))).code).toBe("PARTITIONS_DIFFER");
  expect((await refusal(migrate(postgresUrl(), { namespace, horizonMs: 6_000 }))).code).toBe("HORIZON_DIFFERS");
  const postgres = await openPostgres(postgresUrl(), { namespace });
  expect(postgres.settings).toMatchObject({ partitions: 8, horizonMs: 5_000 });
  expect(postgres.settings.secret).toHaveLength(32);
  await postgres.close();
});

test("namespaces have schemas and secrets of their own", async () => {
  const [first, second] = [namespaceForTest(), namespaceForTest()];
  const secrets: string[] = [];
  for (const namespace of [first, second]) {
    await migrate(postgresUrl(), { namespace });
    const postgres = await openPostgres(postgresUrl(), { namespace });
    secrets.push(postgres.settings.secret.toString("hex"));
    await postgres.close();
  }
  expect(new Set(secrets).size).toBe(2);
});

test("a migration that fails leaves nothing behind and can run again", async () => {
  const namespace = namespaceForTest();
  const session = await openSession();
  await session.query(
    `create schema ${schemaOf(namespace)}; create table ${schemaOf(namespace)}.timers (in_the_way int)`,
  );
  await expect(migrate(postgresUrl(), { namespace })).rejects.toThrow("timers");
  const { rows } = await session.query("select to_regclass($1) as objects", [`${schemaOf(namespace)}.objects`]);
  expect(rows).toEqual([{ objects: null }]);
  await session.query(`drop table ${schemaOf(namespace)}.timers`);
  expect((await migrate(postgresUrl(), { namespace })).version).toBe(knownVersion());
});

test("a namespace that was never migrated cannot be opened, and says what to do", async () => {
  const { code, message } = await refusal(openPostgres(postgresUrl(), { namespace: freshNamespace() }));
  expect(code).toBe("SCHEMA_VERSION");
  expect(message).toContain("migrate");
});

test("a URL that is none is refused without showing it", async () => {
  const { code, message } = await refusal(openPostgres("secret-password@nowhere"));
  expect(code).toBe("DB_UNSUPPORTED");
  expect(message).not.toContain("secret");
});
