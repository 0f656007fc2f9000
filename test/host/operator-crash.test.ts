/** The owner dies at any call of the store while it carries an order out: the order is carried out whole, and once. */
import { beforeEach, expect, test } from "vitest";
import type { OperatorVerb } from "../../src/core/wire.ts";
import { Kit } from "../../src/testing/index.ts";
import { doomed } from "./crash.ts";
import { by, held, hold, leg, reset, voyage, voyages, calls as world } from "./voyage.ts";

beforeEach(reset);

interface Case {
  readonly verb: Extract<OperatorVerb, "cancel" | "kill" | "pause">;
  readonly verdict: (kit: Kit) => Promise<void>;
}

const CASES: readonly Case[] = [
  {
    verb: "cancel",
    verdict: async (kit) => {
      expect(await kit.object(voyage, "a").get()).toMatchObject({ value: "compensated" });
      expect(await kit.object(leg, "a1").get()).toMatchObject({ value: "compensated" });
      const undone = [...new Set(world.filter((call) => call.startsWith("undo")))];
      expect(undone).toEqual(["undo meal", "undo seat", "undo visa"]);
    },
  },
  {
    verb: "kill",
    verdict: async (kit) => {
      for (const of of [kit.object(voyage, "a"), kit.object(leg, "a1")]) {
        expect(await of.get()).toMatchObject({ status: "stopped", killed: by });
      }
      expect(world.filter((call) => call.startsWith("undo"))).toEqual([]);
      const scope = { partitions: [...Array(8).keys()], names: ["leg", "voyage"] };
      expect(await kit.store.pendingInvocations(scope, 9)).toEqual([]);
      expect(await kit.store.pendingSends(scope, 9)).toEqual([]);
    },
  },
  {
    verb: "pause",
    verdict: async (kit) => {
      await expect(kit.object(voyage, "a").send({ type: "CANCEL" })).rejects.toMatchObject({ code: "OBJECT_PAUSED" });
      expect((await kit.client.list({ paused: true })).objects).toMatchObject([{ key: "a", paused: "ann: ticket 7" }]);
    },
  },
];
const KINDS = { cancel: "canceled", kill: "killed" } as const;

async function once(kit: Kit, verb: Case["verb"]): Promise<void> {
  const audit = (await kit.run(kit.client.audit({ object: "voyage" }))).map(({ verb: done, result }) => [done, result]);
  expect(audit).toEqual([[verb, expect.stringMatching(/^(done|unchanged)$/)]]);
  if (verb === "pause") return;
  for (const name of ["voyage", "leg"]) {
    const key = name === "leg" ? "a1" : "a";
    const kinds = (await kit.journal(name, key)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === KINDS[verb])).toHaveLength(1);
  }
}

test.each(CASES.flatMap((each) => (["before", "after"] as const).map((when) => ({ when, ...each }))))(
  "the owner dies at any call of the store, $when it is carried out: $verb is done whole, and once",
  { timeout: 60_000 },
  async ({ when, verb, verdict }) => {
    let steps = 0;
    let deaths = 0;
    for (let at = 0; at <= steps; at++) {
      reset();
      const kit = new Kit({ objects: voyages, seed: at + 1 });
      const first = await kit.host();
      hold("meal");
      await kit.object(voyage, "a").create({ leg: "a1" });
      await kit.settle();
      const { calls } = await doomed(kit, at, when);
      await first.stop();
      await kit.host();
      await kit.advance("1s");
      await kit.object(voyage, "a")[verb](by);
      held.clear();
      await kit.advance("10s");
      await once(kit, verb);
      await verdict(kit);
      steps = Math.min(36, Math.max(steps, calls()));
      if (calls() > at) deaths++;
    }
    expect(deaths).toBeGreaterThan(10);
  },
);
