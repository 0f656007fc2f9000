/** An order that comes at any moment of a run: it wins or it is late, each object by itself is never half done. */
import { beforeEach, expect, test } from "vitest";
import { createKit, type Kit } from "../../src/testing/index.ts";
import { by, calls, leg, pace, reset, voyage, voyages } from "./voyage.ts";

beforeEach(reset);

/** Steps take 40 ms of virtual time; the order comes after so many. */
async function runningFor(ms: number): Promise<Kit> {
  reset();
  const kit = await createKit({ objects: voyages, seed: ms + 1 });
  pace.wait = () => new Promise<void>((resolve) => void kit.clock.after(40, resolve));
  await kit.object(voyage, "a").create({ leg: "a1" });
  await kit.advance(ms);
  return kit;
}

const endOf = async (kit: Kit, of: typeof voyage | typeof leg, key: string): Promise<unknown> =>
  kit
    .object(of.name, key)
    .get()
    .then(({ value, status }) => (status === "stopped" ? status : value))
    .catch(({ code }: { code: string }) => code);
const undone = (): readonly string[] => calls.filter((call) => call.startsWith("undo"));

test("cancel: completed with all done, or compensated with all undone", async () => {
  const outcomes = new Map<string, number>();
  for (let ms = 0; ms < 320; ms += 7) {
    const kit = await runningFor(ms);
    const { changed } = await kit.object(voyage, "a").cancel(by);
    await kit.advance("1m");
    const [root, leaf] = [await endOf(kit, voyage, "a"), await endOf(kit, leg, "a1")];
    const end = `${changed ? "canceled" : "late"} ${root} ${leaf}`;
    outcomes.set(end, (outcomes.get(end) ?? 0) + 1);
    expect(root, end).toBe(changed ? "compensated" : "completed");
    expect(calls.includes("undo visa"), end).toBe(changed);
    expect(calls.includes("pay") && !changed, end).toBe(!changed);
    if (leaf === "completed") expect(calls).toEqual(expect.arrayContaining(["seat", "meal", "issue", "mail"]));
    if (leaf === "completed") expect(undone().filter((call) => call !== "undo visa")).toEqual([]);
    if (leaf === "compensated") expect(calls).not.toContain("issue");
    for (const step of ["seat", "meal"]) {
      if (leaf === "compensated" && calls.includes(step)) expect(undone()).toContain(`undo ${step}`);
    }
  }
  expect([...outcomes.keys()].sort()).toEqual(
    expect.arrayContaining(["canceled compensated compensated", "late completed completed"]),
  );
});

test("kill: stopped with nothing undone and nobody left running, or completed before it", async () => {
  const outcomes = new Set<string>();
  for (let ms = 0; ms < 320; ms += 7) {
    const kit = await runningFor(ms);
    const { changed } = await kit.object(voyage, "a").kill(by);
    await kit.advance("1m");
    const [root, leaf] = [await endOf(kit, voyage, "a"), await endOf(kit, leg, "a1")];
    const end = `${changed ? "killed" : "late"} ${root} ${leaf}`;
    outcomes.add(end);
    expect(root, end).toBe(changed ? "stopped" : "completed");
    expect(["stopped", "completed", "NOT_CREATED"], end).toContain(leaf);
    expect(undone(), end).toEqual([]);
    const scope = { partitions: [...Array(8).keys()], names: ["leg", "voyage"] };
    expect(await kit.store.pendingInvocations(scope, 9), end).toEqual([]);
    expect(await kit.store.pendingSends(scope, 9), end).toEqual([]);
  }
  expect([...outcomes]).toEqual(expect.arrayContaining(["killed stopped stopped", "late completed completed"]));
});
