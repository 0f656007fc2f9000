import { expect, test } from "vitest";
import { PLANTS } from "./planted.ts";
import { simulate } from "./world.ts";

/** The seed that shows the planted design; undefined where all are clean. */
async function firstBadSeed(name: string): Promise<number | undefined> {
  const plant = PLANTS[name];
  for (let seed = 1; plant !== undefined && seed <= plant.within; seed++) {
    if ((await simulate(seed, { plant })).violations.length > 0) return seed;
  }
  return undefined;
}

test("at least a dozen wrong designs are planted", () => {
  expect(Object.values(PLANTS).filter((plant) => plant.isSafe !== true).length).toBeGreaterThanOrEqual(12);
});

for (const [name, { within, isSafe }] of Object.entries(PLANTS)) {
  const title =
    isSafe === true ? `'${name}' is safe: the row is the judge` : `'${name}' is found within ${within} seeds`;
  test(title, async () => {
    const seed = await firstBadSeed(name);
    if (isSafe === true) expect(seed).toBeUndefined();
    else expect(seed).toBeDefined();
  }, 240_000);
}
