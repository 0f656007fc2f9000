/** The live feed under a clock of its own: few hints however much happens, none lost, places found again. */
import { settle } from "stator/testing";
import { expect, test } from "vitest";
import type { Change } from "../../src/core/wire.ts";
import type { LiveEvent } from "../../src/inspector/api.ts";
import { LiveFeed } from "../../src/inspector/live.ts";
import { setting } from "../client/fake-host.ts";

function watching() {
  const made = setting();
  const feed = new LiveFeed(made.client);
  const tell = async (key: string, revision: number): Promise<void> => {
    const change = { object: "order", key, revision, messageId: "m", event: "PAY" } as unknown as Change;
    made.host.transport.publish(made.subjects.changed({ name: "order", key }), JSON.stringify(change));
    await settle();
  };
  const events: (readonly [id: string, event: LiveEvent])[] = [];
  return { ...made, feed, tell, events, note: (id: string, event: LiveEvent) => void events.push([id, event]) };
}

test("changes of one window are one hint, with the last turn of each object", async () => {
  const { feed, tell, events, note, clock } = watching();
  feed.watch({ name: "order" }, undefined, note);
  await tell("a", 1);
  await tell("a", 3);
  await tell("a", 2);
  await tell("b", 1);
  expect(events).toEqual([]);
  await clock.advance(100);
  const objects = [
    { name: "order", key: "a", turn: 3 },
    { name: "order", key: "b", turn: 1 },
  ];
  expect(events.map(([, event]) => event)).toEqual([{ kind: "changed", objects, names: ["order"], isCut: false }]);
  await clock.advance(1_000);
  expect(events).toHaveLength(1);
});

test("in a window of very many changes only the first few are taken, and the hint says that there were more", async () => {
  const { feed, tell, events, note, clock } = watching();
  feed.watch({}, undefined, note);
  for (let i = 1; i <= 50; i++) await tell(`k${i}`, 1);
  await clock.advance(100);
  const [, event] = events[0] ?? [];
  expect(event).toMatchObject({ kind: "changed", isCut: true });
  expect(event?.kind === "changed" && event.objects).toHaveLength(20);
  await tell("late", 9);
  await clock.advance(100);
  expect(events[1]?.[1]).toMatchObject({ isCut: false, objects: [{ key: "late", turn: 9 }] });
});

test("nobody listens to the hosts while nobody watches", async () => {
  const { feed, tell, events, note, clock } = watching();
  const watch = feed.watch({ name: "order" }, undefined, note);
  watch.close();
  await clock.advance(20_000);
  await tell("a", 1);
  await clock.advance(1_000);
  expect(events).toEqual([]);
});

test("who comes back in time gets what was missed, who comes back too late reads everything again", async () => {
  const { feed, tell, events, note, clock } = watching();
  const first = feed.watch({ name: "order" }, undefined, note);
  await tell("a", 1);
  await clock.advance(100);
  const [id = ""] = events[0] ?? [];
  first.close();
  await tell("b", 1);
  await clock.advance(100);
  const missed: LiveEvent[] = [];
  feed.watch({ name: "order" }, id, (_, event) => void missed.push(event)).close();
  expect(missed).toMatchObject([{ kind: "changed", objects: [{ key: "b" }] }]);
  await clock.advance(20_000);
  const late: LiveEvent[] = [];
  feed.watch({ name: "order" }, id, (_, event) => void late.push(event));
  expect(late).toEqual([{ kind: "resync" }]);
});
