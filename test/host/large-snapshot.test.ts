/** A snapshot above half of the limit is warned of once; one above the limit is refused and changes nothing. */
import { defineMachine, defineObject } from "stator/define";
import { expect, test } from "vitest";
import { assign } from "xstate";
import { z } from "zod";
import { silentLogger } from "../../src/ports/telemetry.ts";
import { createKit } from "../../src/testing/index.ts";

const heap = defineObject({
  name: "heap",
  machine: defineMachine({ context: z.object({ text: z.string() }), events: { GROW: z.object({ by: z.number() }) } })
    .setup({})
    .createMachine({
      id: "heap",
      context: { text: "" },
      on: { GROW: { actions: assign({ text: ({ context, event }) => context.text + "x".repeat(event.by) }) } },
    }),
  expose: () => null,
});

test("half of the limit is a warning, the limit a refusal", async () => {
  const warnings: object[] = [];
  const log = { ...silentLogger, warn: (fields: object) => void warnings.push(fields) };
  const kit = await createKit({ objects: [heap], log });
  const h = kit.object(heap, "h");
  await h.send({ type: "GROW", by: 400_000 });
  expect(warnings).toEqual([]);
  await h.send({ type: "GROW", by: 200_000 });
  await h.send({ type: "GROW", by: 200_000 });
  expect(warnings).toMatchObject([{ object: "heap", key: "h", limit: 1_048_576 }]);
  await expect(h.send({ type: "GROW", by: 400_000 })).rejects.toMatchObject({ code: "TOO_LARGE" });
  expect(await h.get()).toMatchObject({ revision: 3 });
});
