/** Starts the raw ceiling of `ceiling-main.ts` as something to measure. */

import { targetOf } from "./bench.ts";
import { Child } from "./child.ts";
import { natsUrlOf, type Servers } from "./cluster.ts";
import type { Target } from "./measure.ts";

export async function openCeiling(servers: Servers): Promise<{ readonly target: Target; close(): Promise<void> }> {
  const { postgresUrl: postgres, database } = servers;
  const nats = natsUrlOf(servers, 0);
  const namespace = `raw${Date.now().toString(36)}`;
  const host = await Child.start("ceiling-main", { nats, postgres, namespace, options: {} });
  const load = await Child.start("ceiling-load-main", { nats, namespace });
  return {
    target: targetOf({ servers, hosts: [host], load }),
    close: async () => {
      await load.stop();
      await host.stop();
      await database.query(`drop schema "stator_${namespace}" cascade`);
    },
  };
}
