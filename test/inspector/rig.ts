/** A real host with the example objects, a client, and the inspector beside them; all closed when the test is over. */
import { inject, onTestFinished } from "vitest";
import objects from "../../actors/index.ts";
import { connectClient } from "../../src/client/connect.ts";
import type { Client } from "../../src/client/index.ts";
import { createHost } from "../../src/compose.ts";
import type { ObjectDefinition } from "../../src/core/define.ts";
import { createApp } from "../../src/http/app.ts";
import { isInspectorFile, mountInspector } from "../../src/http/inspector.ts";
import { serveHttp } from "../../src/http/serve.ts";
import { describe as describeObject } from "../../src/inspector/describe.ts";
import { Inspector } from "../../src/inspector/inspector.ts";
import { PostgresViews } from "../../src/postgres/views.ts";
import { openNamespace } from "../postgres/namespace.ts";

export interface Rig {
  readonly namespace: string;
  readonly client: Client;
  readonly views: PostgresViews;
  readonly inspector: Inspector;
  /** Rows of a statement in which `$schema` is the namespace's. */
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
}

export async function rig(more: readonly ObjectDefinition[] = []): Promise<Rig> {
  const { namespace, postgres } = await openNamespace();
  const hosted = [...objects, ...more];
  const [postgresUrl, nats] = [inject("postgresUrl"), inject("natsUrl")];
  const host = createHost({ objects: hosted, postgres: postgresUrl, nats, namespace, unsafe: true });
  await host.start();
  const client = await connectClient({ nats, namespace });
  const views = new PostgresViews({ url: postgresUrl, namespace });
  const machines = hosted.map(describeObject);
  const inspector = new Inspector({ views, client, machines: () => machines });
  onTestFinished(async () => {
    await inspector.close();
    await client.close();
    await host.stop();
  });
  return {
    namespace,
    client,
    views,
    inspector,
    sql: async <Row extends object>(text: string, values: unknown[] = []) =>
      (await postgres.pool.query<Row>(text.replaceAll("$schema", postgres.schema), values)).rows,
  };
}

/** The rig's inspector on a port of its own. */
export async function serve({ client, inspector, namespace }: Rig, token?: string): Promise<string> {
  const readiness = async () => ({ ok: true, checks: {} });
  const guard = token === undefined ? {} : { token };
  const app = createApp({ client, namespace, version: "0", readiness, isPublic: isInspectorFile, ...guard });
  mountInspector(app, inspector);
  const server = await serveHttp(app, { port: 0 });
  onTestFinished(() => server.close());
  return server.url;
}
