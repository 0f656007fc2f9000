/** Starts the raw ceiling of `ceiling-main.ts`, and of `commit-load-main.ts`, as something to measure. */

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

/** Without hosts and NATS: one row a commit, over one connection. */
export async function openCommits(servers: Servers): Promise<{ readonly target: Target; close(): Promise<void> }> {
  const { postgresUrl: postgres, database } = servers;
  const schema = `"stator_commits${Date.now().toString(36)}"`;
  await database.query(`create schema ${schema}`);
  const load = await Child.start("commit-load-main", { postgres, schema });
  return {
    target: targetOf({ servers, hosts: [], load }),
    close: async () => {
      await load.stop();
      await database.query(`drop schema ${schema} cascade`);
    },
  };
}
