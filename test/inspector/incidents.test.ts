/** Rows that wait, grouped by what they wait for: objects of one cause are one line, whatever ids stand in their errors. */
import { expect, test } from "vitest";
import { parkedText } from "../../src/core/parking.ts";
import { incidentsOf } from "../../src/inspector/incidents.ts";
import type { Waiting } from "../../src/ports/views.ts";

const AT = "2026-01-01T12:00:00.000Z";
const address = (key: string) => ({ name: "trip", key });
const object = (key: string, parked: string | undefined, failure?: string) => ({
  ...{ address: address(key), version: "7", value: { undo: "parked" }, since: AT, parked, failure },
});
const parkedBy = (message: string, since: string) =>
  parkedText({
    ...{ reason: `promise actor 'cancelHotel' failed 8 times: ${message}`, since, kind: "invocation", attempts: 8 },
    event: { name: "Error", message, code: "504" },
  });

const waiting: Waiting = {
  at: AT,
  parked: [
    object("a", parkedBy("no answer for order 17", "2026-01-01T11:22:00.000Z")),
    object("b", parkedBy("no answer for order 4", "2026-01-01T11:40:00.000Z")),
    object("c", undefined, JSON.stringify({ failure: null, parked: { "hotel[2]": { name: "Error", message: "no" } } })),
    object("d", "a reason without a record"),
    object(
      "e",
      parkedText({ reason: "m-1 failed 20 times: total is NaN", since: AT, kind: "event", event: { type: "PAY" } }),
    ),
  ],
  outgoing: [
    {
      address: address("f"),
      kind: "send",
      target: "account/x",
      parked: parkedText({ reason: "no receiver", since: AT }),
    },
  ],
  retrying: ["g", "h"].map((key, i) => ({
    ...{ address: address(key), version: "7", value: "do_flight", actor: "flight", attempts: 3 },
    nextAt: `2026-01-01T12:00:0${i}.000Z`,
    lastError: JSON.stringify({ name: "Error", message: `HTTP 50${i}` }),
  })),
};

test("incidents say cause, error, age and whom they concern; what needs somebody comes first", () => {
  const incidents = incidentsOf(waiting);
  expect(incidents.map(({ kind, cause, error, count }) => [kind, cause, error, count])).toEqual([
    ["parked", "cancelHotel", "504: no answer for order 17", 2],
    ["parked", "undo of hotel[2]", "no", 1],
    ["parked", "the object itself", "a reason without a record", 1],
    ["parked", "PAY", "total is NaN", 1],
    ["outgoing", "send to account", "no receiver", 1],
    ["retrying", "flight", "HTTP 500", 2],
  ]);
  expect(incidents[0]).toMatchObject({
    since: "2026-01-01T11:22:00.000Z",
    lastAt: "2026-01-01T11:40:00.000Z",
    state: "undo › parked",
    objects: ["trip/a", "trip/b"],
  });
  expect(incidents.at(-1)).toMatchObject({ nextAt: "2026-01-01T12:00:00.000Z", objects: ["trip/g", "trip/h"] });
  expect(incidentsOf(waiting).map(({ id }) => id)).toEqual(incidents.map(({ id }) => id));
});
