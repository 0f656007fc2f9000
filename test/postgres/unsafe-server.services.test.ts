/** A server that can lose what it has acknowledged: a host does not start on it unless told to, and says why. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createHost } from "../../src/compose.ts";
import { type DevStack, startDevStack } from "../../src/dev/stack.ts";
import { type Logger, silentLogger } from "../../src/ports/telemetry.ts";
import { layCluster } from "../support/cluster.ts";
import { counter } from "../support/definitions.ts";
import { eventually } from "../support/eventually.ts";
import { freshNamespace } from "./namespace.ts";

let stack: DevStack;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "stator-unsafe-"));
  chmodSync(folder, 0o755); // as root, Postgres runs as a user who must be able to walk in
  layCluster(inject("clusterDir"), folder);
  stack = await startDevStack({ dataDir: folder, natsUrl: inject("natsUrl"), say: () => undefined });
});

afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** For the whole server, as an administrator would; undefined puts it back. Resolves when new sessions have it. */
async function configure(name: string, value: string | undefined): Promise<void> {
  const admin = new pg.Client(stack.postgresUrl);
  await admin.connect();
  try {
    await admin.query(value === undefined ? `alter system reset ${name}` : `alter system set ${name} = '${value}'`);
    await admin.query("select pg_reload_conf()");
    await eventually(async () => {
      const { rows } = await admin.query<{ value: string }>("select current_setting($1) as value", [name]);
      expect(rows[0]?.value).toBe(value ?? "on");
    });
  } finally {
    await admin.end();
  }
}

const hostOn = (unsafe: boolean, logger: Logger = silentLogger) =>
  createHost({
    objects: [counter],
    postgres: stack.postgresUrl,
    nats: stack.natsUrl,
    namespace: freshNamespace(),
    unsafe,
    logger,
  });

test.each(["fsync", "full_page_writes", "synchronous_commit"])(
  "with %s off a host refuses to start and names it; told unsafe it starts and warns",
  async (name) => {
    await configure(name, "off");
    try {
      const refused = hostOn(false).start();
      await expect(refused).rejects.toMatchObject({
        code: "DB_UNSAFE",
        message: expect.stringContaining(`${name} = off`),
      });
      const warnings: unknown[] = [];
      const warn = (fields: object): void => void warnings.push(fields);
      const host = await hostOn(true, { ...silentLogger, warn }).start();
      await host.stop();
      expect(warnings).toContainEqual(expect.objectContaining({ name, value: "off" }));
    } finally {
      await configure(name, undefined);
    }
  },
);

test("with all of them on it starts", async () => {
  const host = await hostOn(false).start();
  expect(host.id).not.toBe("");
  await host.stop();
});
