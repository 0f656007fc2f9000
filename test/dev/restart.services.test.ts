import { connect } from "nats";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { isGone, scratchData, startScratchStack } from "./scratch.ts";
import { query } from "./stack-report.ts";

test("Postgres crashes and comes back on the same port with what was committed", async () => {
  const stack = await startScratchStack({ dataDir: scratchData() });
  const url = stack.postgresUrl;
  await query(url, "create table kept (n int)");
  for (const [n, mode] of (["immediate", "kill"] as const).entries()) {
    const { postgres = 0 } = stack.pids;
    await query(url, `insert into kept values (${n})`);
    await stack.restartPostgres(mode);

    expect(await isGone(postgres)).toBe(true);
    expect(stack.postgresUrl).toBe(url);
    expect(await query(url, "select count(*)::int as n from kept")).toEqual([{ n: n + 1 }]);
  }
});

test("a backend in the middle of a statement dies with its Postgres", async () => {
  const stack = await startScratchStack({ dataDir: scratchData() });
  const busy = query(stack.postgresUrl, "select pg_backend_pid(), count(*) from generate_series(1, 1e12::bigint)");
  const outcome = expect(busy).rejects.toThrow();
  const working =
    "select 1 as one from pg_stat_activity where state = 'active' and query like '%generate_series%' and pid <> pg_backend_pid()";
  await eventually(async () => expect(await query(stack.postgresUrl, working)).toEqual([{ one: 1 }]));
  await stack.restartPostgres("kill");

  await outcome;
  expect(await query(stack.postgresUrl, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("NATS crashes and comes back on the same port", async () => {
  const stack = await startScratchStack({ dataDir: scratchData() });
  const { nats = 0 } = stack.pids;
  await stack.restartNats("kill");

  expect(await isGone(nats)).toBe(true);
  const connection = await connect({ servers: stack.natsUrl, reconnect: false });
  await connection.close();
});

test("a stop during a restart stops what was restarted", async () => {
  const stack = await startScratchStack({ dataDir: scratchData() });
  const restarting = stack.restartPostgres("kill");
  await stack.stop();
  await restarting;

  expect(stack.pids).toEqual({});
  await expect(query(stack.postgresUrl, "select 1")).rejects.toThrow("ECONNREFUSED");
});

test("a server that dies by itself is said", async () => {
  const lines: string[] = [];
  const stack = await startScratchStack({ dataDir: scratchData() }, lines);
  const { nats = 0 } = stack.pids;
  process.kill(nats, "SIGKILL");

  await expect.poll(() => lines.at(-1)).toContain(`nats (pid ${nats}) ended with signal SIGKILL`);
});
