/** An object through time: each turn shows what was then, the last one what is now, and a long past costs no more. */
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Rig, rig } from "./rig.ts";

async function undone(under: Rig): Promise<{ readonly name: string; readonly key: string }> {
  const address = { name: "trip", key: "t1" };
  await under.client.object("trip", "t1").create({ traveler: "ann", to: "Nowhere" });
  await under.client.object("trip", "t1").waitFor({ status: "done" });
  return address;
}

test("each turn of a saga that was undone shows the state, the path, the timers and the lanes of that turn", async () => {
  const under = await rig();
  const address = await undone(under);
  const last = await under.inspector.object(address);
  expect(last).toMatchObject({ condition: "canceled", isLive: true, turn: 8, lastTurn: 8, saga: { held: [] } });
  expect(last.verdict).toMatch(/^Undone \d+ s ago\. car failed: SOLD_OUT: .* Nothing is held\.$/);

  const booking = await under.inspector.object(address, 3);
  expect(booking).toMatchObject({ state: "do_hotel", isLive: false, turn: 3, lastTurn: 8, accepts: ["CANCEL"] });
  expect(booking.timers.map(({ label }) => label)).toEqual(["after timeout:hotel 30s"]);
  expect(booking.invocations.map(({ actor }) => actor)).toEqual(["hotel"]);
  expect(booking.saga?.held).toEqual(["flight", "maybe hotel"]);
  expect(booking.overlay.path.map(({ turn }) => turn)).toEqual([1, 2, 3]);
  expect(booking.overlay.active).toEqual(["trip", "trip.do_hotel"]);

  const undoing = await under.inspector.object(address, 6);
  expect(undoing).toMatchObject({ condition: "compensating", state: "undo_hotel › running" });
  const lanes = undoing.saga?.lanes.map(({ step, forward, undo }) => `${step} ${forward} ${undo}`);
  expect(lanes).toContain("flight done waiting");
  expect(lanes).toContain("hotel done running");
  expect(lanes).toContain("car failed done");
  await expect(under.inspector.object(address, 9)).rejects.toMatchObject({ code: "INVALID_REQUEST" });
});

test("the journal is paged both ways without a gap, and says what each turn changed", async () => {
  const under = await rig();
  const address = await undone(under);
  const seen: number[] = [];
  for (let before: number | null | undefined; before !== null; ) {
    const page = await under.inspector.journal(address, before === undefined ? {} : { before }, 3);
    seen.push(...page.rows.map(({ turn }) => turn));
    before = page.before;
  }
  expect(seen).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  const { rows } = await under.inspector.journal(address, { after: 4 }, 2);
  expect(rows.map(({ turn, label, from, to }) => [turn, label, from, to])).toEqual([
    [6, "undo:car done", "undo_car › running", "undo_hotel › running"],
    [5, "car error", "do_car", "undo_car › running"],
  ]);
  expect(rows[1]?.diff.map(({ path }) => path)).toContain("failure");
  const [, first] = (await under.inspector.journal(address, { before: 3 }, 5)).rows;
  expect(first).toMatchObject({ turn: 1, label: "created", from: undefined, to: "do_visa" });
});

test("of a past of 20,000 turns a page is read, never all of it", async () => {
  const under = await rig();
  await under.client.object("counter", "c1").send({ type: "ADD", amount: 1 });
  await under.sql(
    `insert into $schema.journal (partition, name, key, revision, message_id, hash, kind, event, view, history, epoch,
                                  committed_at, trail)
     select partition, name, key, i, 'm' || i, '', 'event', '{"type":"ADD","amount":1}',
            '{"status":"active","value":"counting","tags":[],"context":{"count":' || i || '},"output":null}', '', 1,
            now(), '{"m":"1","h":"x","t":[0]}'
       from $schema.objects, generate_series(2, 20000) i where key = 'c1'`,
  );
  await under.sql("update $schema.objects set revision = 20000 where key = 'c1'");
  const address = { name: "counter", key: "c1" };
  const now = await under.inspector.object(address);
  expect(now).toMatchObject({ turn: 20_000, pathFrom: 19_500, context: { count: 20_000 } });
  expect(now.overlay.path).toHaveLength(500);
  expect(await under.inspector.object(address, 9_000)).toMatchObject({ turn: 9_000, context: { count: 9_000 } });
  const { rows, before } = await under.inspector.journal(address, {}, 200);
  expect([rows.length, rows[0]?.turn, before]).toEqual([200, 20_000, 19_801]);
  expect(JSON.stringify(now).length + JSON.stringify(rows).length).toBeLessThan(200_000);
});

test("each verb says before what it would do: what stays after a kill, what a cancel undoes, and why one is not offered", async () => {
  const under = await rig();
  const object = under.client.object("streaming", "s1");
  await object.create({ userId: "u", items: ["Netflix"] });
  const said = async (): Promise<Record<string, string>> => {
    const { verbs } = await under.inspector.consequences({ name: "streaming", key: "s1" });
    return Object.fromEntries(
      verbs.map(({ verb, isOffered, consequence }) => [verb, `${isOffered ? "+" : "-"} ${consequence}`]),
    );
  };
  await eventually(async () => {
    expect(await said()).toMatchObject({
      kill: "+ Stops now. No compensation runs: payment and maybe subscription[0] stay done. Drops 1 running.",
      cancel: "+ Sends CANCEL. The streaming undoes payment and maybe subscription[0], then ends.",
      retry: "+ Makes the next attempt now. If it fails too, it counts, and the wait for the one after it begins.",
      skip: "- Nothing of it is parked.",
      resume: "- It is not paused.",
    });
  });
  await object.kill({ by: "ann", reason: "test" });
  expect(await said()).toMatchObject({ kill: "- It has ended.", cancel: "- It has ended.", pause: "- It has ended." });
  const { verdict, condition } = await under.inspector.object({ name: "streaming", key: "s1" });
  expect(condition).toBe("killed");
  expect(verdict).toMatch(
    /^Killed \d+ s ago by ann: test\. Nothing was undone: payment and maybe subscription\[0\] stay done\.$/,
  );
});

test("objects that send to each other are linked both ways", async () => {
  const under = await rig();
  for (const key of ["a", "b"]) await under.client.object("account", key).create({ balance: 100 });
  const transfer = under.client.object("transfer", "t1");
  await transfer.create({ from: "a", to: "b", amount: 10 });
  await transfer.waitFor({ status: "done" });
  const ofTransfer = await under.inspector.object({ name: "transfer", key: "t1" });
  const others = (what: string): string[] =>
    ofTransfer.links
      .filter((link) => link.what === what)
      .map(({ object }) => object)
      .sort();
  expect(others("sent to")).toEqual(["account/a", "account/b"]);
  expect(others("caused by")).toEqual(["account/a", "account/b"]);
  const { links } = await under.inspector.object({ name: "account", key: "a" });
  expect(links.map(({ object, what }) => `${what} ${object}`).sort()).toEqual([
    "caused by transfer/t1",
    "sent to transfer/t1",
  ]);
});
