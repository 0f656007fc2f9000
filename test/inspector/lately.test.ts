/** Dwell and errors are told of stays whose both ends are known, and flow of the version that is drawn. */
import { expect, test } from "vitest";
import { tripObject } from "../../actors/sagas.ts";
import { trailText } from "../../src/core/trail.ts";
import { describe as describeObject } from "../../src/inspector/describe.ts";
import { latelyView } from "../../src/inspector/lately.ts";
import { Machine } from "../../src/inspector/machines.ts";
import type { MoveRow } from "../../src/ports/views.ts";

const trip = new Machine(describeObject(tripObject));
const [first = "", second = ""] = trip.model.states
  .filter(({ parent }) => parent === trip.root.id)
  .map(({ key }) => key);
const idOf = (key: string): string => `${trip.root.id}.${key}`;
const NOW = Date.parse("2026-01-01T12:00:00Z");
const HOUR = 3_600_000;

const turn = (
  key: string,
  revision: number,
  secondsAgo: number,
  state: string,
  more: Partial<MoveRow> = {},
): MoveRow => ({
  ...{ key, revision, value: JSON.stringify(state), isError: false, trail: "" },
  committedAt: new Date(NOW - secondsAgo * 1_000).toISOString(),
  ...more,
});
const viewOf = (rows: readonly MoveRow[]) => latelyView({ at: new Date(NOW).toISOString(), rows }, HOUR, trip);

test("a stay is as long as from its first turn to the turn that left it, and what goes on is none", () => {
  const rows = [1, 2, 3, 4].flatMap((n) => [
    turn(`k${n}`, 1, 100, first),
    turn(`k${n}`, 2, 99, first),
    turn(`k${n}`, 3, 100 - 10 * n, second),
  ]);
  expect(viewOf(rows).states).toEqual({ [idOf(first)]: { stays: 4, p50Ms: 20_000, p95Ms: 40_000, errors: 0 } });
});

test("a stay whose beginning is not among the turns is not counted as a short one", () => {
  expect(viewOf([turn("k", 7, 50, first), turn("k", 8, 49, second)]).states).toEqual({});
});

test("a stay that ended before the window is not counted, one that began before it is", () => {
  const rows = [
    turn("old", 1, 9_000, first),
    turn("old", 2, 3_700, second),
    turn("long", 1, 9_000, first),
    turn("long", 2, 1_000, second),
  ];
  expect(viewOf(rows).states).toEqual({ [idOf(first)]: { stays: 1, p50Ms: 8_000_000, p95Ms: 8_000_000, errors: 0 } });
});

test("only the stay that an error ended is counted as one", () => {
  const rows = [
    turn("k1", 1, 10, first),
    turn("k1", 2, 9, second, { isError: true }),
    turn("k2", 1, 10, first, { isError: true }),
    turn("k2", 2, 9, second),
  ];
  expect(viewOf(rows).states[idOf(first)]).toMatchObject({ stays: 2, errors: 1 });
});

test("a purged or foreign state ends no stay of another object, and takes no arrow of this chart", () => {
  const maker = (machine: string) => ({ machine, hostId: "host" });
  const taken = { taken: [0, 0, 1], guards: [] };
  const rows = [
    turn("k1", 1, 10, first, { trail: trailText(maker(trip.about.version), taken, [], undefined) }),
    turn("k2", 1, 10, "gone", { trail: trailText(maker("another"), taken, [], undefined) }),
    turn("k3", 1, 10, first, { value: "null" }),
  ];
  expect(viewOf(rows)).toMatchObject({ states: {}, flow: { 0: 2, 1: 1 }, objects: 3, turns: 3, isCut: false });
});
