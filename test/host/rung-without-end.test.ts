/** The doorbell says that partitions are free. However often it rings, a host goes on giving away what is others'. */
import { expect, test } from "vitest";
import { Subjects } from "../../src/core/subjects.ts";
import { createKit } from "../../src/testing/index.ts";
import { counter } from "./rig.ts";

test("a doorbell that rings all the time does not keep partitions from moving, nor hurries them", async () => {
  const kit = await createKit({ objects: [counter], partitions: 64, options: { maxMoves: 8 } });
  const second = await kit.host();
  const bell = kit.broker.connect({ name: "bell" });
  const ring = async (forMs: number): Promise<void> => {
    for (let passed = 0; passed < forMs; passed += 100) {
      bell.publish(new Subjects("default").admin("leases"), "");
      await kit.advance(100);
    }
  };
  await ring(1_500);
  expect(second.runtime.partitions.length).toBeLessThanOrEqual(16);
  await ring(4_500);
  expect(second.runtime.partitions.length).toBeGreaterThan(20);
});
