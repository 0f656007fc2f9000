/**
 * Requests per second and CPU per request of the NATS transport, against an echo in another process.
 *
 * `npx tsx test/bench/transport.bench.ts [natsUrl]`; without a URL it starts a nats-server of its own.
 * Prints one line of JSON: the median of the runs after a warm-up, and their spread.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { connect } from "nats";
import { systemClock } from "../../src/clock/system.ts";
import { connectNats } from "../../src/nats/transport.ts";
import { NatsServer } from "../nats/server.ts";

const IN_FLIGHT = 256;
const WARM_UP = 20_000;
const REQUESTS = 60_000;
const RUNS = 3;
const BODY = JSON.stringify({ type: "ADD", amount: 2 });

type Ask = () => Promise<unknown>;
interface Figures {
  readonly requestsPerSecond: number;
  readonly clientCpuUs: number;
}

async function echo(url: string): Promise<void> {
  const transport = await connectNats(url, { name: "echo", clock: systemClock });
  transport.subscribe("bench.echo", ({ reply = "", data }) => transport.publish(reply, data), { queue: "echo" });
  await transport.flush();
  process.send?.("ready");
}

async function load(ask: Ask, requests: number): Promise<Figures> {
  let left = requests;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left--;
      await ask();
    }
  };
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { requestsPerSecond: Math.round(requests / seconds), clientCpuUs: (user + system) / requests };
}

async function measure(ask: Ask): Promise<{ readonly median: Figures; readonly requestsPerSecond: number[] }> {
  await load(ask, WARM_UP);
  const runs: Figures[] = [];
  for (let i = 0; i < RUNS; i++) runs.push(await load(ask, REQUESTS));
  runs.sort((a, b) => a.requestsPerSecond - b.requestsPerSecond);
  const median = runs[Math.floor(RUNS / 2)] as Figures;
  return { median, requestsPerSecond: runs.map((run) => run.requestsPerSecond) };
}

async function bench(given: string | undefined): Promise<void> {
  const server = given === undefined ? await NatsServer.start() : undefined;
  const url = given ?? server?.url ?? "";
  const child = fork(fileURLToPath(import.meta.url), ["echo", url], { execArgv: process.execArgv });
  await once(child, "message");
  const transport = await connectNats(url, { name: "bench", clock: systemClock });
  const plain = await connect({ servers: url });
  const headers = { "Stator-Message-Id": "0197f3b0-0000-7000-8000-000000000000" };
  const figures = {
    transport: await measure(() => transport.request("bench.echo", BODY, { timeoutMs: 5_000 })),
    withOneHeader: await measure(() => transport.request("bench.echo", BODY, { timeoutMs: 5_000, headers })),
    plainNatsRequest: await measure(() => plain.request("bench.echo", BODY, { timeout: 5_000 })),
  };
  const machine = { node: process.version, cores: availableParallelism() };
  process.stdout.write(`${JSON.stringify({ inFlight: IN_FLIGHT, requests: REQUESTS, ...machine, ...figures })}\n`);
  await transport.close();
  await plain.close();
  child.kill();
  await once(child, "exit");
  await server?.kill();
}

const [mode, url] = process.argv.slice(2);
if (mode === "echo") await echo(url ?? "");
else await bench(mode);
