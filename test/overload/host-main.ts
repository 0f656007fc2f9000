/** A host of the overload tests: `ready` to its parent, then its memory and counters for each question. */
import { createHost } from "../../src/compose.ts";
import { definitions } from "./definitions.ts";
import { type HostConfig, type HostFigures, isHostQuestion } from "./protocol.ts";

const config = JSON.parse(process.argv[2] ?? "{}") as HostConfig;
const host = createHost({ ...config, objects: definitions, label: `overload:${process.pid}` });

function figures(): HostFigures {
  (globalThis as { gc?: () => void }).gc?.();
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1_000;
  return { rss: process.memoryUsage().rss, cpuMs, counters: host.counters.toJSON() };
}

process.once("disconnect", () => process.exit(1));
process.on("message", (question) => {
  if (isHostQuestion(question)) process.send?.(figures());
});
await host.start();
process.send?.("ready");
