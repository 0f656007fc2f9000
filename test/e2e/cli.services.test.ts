/** The command line against a real host, each command as a process: what scripts rely on. */
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Finished, Running, start, stator, UNCHECKED } from "./command.ts";

const env = {
  DATABASE_URL: inject("postgresUrl"),
  NATS_URL: inject("natsUrl"),
  STATOR_NAMESPACE: `cli-${process.pid}`,
};
const folder = mkdtempSync(join(tmpdir(), "stator-cli-"));
const run = (...args: string[]): Promise<Finished> => stator(args, { env });
const json = async (...args: string[]) => JSON.parse((await run(...args, "-o", "json")).out);

let host: Running;
beforeAll(async () => {
  host = new Running(["host"], { env: { ...env, ...UNCHECKED, PAYMENT_SLOW_MS: "200" } });
  await host.says(/^host ready [0-9a-f-]{36}$/m);
});
afterAll(async () => {
  await host.stop("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

test("a receipt is handed on byte for byte, the same on a repeat but for duplicate", async () => {
  const first = await run("send", "counter/bytes", "ADD", "amount=2", "--id", "id-1", "-o", "json");
  expect(first.out).toBe(
    '{"ok":true,"object":"counter","key":"bytes","messageId":"id-1","revision":1,"duplicate":false,' +
      '"status":"active","value":"counting","tags":[],"context":{"count":2},"output":null}\n',
  );
  const again = await run("send", "counter/bytes", "ADD", "amount=2", "--id", "id-1", "-o", "ndjson");
  expect(again.out).toBe(first.out.replace('"duplicate":false', '"duplicate":true'));
});

test("an order is created, paid, waited for, and its journal read", async () => {
  expect((await json("create", "order/o-1", "total=10")).value).toEqual({ unpaid: "open" });
  expect((await json("send", "order/o-1", "PAY", "method=flaky")).value).toEqual({ unpaid: "paying" });
  expect((await json("wait", "order/o-1", "--matches", "paid", "--timeout", "20s")).status).toBe("done");
  expect((await json("get", "order/o-1")).output).toMatchObject({ total: 10 });
  const entries = await json("journal", "order/o-1");
  expect(entries.map((entry: { kind: string }) => entry.kind)).toEqual(["create", "event", "result"]);
  const lines = (await run("journal", "order/o-1", "--after", "1", "-o", "ndjson")).out.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).revision)).toEqual([2, 3]);
  const { out } = await run("ls", "order", "--matches", "paid");
  expect(out).toMatch(/^OBJECT +STATE +STATUS +TAGS +REVISION +UPDATED\norder\/o-1 +paid +done +3 /);
});

test("a delayed event is accepted now and delivered then, and a watcher sees it", async () => {
  const watching = start(["watch", "counter/later", "-o", "ndjson"], { env });
  await watching.says("watching counter/later");
  const receipt = await json("send", "counter/later", "ADD", "amount=5", "--delay", "300ms");
  expect(receipt.context).toEqual({ count: 0 });
  await watching.says('"event":"stator.timer"');
  expect((await json("get", "counter/later")).context).toEqual({ count: 5 });
  const { code, out } = await watching.stop();
  expect(code).toBe(0);
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).revision),
  ).toEqual([1, 2]);
});

test("every kind of refusal has its exit code, and stdout stays empty", async () => {
  await run("create", "order/codes", "total=10");
  await run("send", "order/codes", "CANCEL");
  const cases: [string[], number][] = [
    [["get", "order/none"], 3],
    [["get", "nobody/knows", "--timeout", "1s"], 6],
    [["send", "order/codes", "CANCEL"], 4],
    [["create", "order/codes", "total=11"], 4],
    [["send", "counter/codes", "NOPE"], 5],
    [["send", "counter/codes", "ADD", "amount=two"], 5],
    [["send", "counter/codes", "xstate.done.actor.x"], 5],
    [["wait", "order/codes", "--matches", "paid"], 4],
    [["create", "order/codes-2", "total=-1"], 5],
  ];
  for (const [args, code] of cases) {
    const finished = await run(...args);
    expect([args, finished.code, finished.out]).toEqual([args, code, ""]);
  }
  await run("send", "counter/codes", "ADD", "amount=1");
  expect((await run("wait", "counter/codes", "--status", "done", "--timeout", "300ms")).code).toBe(7);
});

test("a namespace without hosts is unavailable", async () => {
  const finished = await run("send", "counter/c1", "ADD", "amount=1", "--namespace", "empty", "--timeout", "1s");
  expect(finished.code).toBe(6);
});

test("doctor finds all well, and says what is wrong with exit code 8", async () => {
  const well = await run("doctor");
  expect(well.out).toMatch(/^ok +hosts\.main +1 hosts, 256 of 256 partitions owned$/m);
  expect(well.code).toBe(0);
  const checks = JSON.parse((await run("doctor", "--postgres", "postgres://127.0.0.1:1/x", "-o", "json")).out);
  expect(checks.find((check: { name: string }) => check.name === "postgres")).toMatchObject({ verdict: "fail" });
  const bad = await run("doctor", "--namespace", "not-there");
  expect(bad.out).toContain("stator migrate");
  expect(bad.code).toBe(8);
});

test("migrate says what it would do, does it, and then has nothing to do", async () => {
  const namespace = ["--namespace", `cli-m-${process.pid}`];
  expect((await run("migrate", "--dry-run", ...namespace)).out).toContain("has no tables; would apply 1");
  expect((await run("migrate", ...namespace)).out).toContain("applied 1");
  expect((await run("migrate", "--dry-run", ...namespace)).out).toContain("nothing to do");
  expect((await run("migrate", "--partitions", "8", ...namespace)).code).toBe(1);
});

function eventsFile(name: string, lines: readonly unknown[]): string {
  const file = join(folder, name);
  writeFileSync(file, lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
  return file;
}

test("a file of events is sent whole whatever its bad lines, and a second time changes nothing", async () => {
  const good = Array.from({ length: 300 }, (_, i) => ({
    object: "counter",
    key: `bulk-${i % 7}`,
    event: { type: "ADD", amount: i },
  }));
  const bad = [
    "not json",
    { object: "counter", key: "bulk-0", event: { type: "ADD", amount: "x" } },
    { object: "order", key: "nobody", event: { type: "CANCEL" } },
  ];
  const file = eventsFile("events.ndjson", [...good.slice(0, 150), ...bad, "", ...good.slice(150)]);
  const first = await run("send", "--from", file, "-o", "json");
  expect(JSON.parse(first.out)).toMatchObject({
    lines: 303,
    accepted: 300,
    duplicates: 0,
    refused: { INVALID_REQUEST: 1, INVALID_EVENT: 1, NOT_CREATED: 1 },
  });
  expect(first.code).toBe(5);
  const refused = readFileSync(`${file}.refused.ndjson`, "utf8").trim().split("\n");
  expect(refused.map((line) => JSON.parse(line).error.code).sort()).toEqual([
    "INVALID_EVENT",
    "INVALID_REQUEST",
    "NOT_CREATED",
  ]);
  const second = await run("send", "--from", file, "-o", "json");
  expect(JSON.parse(second.out)).toMatchObject({ accepted: 0, duplicates: 300 });
  let sum = 0;
  for (let i = 0; i < 7; i++) sum += (await json("get", `counter/bulk-${i}`)).context.count;
  expect(sum).toBe((299 * 300) / 2);
});

test("lines of one object are sent in their order", async () => {
  const line = (type: string, amount?: number) => ({ object: "counter", key: "order", event: { type, amount } });
  const file = eventsFile("order.ndjson", [
    ...Array.from({ length: 50 }, () => line("ADD", 1)),
    line("RESET"),
    line("ADD", 7),
  ]);
  expect((await run("send", "--from", file)).code).toBe(0);
  expect((await json("get", "counter/order")).context).toEqual({ count: 7 });
});

test("a file that was interrupted is sent again, and each line is applied once", async () => {
  const line = { object: "counter", key: "interrupted", event: { type: "ADD", amount: 1 } };
  const file = eventsFile(
    "interrupted.ndjson",
    Array.from({ length: 1_500 }, () => line),
  );
  const sending = start(["send", "--from", file, "--concurrency", "2", "-o", "json"], { env });
  await eventually(async () => (await run("get", "counter/interrupted")).code === 0);
  const first = await sending.stop("SIGINT");
  const { accepted, stopped } = JSON.parse(first.out);
  expect([first.code, stopped]).toEqual([1, "SIGINT"]);
  expect(accepted).toBeLessThan(1_500);
  const second = JSON.parse((await run("send", "--from", file, "-o", "json")).out);
  expect(second).toMatchObject({ lines: 1_500, duplicates: accepted, accepted: 1_500 - accepted });
  expect((await json("get", "counter/interrupted")).context).toEqual({ count: 1_500 });
});

test("a file from before the dedupe horizon is refused rather than applied twice", async () => {
  const file = eventsFile("old.ndjson", [{ object: "counter", key: "old", event: { type: "ADD", amount: 1 } }]);
  const longAgo = new Date(Date.now() - 30 * 86_400_000);
  utimesSync(file, longAgo, longAgo);
  const { code, err } = await run("send", "--from", file);
  expect(code).toBe(4);
  expect(err).toContain("if it was never sent, touch it");
});

test("standard input is taken, and its lines are new each time", async () => {
  const input = `${JSON.stringify({ object: "counter", key: "stdin", event: { type: "ADD", amount: 1 } })}\n`;
  for (let i = 0; i < 2; i++) {
    expect((await stator(["send", "--from", "-"], { env, cwd: folder, input })).code).toBe(0);
  }
  expect((await json("get", "counter/stdin")).context).toEqual({ count: 2 });
});

test("a module that is wrong is refused with the place, and the host does not start", async () => {
  const broken = await run("host", "machines/counter.ts");
  expect(broken.code).toBe(1);
  expect(broken.err).toContain("must be an array of defineObject");
  const missing = await run("host", "no/such.ts");
  expect(missing.code).toBe(1);
  expect(missing.err).toContain("there is no no/such.ts");
});
