/** What operators do, by the command line and by a plain NATS client: the same verbs, the same answers, one audit. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { heldAfter, type Witnessed } from "../../actors/sagas.ts";
import { scratchDir } from "../dev/scratch.ts";
import { eventually } from "../support/eventually.ts";
import { freshNamespace, spawnSagaHosts } from "../support/host-process.ts";
import { ask, Database, rawNats } from "../support/raw.ts";
import { stator } from "./command.ts";

const PATIENCE = { timeoutMs: 30_000, everyMs: 40 };

async function openScene() {
  const witnessFile = join(scratchDir(), "witness.ndjson");
  writeFileSync(witnessFile, "");
  const servers = { postgresUrl: inject("postgresUrl"), natsUrl: inject("natsUrl") };
  const namespace = freshNamespace("operators");
  const setup = { ...servers, witnessFile, partitions: 4, options: { leaseMs: 1_500 } };
  const nats = await rawNats(servers.natsUrl);
  const env = { NATS_URL: servers.natsUrl, STATOR_NAMESPACE: namespace, USER: "ana" };
  const seen = (key: string): Witnessed[] =>
    readFileSync(witnessFile, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Witnessed)
      .filter(({ stepKey }) => stepKey.startsWith(`streaming/${key}/`));
  const step = (stepKey: string): string => stepKey.slice(stepKey.lastIndexOf("/") + 1);
  return {
    database: new Database(servers.postgresUrl, namespace),
    spawn: () => spawnSagaHosts({ ...setup, hosts: [{ namespace }] }),
    to: async (subject: string, body?: unknown) =>
      (await ask(nats, `stator.${namespace}.${subject}`, body, {}, 5_000)).json,
    stator: (...args: string[]) => stator(args, { env }),
    held: (key: string) => heldAfter(seen(key)).map(step),
    undone: (key: string) =>
      seen(key)
        .filter(({ kind }) => kind === "undo")
        .map(({ stepKey }) => step(stepKey)),
  };
}
type Scene = Awaited<ReturnType<typeof openScene>>;

/** Netflix never answers: the saga runs until somebody ends it. */
async function running({ to }: Scene, key: string): Promise<void> {
  await to(`create.streaming.${key}`, { userId: "u", items: ["Arte", "Netflix"] });
  await eventually(async () => {
    const { context } = await to(`get.streaming.${key}`);
    expect(context).toMatchObject({ completed: ["payment", "subscription[0]"], uncertain: ["subscription[1]"] });
  }, PATIENCE);
}
const signed = { by: "ana", reason: "ticket 7" };
const reason = ["--reason", signed.reason];

test("cancel: rolled back once, whoever asks how often", async () => {
  const scene = await openScene();
  const host = await scene.spawn();
  await running(scene, "a");
  const first = await scene.stator("cancel", "streaming/a", ...reason, "-o", "json");
  expect(JSON.parse(first.out)).toMatchObject({ ok: true, verb: "cancel", changed: true, waitsFor: [] });
  await host.kill(); // in the middle of the roll back
  await scene.spawn();
  await eventually(async () => {
    expect(await scene.to("get.streaming.a")).toMatchObject({ status: "done", tags: ["compensated"] });
  }, PATIENCE);
  expect(new Set(scene.undone("a"))).toEqual(new Set(["subscription[1]", "subscription[0]", "payment"]));
  expect(scene.held("a")).toEqual([]);
  const again = await scene.to("admin.cancel", { object: "streaming", key: "a", ...signed });
  expect(again).toMatchObject({ ok: true, changed: false, status: "done" });
  expect(await scene.stator("cancel", "streaming/a", ...reason)).toMatchObject({
    code: 0,
    out: "",
    err: "streaming/a had ended with status done in 'compensated' (compensated); nothing was changed\n",
  });
  const rows = await scene.database.rows(
    "select event::jsonb as event from $schema.journal where key = 'a' and kind = 'canceled'",
  );
  expect(rows).toEqual([{ event: { type: "CANCEL", ...signed } }]);
});

test("kill: asks before, says what stands, stops at once and for good", async () => {
  const scene = await openScene();
  const host = await scene.spawn();
  await running(scene, "k");
  const consequence =
    "streaming/k stops and compensates nothing; done and left as it is: payment, subscription[0]; may have happened: subscription[1]";
  expect(await scene.stator("kill", "streaming/k", ...reason)).toMatchObject({
    code: 2,
    out: "",
    err: `stator: ${consequence}. Add --yes to do it\n`,
  });
  expect(await scene.to("get.streaming.k")).toMatchObject({ status: "active" });
  expect(await scene.stator("kill", "streaming/k", ...reason, "--yes")).toMatchObject({
    code: 0,
    out: `${consequence}\n`,
  });
  await host.kill();
  await scene.spawn();
  await eventually(async () => {
    expect(await scene.to("get.streaming.k")).toMatchObject({ status: "stopped", killed: signed });
  }, PATIENCE);
  expect(await scene.to("admin.kill", { object: "streaming", key: "k", ...signed })).toMatchObject({ changed: false });
  expect(await scene.to("send.streaming.k", { type: "CANCEL" })).toMatchObject({ error: { code: "OBJECT_DONE" } });
  expect(scene.undone("k")).toEqual([]);
  expect((await scene.stator("ls", "streaming")).out).toMatch(
    /streaming\/k +do_subscription.running +stopped \(killed\)/,
  );
  expect((await scene.stator("journal", "streaming/k")).out).toContain("killed by ana: ticket 7");
  const [left] = await scene.database.rows("select (select count(*)::int from $schema.invocations) as n");
  expect(left).toEqual({ n: 0 });
});

test("purge: asks before, empties what has ended, and everybody hears that it is gone, across a kill of the host", async () => {
  const scene = await openScene();
  const host = await scene.spawn();
  await running(scene, "z");
  const purge = ["purge", "streaming/z", ...reason];
  expect(await scene.stator(...purge, "--yes")).toMatchObject({
    code: 4,
    err: expect.stringContaining("kill it first"),
  });
  expect(await scene.stator("kill", "streaming/z", ...reason, "--yes")).toMatchObject({ code: 0 });
  expect(await scene.stator(...purge)).toMatchObject({
    code: 2,
    err: "stator: streaming/z is cleared for good: its state and all that its journal tells. Add --yes to do it\n",
  });
  expect(await scene.stator(...purge, "--yes")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^streaming\/z is purged: /),
  });
  await host.kill();
  await scene.spawn();
  await eventually(async () => {
    expect(await scene.to("get.streaming.z")).toMatchObject({ error: { code: "GONE" } });
  }, PATIENCE);
  expect(await scene.stator("get", "streaming/z")).toMatchObject({ code: 3, err: expect.stringContaining("ticket 7") });
  expect((await scene.stator("ls", "streaming")).out).toBe("");
  expect((await scene.stator("ls", "--status", "purged")).out).toMatch(/streaming\/z .*purged/);
  const again = await scene.to("admin.purge", { object: "streaming", key: "z", ...signed });
  expect(again).toMatchObject({ ok: true, changed: false, status: "purged" });
  const left = await scene.database.rows(
    "select count(*)::int as n, (select count(*)::int from $schema.states) as states from $schema.journal where event like '%Netflix%' or view like '%Netflix%'",
  );
  expect(left).toEqual([{ n: 0, states: 0 }]);
});

test("pause and resume: across a kill of the host, and every order is in the audit", async () => {
  const scene = await openScene();
  const host = await scene.spawn();
  await running(scene, "p");
  const order = { object: "streaming", key: "p", ...signed };
  expect(await scene.to("admin.pause", order)).toMatchObject({ ok: true, changed: true });
  await host.kill();
  await scene.spawn();
  await eventually(async () => {
    expect(await scene.to("send.streaming.p", { type: "CANCEL" })).toMatchObject({ error: { code: "OBJECT_PAUSED" } });
  }, PATIENCE);
  expect((await scene.stator("ls", "--paused")).out).toMatch(/streaming\/p +\S+ +active, paused by ana: ticket 7/);
  expect((await scene.stator("ls", "--parked")).out).toBe("");
  expect(await scene.stator("cancel", "streaming/p", ...reason)).toMatchObject({ code: 4, out: "" });
  expect(await scene.stator("resume", "streaming/p", ...reason)).toMatchObject({ code: 0 });
  expect(await scene.to("admin.cancel", order)).toMatchObject({ ok: true, changed: true });
  const { entries } = await scene.to("admin.audit", { object: "streaming", key: "p" });
  expect(entries).toMatchObject([
    { verb: "cancel", result: "done", before: { status: "active" }, ...signed },
    { verb: "resume", result: "done", before: { paused: "ana: ticket 7" } },
    { verb: "cancel", result: "OBJECT_PAUSED" },
    { verb: "pause", result: "done", after: { paused: "ana: ticket 7" } },
  ]);
  const lines = (await scene.stator("audit", "streaming/p", "--limit", "2")).out.split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[1]).toMatch(/ana +cancel +streaming\/p +done/);
  expect(await scene.to("admin.pause", { ...order, reason: "" })).toMatchObject({ error: { code: "INVALID_REQUEST" } });
  expect(await scene.to("admin.pause", { ...order, key: "none" })).toMatchObject({ error: { code: "NOT_CREATED" } });
});
