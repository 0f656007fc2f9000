/** What no standby has is not acknowledged, whoever asks, and however it came to be visible. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectClient } from "stator/client";
import { expect, inject, onTestFinished, test } from "vitest";
import { createHost } from "../../src/compose.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { layCluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { chaosObjects } from "./objects.ts";
import { askPostgres } from "./postmaster.ts";
import { Servers } from "./servers.ts";

const NAMESPACE = "standby";
const NOTHING = { add: async () => undefined, deliver: async () => undefined, work: async () => ({ receipt: "" }) };

/** A host with a long lease, on servers of its own. */
async function openRig() {
  const folder = mkdtempSync(join(tmpdir(), "stator-standby-"));
  chmodSync(folder, 0o755);
  layCluster(inject("clusterDir"), folder);
  const servers = await Servers.start(folder, () => undefined);
  const { postgresUrl: postgres, natsUrl: nats, postgresPort } = servers;
  await migrate(postgres, { namespace: NAMESPACE, partitions: 4 });
  const options = { leaseMs: 60_000 };
  const host = createHost({ postgres, nats, namespace: NAMESPACE, options, objects: chaosObjects(NOTHING, "1") });
  await host.start();
  const client = await connectClient({ nats, namespace: NAMESPACE });
  const sql = <T>(text: string): Promise<T[]> => askPostgres<T>(postgresPort, text);
  const waitFor = async (standby: string): Promise<void> => {
    await sql(`alter system set synchronous_standby_names = '${standby}'`);
    await sql("select pg_reload_conf()");
  };
  onTestFinished(async () => {
    await waitFor("").catch(() => undefined);
    await client.close();
    await host.stop();
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const add = (amount: number, messageId: string, timeoutMs: number) =>
    client.object("counter", "c").send({ type: "ADD", amount }, { messageId, timeoutMs });
  const hangs = (): Promise<unknown> =>
    eventually(async () => {
      const waiting = await sql(
        "select 1 from pg_stat_activity where wait_event = 'SyncRep' and query like '%commit_turns%'",
      );
      expect(waiting.length).toBeGreaterThan(0);
    });
  return { servers, client, sql, waitFor, add, hangs };
}

test("a turn that the old primary kept to itself is not acknowledged when the old primary comes back", async () => {
  const { servers, client, waitFor, add, hangs } = await openRig();
  await add(1, "first", 5_000);
  await waitFor("nobody");
  const lost = add(10, "second", 2_000).catch((cause: unknown) => cause);
  await hangs();
  expect(await lost).toBeInstanceOf(Error);
  await servers.breakPostgres("kill", 0);

  await expect(add(10, "second", 6_000)).rejects.toThrow();
  await expect(client.object("counter", "c").get({ timeoutMs: 3_000 })).rejects.toThrow();
  await waitFor("");
  const receipt = await eventually(() => add(10, "second", 5_000), { timeoutMs: 60_000 });
  expect(receipt.revision).toBe(2);
}, 120_000);

test("a turn whose wait for the standby was canceled is not acknowledged", async () => {
  const { sql, waitFor, add, hangs } = await openRig();
  await add(1, "first", 5_000);
  await waitFor("nobody");
  const sent = add(10, "second", 5_000);
  sent.catch(() => undefined);
  await hangs();
  await sql("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");

  await expect(sent).rejects.toThrow();
  await waitFor("");
  const receipt = await eventually(() => add(10, "second", 5_000), { timeoutMs: 60_000 });
  expect(receipt.revision).toBe(2);
}, 120_000);

test("an order whose wait for the standby was canceled is not acknowledged, and can be given again", async () => {
  const { client, sql, waitFor, add } = await openRig();
  await add(1, "first", 5_000);
  await waitFor("nobody");
  const order = { by: "ada", reason: "the books are open", orderId: "hold" };
  const counter = client.object("counter", "c");
  let isSettled = false;
  const ordered = counter.pause(order).finally(() => {
    isSettled = true;
  });
  ordered.catch(() => undefined);
  const cancelWaits = async (): Promise<void> => {
    await sql("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");
    expect(isSettled).toBe(true); // the client tries again until its time is up
  };
  await eventually(cancelWaits, { timeoutMs: 60_000 });

  await expect(ordered).rejects.toThrow();
  await waitFor("");
  await eventually(() => counter.pause(order), { timeoutMs: 60_000 });
  await expect(add(10, "second", 5_000)).rejects.toMatchObject({ code: "OBJECT_PAUSED" });
}, 120_000);
