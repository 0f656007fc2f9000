/** The HTTP door with a client of its own, as `stator dev` and `stator host --http` open it. */
import { connectClient } from "../client/connect.ts";
import { createApp, type Readiness } from "../http/app.ts";
import type { ObjectSchemas } from "../http/openapi.ts";
import { serveHttp } from "../http/serve.ts";
import type { Logger } from "../ports/telemetry.ts";
import { VERSION } from "../version.ts";

export interface OpenHttp {
  readonly nats: string;
  readonly namespace: string;
  readonly port: number;
  /** What `/openapi.json` describes. */
  readonly schemas: () => readonly ObjectSchemas[];
  readonly logger?: Logger;
}

const READY_TIMEOUT_MS = 2_000;

export async function openHttp(what: OpenHttp): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { nats, namespace, port, schemas, logger } = what;
  const client = await connectClient({ nats, namespace, name: "stator http" });
  const readiness = async (): Promise<Readiness> => {
    const { hosts, partitions } = await client.hosts({ timeoutMs: READY_TIMEOUT_MS });
    const owned = hosts.reduce((sum, host) => sum + host.partitions, 0);
    return { ok: owned > 0, checks: { hosts: hosts.length, partitions, owned } };
  };
  try {
    const log = logger === undefined ? {} : { logger };
    const app = createApp({ client, namespace, version: VERSION, readiness, schemas, ...log });
    const server = await serveHttp(app, { port });
    return {
      url: server.url,
      close: async () => {
        await server.close();
        await client.close();
      },
    };
  } catch (cause) {
    await client.close();
    throw cause;
  }
}
