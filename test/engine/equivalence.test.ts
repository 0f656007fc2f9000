/** The contract test for XState's internals: the engine and plain XState do the same, turn by turn. */
import { expect, test, vi } from "vitest";
import { DurableRun, makeScript, random, reference, tortureObject } from "./equivalence.ts";

const { STATOR_SCRIPTS } = process.env;
const SCRIPTS = Number(STATOR_SCRIPTS ?? 200);
vi.spyOn(console, "warn").mockReturnValue(); // plain XState warns about events to actors that have stopped

test(`${SCRIPTS} random scripts have the same trace on the engine and on plain XState`, {
  timeout: 120_000,
}, async () => {
  const torture = tortureObject();
  const total = { turns: 0, restores: 0, crashes: 0, entries: 0 };
  for (let seed = 1; seed <= SCRIPTS; seed++) {
    const script = makeScript(seed);
    const die = random(seed + 777);
    const run = new DurableRun(torture, { roundTrip: seed % 4 !== 0, crash: () => seed % 2 === 0 && die() < 0.2 });
    const expected = await reference(script);
    const actual = run.run(script);
    const at = expected.findIndex((line, i) => line !== actual[i]);
    const place = `script ${seed}, entry ${at < 0 ? expected.length : at}`;
    expect(`${place}: ${actual[at] ?? "end"}`).toBe(`${place}: ${expected[at] ?? "end"}`);
    expect(actual.length, place).toBe(expected.length);
    total.turns += run.figures.turns;
    total.restores += run.figures.restores;
    total.crashes += run.figures.crashes;
    total.entries += expected.length;
  }
  expect(total.crashes).toBeGreaterThan(SCRIPTS);
  expect(total.restores).toBeGreaterThan(SCRIPTS * 10);
});
