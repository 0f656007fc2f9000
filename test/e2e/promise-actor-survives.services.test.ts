import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { scratchDir } from "../dev/scratch.ts";
import type { Witness } from "../support/definitions.ts";
import { eventually } from "../support/eventually.ts";
import { freshNamespace, type HostProcess, spawnHost } from "../support/host-process.ts";
import { say } from "../support/load.ts";
import { ask, Database, type RawReply, rawNats } from "../support/raw.ts";

interface Scene {
  readonly database: Database;
  readonly witnesses: () => Witness[];
  readonly worker: HostProcess;
  readonly other: HostProcess;
  readonly ask: (to: string, body?: unknown) => Promise<RawReply>;
}

/** Two hosts, one of which has just begun to work on the payment of payer/p1. */
async function paying(workMs: number): Promise<Scene> {
  const namespace = freshNamespace("payer");
  const witnessFile = join(scratchDir(), "witness.ndjson");
  writeFileSync(witnessFile, "");
  const servers = { postgresUrl: inject("postgresUrl"), natsUrl: inject("natsUrl") };
  const setup = { ...servers, namespace, witnessFile, partitions: 16, options: { leaseMs: 1_500 } };
  const hosts = [await spawnHost(setup), await spawnHost(setup)];
  const nats = await rawNats(servers.natsUrl);
  const witnesses = (): Witness[] =>
    readFileSync(witnessFile, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Witness);
  const toObject: Scene["ask"] = (to, body) => ask(nats, `stator.${namespace}.${to}`, body, {}, 1_000);
  expect((await toObject("create.payer.p1", { workMs })).json.ok).toBe(true);
  expect((await toObject("send.payer.p1", { type: "PAY" })).json).toMatchObject({ ok: true, value: "paying" });
  const { pid } = await eventually(() => {
    const [first] = witnesses();
    if (first === undefined) throw new Error("nobody works yet");
    return first;
  });
  const worker = hosts.find((host) => host.pid === pid);
  const other = hosts.find((host) => host.pid !== pid);
  if (worker === undefined || other === undefined) throw new Error(`process ${pid} is none of the hosts`);
  return { database: new Database(servers.postgresUrl, namespace), witnesses, worker, other, ask: toObject };
}

/** The payment is done, by one result, on a history without a gap. */
async function expectPaidOnce({ ask, database }: Scene, by: HostProcess): Promise<void> {
  // asked again and again: the queue group may hand a request to a host that stands still
  const paid = await eventually(async () => {
    const reply = await ask("get.payer.p1");
    expect(reply.json.value).toBe("paid");
    return reply;
  });
  expect(paid.json).toMatchObject({ ok: true, value: "paid", revision: 3, context: { receipts: [`${by.pid}`] } });
  const journal = await database.rows<{ revision: string; kind: string }>(
    "select revision::text, kind from $schema.journal where name = 'payer' order by revision",
  );
  expect(journal).toEqual([
    { revision: "1", kind: "create" },
    { revision: "2", kind: "event" },
    { revision: "3", kind: "result" },
  ]);
  expect(await database.rows("select id from $schema.invocations")).toEqual([]);
}

test("a promise actor whose host is killed runs again elsewhere under the same idempotency key", async () => {
  const scene = await paying(1_500);
  await scene.worker.kill();
  const killedMs = performance.now();
  await expectPaidOnce(scene, scene.other);

  const begun = scene.witnesses().filter(({ phase }) => phase === "begin");
  expect(begun.map(({ pid }) => pid)).toEqual([scene.worker.pid, scene.other.pid]);
  expect(new Set(begun.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  expect(scene.witnesses().filter(({ phase }) => phase === "end")).toMatchObject([{ pid: scene.other.pid }]);
  const { counters } = await scene.other.stats();
  say("promise-actor killed", { recoveredMs: Math.round(performance.now() - killedMs), counters });
  expect(counters["invocation.resumed"]).toBe(1);
});

test("a host paused past its lease finishes its promise actor too, and its result is not taken", async () => {
  const scene = await paying(1_500);
  scene.worker.pause();
  await expectPaidOnce(scene, scene.other);
  scene.worker.resume();

  await eventually(() => {
    const ended = scene.witnesses().filter(({ phase }) => phase === "end");
    expect(ended.map(({ pid }) => pid).sort()).toEqual([scene.worker.pid, scene.other.pid].sort());
  });
  expect(new Set(scene.witnesses().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  await eventually(async () => expect((await scene.worker.stats()).counters["invocation.attempts"]).toBe(1));
  await expectPaidOnce(scene, scene.other);
  const [one, two] = [await scene.worker.stats(), await scene.other.stats()];
  say("promise-actor paused", { paused: one.counters, other: two.counters });
});
