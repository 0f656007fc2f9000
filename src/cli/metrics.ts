/** `/metrics` of the host in this process; and how a `stator dev` asks the host that it started for them. */
import type { ChildProcess } from "node:child_process";
import type { Host } from "../compose.ts";
import { StatorError } from "../core/errors.ts";
import type { Io } from "./io.ts";

/** What a parent says to its host. */
const ASK = { ask: "metrics" } as const;

/** The host's answer. */
export interface MetricsNews {
  readonly kind: "metrics";
  readonly text: string;
}

const ANSWER_MS = 2_000;
const MICROSECONDS = 1_000_000;

export async function metricsOf(host: Host): Promise<string> {
  const { metricsText } = await import("../http/metrics.ts");
  const { user, system } = process.cpuUsage();
  return metricsText(host, { cpuSeconds: (user + system) / MICROSECONDS, rssBytes: process.memoryUsage.rss() });
}

export function tellMetrics(host: Host, io: Io): void {
  io.onParentMessage((message) => {
    if ((message as Partial<typeof ASK>).ask !== ASK.ask) return;
    void metricsOf(host).then((text) => io.tellParent({ kind: "metrics", text } satisfies MetricsNews));
  });
}

/** Rejects with `UNAVAILABLE` where no host runs, or it does not answer. */
export function askMetrics(host: ChildProcess | undefined): Promise<string> {
  if (host?.connected !== true) return Promise.reject(noHost("no host runs now"));
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      host.off("message", take);
    };
    const take = (message: unknown): void => {
      const { kind, text } = message as Partial<MetricsNews>;
      if (kind !== "metrics" || text === undefined) return;
      end();
      resolve(text);
    };
    const timer = setTimeout(() => {
      end();
      reject(noHost("the host does not answer in time"));
    }, ANSWER_MS);
    host.on("message", take);
    host.send(ASK, (cause) => {
      if (cause === null) return;
      end();
      reject(noHost("the host ends"));
    });
  });
}

const noHost = (why: string): StatorError => new StatorError("UNAVAILABLE", `there are no metrics: ${why}`);
