/** Compensations that fail: for a while, and for good. Killed hosts change nothing of either. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NatsConnection } from "nats";
import { expect, inject, test } from "vitest";
import { heldAfter, type Witnessed } from "../../actors/sagas.ts";
import { scratchDir } from "../dev/scratch.ts";
import { eventually } from "../support/eventually.ts";
import { freshNamespace, type HostProcess, spawnSagaHosts } from "../support/host-process.ts";
import { say } from "../support/load.ts";
import { ask, Database, type RawReply, rawNats } from "../support/raw.ts";
import { type Finished, stator } from "./command.ts";

interface Scene {
  readonly nats: NatsConnection;
  readonly database: Database;
  readonly namespace: string;
  readonly spawn: () => Promise<HostProcess>;
  readonly to: (subject: string, body?: unknown) => Promise<RawReply>;
  readonly seen: () => readonly string[];
  readonly held: () => readonly string[];
  readonly stator: (...args: string[]) => Promise<Finished>;
}

async function openScene(): Promise<Scene> {
  const witnessFile = join(scratchDir(), "witness.ndjson");
  writeFileSync(witnessFile, "");
  const servers = { postgresUrl: inject("postgresUrl"), natsUrl: inject("natsUrl") };
  const namespace = freshNamespace("parked");
  const setup = { ...servers, witnessFile, partitions: 4, options: { leaseMs: 1_500 } };
  const nats = await rawNats(servers.natsUrl);
  const witnessed = (): Witnessed[] =>
    readFileSync(witnessFile, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Witnessed);
  const step = (stepKey: string): string => stepKey.slice(stepKey.lastIndexOf("/") + 1);
  return {
    nats,
    database: new Database(servers.postgresUrl, namespace),
    namespace,
    spawn: () => spawnSagaHosts({ ...setup, hosts: [{ namespace }] }),
    to: (subject, body) => ask(nats, `stator.${namespace}.${subject}`, body, {}, 1_000),
    seen: () => witnessed().map(({ kind, stepKey }) => `${kind} ${step(stepKey)}`),
    held: () => heldAfter(witnessed()).map(step),
    stator: (...args) => stator(args, { env: { NATS_URL: servers.natsUrl, STATOR_NAMESPACE: namespace } }),
  };
}

const subscribe = async ({ to }: Scene, key: string, items: readonly string[]): Promise<void> => {
  expect((await to(`create.streaming.${key}`, { userId: "u", items })).json).toMatchObject({ ok: true });
};
const untilGiven = async ({ to }: Scene, key: string, wanted: object): Promise<RawReply["json"]> =>
  eventually(
    async () => {
      const { json } = await to(`get.streaming.${key}`);
      expect(json).toMatchObject(wanted);
      return json;
    },
    { timeoutMs: 30_000 },
  );

test("a compensation that fails twenty times and then succeeds ends clean, across a kill", async () => {
  const scene = await openScene();
  const host = await scene.spawn();
  await subscribe(scene, "hulu", ["Arte", "Hulu", "Disney"]);
  await eventually(async () => {
    const rows = await scene.database.rows("select 1 from $schema.invocations where attempts >= 5");
    expect(rows.length).toBe(1);
  });
  await host.kill();
  const second = await scene.spawn();
  const { output, tags } = await untilGiven(scene, "hulu", { status: "done" });
  expect(tags).toEqual(["compensated"]);
  expect(output).toMatchObject({ status: "compensated", skipped: [], failure: { step: "subscription[2]" } });
  expect(output.compensated).toEqual(["subscription[2]", "subscription[1]", "subscription[0]", "payment"]);
  expect(scene.held()).toEqual([]);
  const undone = scene.seen().filter((call) => call.startsWith("undo"));
  expect(undone).toEqual(["undo subscription[2]", "undo subscription[1]", "undo subscription[0]", "undo payment"]);
  const { counters } = await second.stats();
  say("parked-saga, twenty failures", { afterKill: counters });
  expect(counters["invocation.failures"]).toBeGreaterThan(0);
});

test("a compensation that fails for good parks the saga in sight, and an operator's skip ends it with the reason", async () => {
  const scene = await openScene();
  const host = await scene.spawn();
  await subscribe(scene, "paramount", ["Arte", "Paramount", "Disney"]);
  const isParked = { status: "active", value: { undo_subscription: "parked" } };
  const parked = await untilGiven(scene, "paramount", isParked);
  expect(parked.tags).toContain("parked");
  expect(parked.context.parked).toMatchObject({ "subscription[1]": { message: "Paramount does not let go" } });
  await host.kill();
  await scene.spawn();
  await untilGiven(scene, "paramount", isParked);
  expect(scene.held()).toEqual(["payment", "subscription[0]", "subscription[1]"]);

  const listed = await scene.stator("ls", "--parked");
  expect(listed.out).toMatch(
    /^OBJECT .*\nstreaming\/paramount +undo_subscription.parked +active, parked: subscription\[1\]: Paramount does not let go/,
  );
  const reason = "they went out of business";
  const skipped = await scene.stator("skip", "streaming/paramount", "--by", "ana", "--reason", reason);
  expect(skipped).toMatchObject({ code: 0, out: "skip subscription[1]\n" });
  const { output } = await untilGiven(scene, "paramount", { status: "done" });
  expect(output).toMatchObject({
    status: "compensated",
    failure: { step: "subscription[2]", error: { code: "NOT_AVAILABLE" } },
    compensated: ["subscription[2]", "subscription[0]", "payment"],
    skipped: [{ step: "subscription[1]", reason, by: "ana" }],
  });
  expect(scene.held()).toEqual(["subscription[1]"]);
  expect((await scene.stator("journal", "streaming/paramount")).out).toContain(`skipped by ana: ${reason}`);
  const journal = await scene.database.rows(
    `select kind, event::jsonb ->> 'type' as type, event::jsonb ->> 'reason' as reason, event::jsonb ->> 'by' as by
       from $schema.journal where key = 'paramount' and kind = 'skipped'`,
  );
  expect(journal).toEqual([{ kind: "skipped", type: "SKIP", reason, by: "ana" }]);
  expect(await scene.stator("ls", "--parked")).toMatchObject({ code: 0, out: "", err: "no such object\n" });
  expect((await scene.stator("skip", "streaming/paramount", "--by", "ana", "--reason", reason)).err).toBe(
    "nothing of streaming/paramount is parked\n",
  );
});
