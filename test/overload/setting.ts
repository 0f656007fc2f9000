/** One host and one generator on a namespace of their own. */
import { inject } from "vitest";
import { freshNamespace } from "../support/host-process.ts";
import { Database } from "../support/raw.ts";
import { type Host, startGenerator, startHost } from "./processes.ts";
import type { Outcome, Outcomes, Stream } from "./protocol.ts";

/** A request that is not answered by then has been given up by whoever sent it. */
export const PATIENCE_MS = 5_000;

export interface Setting {
  readonly host: Host;
  readonly database: Database;
  readonly nats: string;
  readonly namespace: string;
  offer(streams: readonly Stream[], forMs: number): Promise<Outcomes>;
  /** Kills the host with SIGKILL; answers how to start another. */
  killHost(): Promise<() => Promise<Host>>;
}

export async function open(): Promise<Setting> {
  const config = { nats: inject("natsUrl"), namespace: freshNamespace("overload") };
  const hostConfig = { ...config, postgres: inject("postgresUrl") };
  const host = await startHost(hostConfig);
  const load = await startGenerator(config);
  return {
    ...config,
    host,
    database: new Database(hostConfig.postgres, config.namespace),
    offer: (streams, forMs) => load({ forMs, patienceMs: PATIENCE_MS, streams }),
    async killHost() {
      await host.kill();
      return () => startHost(hostConfig);
    },
  };
}

/** Answers of one stream alone. */
export async function offer(setting: Setting, stream: Omit<Stream, "name">, forMs: number): Promise<Outcome> {
  return outcomeOf(await setting.offer([{ name: "all", ...stream }], forMs), "all");
}

export function outcomeOf(outcomes: Outcomes, name: string): Outcome {
  const outcome = outcomes[name];
  if (outcome === undefined) throw new Error(`the generator says nothing of ${name}`);
  return outcome;
}
