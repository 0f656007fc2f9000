/** The HTTP door with a client and reading connections of its own, as `stator dev` and `stator host --http` open it. */
import { connectClient } from "../client/connect.ts";
import { createApp, type Readiness } from "../http/app.ts";
import { isInspectorFile, mountInspector } from "../http/inspector.ts";
import type { ObjectSchemas } from "../http/openapi.ts";
import { serveHttp } from "../http/serve.ts";
import { Inspector } from "../inspector/inspector.ts";
import type { MachineSource } from "../inspector/machines.ts";
import { type Logger, silentLogger } from "../ports/telemetry.ts";
import { PostgresViews } from "../postgres/views.ts";
import { VERSION } from "../version.ts";

export interface OpenHttp {
  readonly nats: string;
  readonly postgres: string;
  readonly namespace: string;
  readonly port: number;
  /** `127.0.0.1` unless given; another one needs a token. */
  readonly host?: string | undefined;
  /** What everybody is asked for. */
  readonly token?: string | undefined;
  /** What `/openapi.json` describes. */
  readonly schemas: () => readonly ObjectSchemas[];
  /** What the inspector shows charts and forms of. */
  readonly machines: MachineSource;
  /** What `/metrics` answers. */
  readonly metrics: () => Promise<string>;
  readonly logger?: Logger;
}

const READY_TIMEOUT_MS = 2_000;

export async function openHttp(what: OpenHttp): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { nats, postgres, namespace, port, host, token, schemas, machines, metrics, logger = silentLogger } = what;
  const client = await connectClient({ nats, namespace, name: "stator http" });
  const readiness = async (): Promise<Readiness> => {
    const { hosts, partitions } = await client.hosts({ timeoutMs: READY_TIMEOUT_MS });
    const owned = hosts.reduce((sum, host) => sum + host.partitions, 0);
    return { ok: owned > 0, checks: { hosts: hosts.length, partitions, owned } };
  };
  const onError = (error: Error): void => logger.warn({ err: error }, "a connection of the inspector broke");
  const views = new PostgresViews({ url: postgres, namespace, onError });
  const inspector = new Inspector({ views, client, machines });
  const close = async (): Promise<void> => {
    await Promise.all([inspector.close(), client.close()]);
  };
  try {
    const isPublic = isInspectorFile;
    const app = createApp({
      client,
      namespace,
      version: VERSION,
      readiness,
      schemas,
      metrics,
      logger,
      isPublic,
      ...(token === undefined ? {} : { token }),
    });
    mountInspector(app, inspector);
    const server = await serveHttp(app, { port, ...(host === undefined ? {} : { host }) });
    return {
      url: server.url,
      close: async () => {
        await server.close();
        await close();
      },
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}
