import { expect, test } from "vitest";
import { Lanes } from "../../src/cli/lanes.ts";
import { LineIds, parseLine } from "../../src/cli/lines.ts";

const idsOf = (path: string, lines: readonly string[]): string[] => {
  const ids = new LineIds(path);
  return lines.map((line, i) => ids.next(line, i + 1));
};

test("the same file gives the same ids, and appended lines do not change those before", () => {
  const first = idsOf("/a.ndjson", ["x", "x", "y"]);
  expect(new Set(first).size).toBe(3);
  expect(idsOf("/a.ndjson", ["x", "x", "y", "z"]).slice(0, 3)).toEqual(first);
});

test("two files that begin alike share no id: a message of the second is no duplicate of the first", () => {
  const [a] = idsOf("/monday.ndjson", ["x"]);
  const [b] = idsOf("/tuesday.ndjson", ["x"]);
  expect(a).not.toBe(b);
});

test("made ids are ids that a host takes", async () => {
  const { checkMessageId } = await import("../../src/core/message.ts");
  const [id = ""] = idsOf("/a.ndjson", ["x"]);
  expect(checkMessageId(id, "2026-01-01T00:00:00Z", Date.now())).toBe(Date.parse("2026-01-01T00:00:00Z"));
});

test("a line is read strictly", () => {
  const event = { type: "ADD", amount: 2 };
  const line = { object: "counter", key: "c1", event };
  expect(parseLine(JSON.stringify(line), 1)).toMatchObject({ address: { name: "counter", key: "c1" }, event });
  const refused = { ...line, line: 7, id: "i", sentAt: "2026-01-01", error: { code: "UNAVAILABLE" } };
  expect(parseLine(JSON.stringify(refused), 1)).toMatchObject({ id: "i", sentAt: "2026-01-01" });
  const wrong = ["not json", "[]", "null", '{"object":"counter","key":"c1"}'];
  for (const text of wrong) expect(() => parseLine(text, 1)).toThrow();
  expect(() => parseLine(JSON.stringify({ ...line, Id: "x" }), 1)).toThrow('not "Id"');
  expect(() => parseLine(JSON.stringify({ ...line, object: "a b" }), 1)).toThrow("name of an object");
  expect(() => parseLine(JSON.stringify({ ...line, key: "" }), 1)).toThrow("must not be empty");
});

test("tasks of one key run in order, no more at once than asked, and all of them run", async () => {
  const lanes = new Lanes(3);
  const done: string[] = [];
  let running = 0;
  let most = 0;
  for (let i = 0; i < 100; i++) {
    const key = `k${i % 7}`;
    await lanes.add(key, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      done.push(`${key}:${i}`);
    });
  }
  await lanes.drain();
  expect(done).toHaveLength(100);
  expect(most).toBe(3);
  for (let k = 0; k < 7; k++) {
    const order = done.filter((entry) => entry.startsWith(`k${k}:`)).map((entry) => Number(entry.split(":")[1]));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  }
});
