/** `stator dev` in a user's project: a folder with machines/ and actors/, and Stator as a dependency. */
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { childrenOf, commandLine, processStart } from "../../src/dev/proc.ts";
import { layCluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { type Running, repo, start, stator, UNCHECKED } from "./command.ts";

interface Endpoints {
  readonly nats: string;
  readonly postgres: string;
  readonly http: string;
}

/** Removed after the test. */
function newProject(): string {
  const cwd = mkdtempSync(join(tmpdir(), "stator-project-"));
  chmodSync(cwd, 0o755); // as root, Postgres runs as a user who must be able to walk in
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  for (const folder of ["machines", "actors"]) cpSync(join(repo, folder), join(cwd, folder), { recursive: true });
  writeFileSync(join(cwd, "package.json"), '{"type":"module"}');
  mkdirSync(join(cwd, "node_modules"));
  symlinkSync(repo, join(cwd, "node_modules", "stator"));
  for (const name of ["xstate", "zod"]) symlinkSync(join(repo, "node_modules", name), join(cwd, "node_modules", name));
  return cwd;
}

const endpointsOf = (cwd: string): Endpoints =>
  JSON.parse(readFileSync(join(cwd, ".stator", "endpoints.json"), "utf8"));

/** A running `stator dev`, on data that were made before; resolves when it is up. */
async function startDev(cwd: string, ...args: string[]): Promise<Running> {
  layCluster(inject("clusterDir"), join(cwd, ".stator"));
  const dev = start(["dev", ...args], { cwd, env: UNCHECKED });
  await dev.says("Ctrl-C stops all of it", 60_000);
  return dev;
}

const readyIds = (dev: Running): string[] => [...dev.out.matchAll(/^host ready (\S+)$/gm)].map(([, id = ""]) => id);

async function hostPid(dev: Running): Promise<number> {
  for (const { pid } of await childrenOf(dev.child.pid ?? 0)) {
    if ((await commandLine(pid)).includes("main.js host")) return pid;
  }
  throw new Error("no host runs");
}

/** Every process below it. */
async function allPids(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  const below = await Promise.all(children.map((child) => allPids(child.pid)));
  return [...children.map((child) => child.pid), ...below.flat()];
}

async function areGone(pids: readonly number[]): Promise<boolean> {
  const starts = await Promise.all(pids.map((pid) => processStart(pid)));
  return starts.every((start) => start === undefined);
}

test("it serves, reloads on changes, survives a crash of the host, and stops whole", async () => {
  const cwd = newProject();
  const dev = await startDev(cwd);
  const { http, nats } = endpointsOf(cwd);
  expect(dev.out).toContain(`nats -s ${nats} req stator.default.send.counter.c1 '{"type":"ADD","amount":2}'`);
  const add = async (): Promise<number> => {
    const { out, err } = await stator(["send", "counter/c1", "ADD", "amount=2", "-o", "json"], { cwd });
    if (out === "") throw new Error(err);
    return JSON.parse(out).context.count;
  };

  expect(await add()).toBe(2);
  const response = await fetch(`${http}/objects/counter/c1/events`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"type":"ADD","amount":2}',
  });
  expect(await response.json()).toMatchObject({ ok: true, context: { count: 4 } });

  const { paths } = (await (await fetch(`${http}/openapi.json`)).json()) as { paths: Record<string, unknown> };
  expect(Object.keys(paths)).toContain("/objects/subscription/{key}/events");
  const inspected = async (path: string): Promise<unknown> => (await fetch(`${http}/inspector/api/${path}`)).json();
  expect(await inspected("object/counter/c1")).toMatchObject({
    turn: 2,
    verdict: expect.stringContaining("It takes ADD"),
  });
  expect(await (await fetch(`${http}/metrics`)).text()).toContain('stator_turns_total{outcome="committed"} 2\n');
  expect(await inspected("machine/counter/counts")).toMatchObject({ states: { "counter.counting": { total: 1 } } });

  appendFileSync(join(cwd, "actors", "counter.ts"), "// touched\n");
  await eventually(() => expect(readyIds(dev)).toHaveLength(2), { timeoutMs: 20_000 });
  expect(await add()).toBe(6);

  const source = join(cwd, "machines", "counter.ts");
  const before = readFileSync(source, "utf8");
  writeFileSync(source, before.replace('initial: "counting"', 'initial: "nowhere"'));
  await dev.says("the host is down until this is fixed");
  writeFileSync(source, before);
  await eventually(() => expect(readyIds(dev)).toHaveLength(3), { timeoutMs: 20_000 });
  expect(await add()).toBe(8);

  process.kill(await hostPid(dev), "SIGKILL");
  await dev.says("the host ended .signal SIGKILL.; starting it again");
  await eventually(() => expect(readyIds(dev)).toHaveLength(4), { timeoutMs: 20_000 });
  expect(await add()).toBe(10);
  expect(new Set(readyIds(dev)).size).toBe(4);

  const pids = await allPids(dev.child.pid ?? 0);
  expect(pids.length).toBeGreaterThanOrEqual(3);
  const { code, err } = await dev.stop("SIGINT");
  expect(code).toBe(0);
  expect(err).toContain("dev: stopped after");
  expect(await areGone(pids)).toBe(true);
  expect(existsSync(join(cwd, ".stator", "endpoints.json"))).toBe(false);
  await expect(fetch(http)).rejects.toThrow();
});

test("objects are kept over a restart, and --reset deletes them", async () => {
  const cwd = newProject();
  const first = await startDev(cwd);
  await stator(["send", "counter/c1", "ADD", "amount=2"], { cwd });
  await first.stop("SIGTERM");
  const second = await startDev(cwd);
  expect((await stator(["get", "counter/c1"], { cwd })).out).toContain('{"count":2}');
  await second.stop("SIGHUP");
  const third = await startDev(cwd, "--reset");
  expect((await stator(["get", "counter/c1"], { cwd })).code).toBe(3);
  expect((await third.stop()).code).toBe(0);
});

test.runIf(process.platform === "linux")("kill -9 leaves neither host nor server behind", async () => {
  const cwd = newProject();
  const dev = await startDev(cwd);
  const pids = await allPids(dev.child.pid ?? 0);
  await dev.stop("SIGKILL");
  await eventually(() => areGone(pids), { timeoutMs: 20_000 });
  const next = await startDev(cwd);
  expect((await next.stop()).code).toBe(0);
});

test("a port that was asked for and is taken fails at once, before anything is started", async () => {
  const cwd = newProject();
  const dev = await startDev(cwd);
  const { port } = new URL(endpointsOf(cwd).http);
  const other = newProject();
  const second = await stator(["dev", "--http-port", port], { cwd: other });
  expect(second.code).toBe(1);
  expect(second.err).toContain(`port ${port} asked for HTTP is taken`);
  expect(existsSync(join(other, ".stator"))).toBe(false);
  await dev.stop();
});

test("a definition that is wrong at the very first start is shown, and mended while it runs", async () => {
  const cwd = newProject();
  const source = join(cwd, "machines", "counter.ts");
  const good = readFileSync(source, "utf8");
  writeFileSync(source, good.replace("RESET: z.object({})", '"xstate.reset": z.object({})'));
  const dev = start(["dev"], { cwd });
  await dev.says("the host is down until this is fixed", 60_000);
  expect(dev.err).toContain("types that begin with xstate. or stator. are reserved");
  expect(existsSync(join(cwd, ".stator", "endpoints.json"))).toBe(false);
  writeFileSync(source, good);
  await dev.says("stator is up");
  expect((await dev.stop()).code).toBe(0);
});
