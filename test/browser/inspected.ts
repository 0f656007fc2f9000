/** A system to look at: a namespace of its own, and a host of the example objects with HTTP and pages, as it was built. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { inject } from "vitest";
import { eventually } from "../support/eventually.ts";
import { atFileEnd } from "../support/file-end.ts";
import { freePort } from "../support/free-port.ts";
import { freshNamespace } from "../support/host-process.ts";

const repo = fileURLToPath(new URL("../..", import.meta.url));

export interface Inspected {
  readonly namespace: string;
  /** `http://127.0.0.1:1234/inspector/` */
  readonly url: string;
  create(object: string, key: string, input?: object): Promise<void>;
  send(object: string, key: string, event: object): Promise<void>;
  /** An operator's verb. */
  order(
    object: string,
    key: string,
    verb: string,
    order: { readonly reason: string; readonly by: string },
  ): Promise<void>;
  /** An answer of the inspector's API. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON from the wire, judged by the test
  read(path: string): Promise<any>;
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  kill(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
  /** Another host of the same objects, without HTTP. */
  join(): Promise<Joined>;
}

export interface Joined {
  readonly id: string;
  kill(): Promise<void>;
}

export interface InspectedOptions {
  /** What is hosted, below the repository; the example objects unless given. */
  readonly module?: string;
  readonly args?: readonly string[];
  /** Asked for by the host. */
  readonly token?: string;
  /** Another than the one that the tests share; its end ends what is in it. */
  readonly postgresUrl?: string;
}

/** Ends with the file. */
export async function inspected(name: string, options: InspectedOptions = {}): Promise<Inspected> {
  const namespace = freshNamespace(name);
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const { postgresUrl } = options;
  let host: Joined | undefined;
  const others: Joined[] = [];
  const start = async (): Promise<void> => {
    host = await spawnHost(namespace, options, ["--http", String(port)]);
  };
  const kill = async (): Promise<void> => host?.kill();
  const join = async (): Promise<Joined> => {
    const joined = await spawnHost(namespace, options, []);
    others.push(joined);
    return joined;
  };
  atFileEnd(async () => {
    await Promise.all([kill(), ...others.map((other) => other.kill())]);
    if (postgresUrl === undefined) await run(`drop schema if exists ${schema(namespace)} cascade`, postgresUrl);
  });
  await start();
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(origin + path, {
      method,
      headers: {
        "Content-Type": "application/json",
        ...(options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };
  return {
    namespace,
    url: `${origin}/inspector/`,
    create: async (object, key, input) => void (await ask("PUT", `/objects/${object}/${key}`, input ?? {})),
    send: async (object, key, event) => void (await ask("POST", `/objects/${object}/${key}/events`, event)),
    order: async (object, key, verb, order) => void (await ask("POST", `/objects/${object}/${key}/${verb}`, order)),
    read: (path) => ask("GET", `/inspector/api/${path}`),
    sql: (text) => run(`set search_path = ${schema(namespace)}; ${text}`, postgresUrl),
    kill,
    start,
    join,
  };
}

const schema = (namespace: string): string => `"stator_${namespace}"`;

async function run(text: string, postgresUrl: string | undefined): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: postgresUrl ?? inject("postgresUrl") });
  await client.connect();
  try {
    const results: unknown = await client.query(text);
    const last = (Array.isArray(results) ? results.at(-1) : results) as pg.QueryResult<Record<string, unknown>>;
    return last.rows;
  } finally {
    await client.end();
  }
}

async function spawnHost(
  namespace: string,
  { module, args: more = [], token, postgresUrl }: InspectedOptions,
  http: readonly string[],
): Promise<Joined> {
  const args = [`${repo}dist/cli/main.js`, "host", "--namespace", namespace, ...http, ...more];
  if (module !== undefined) args.push(module);
  const child = spawn(process.execPath, args, {
    cwd: repo,
    env: {
      ...process.env,
      DATABASE_URL: postgresUrl ?? inject("postgresUrl"),
      NATS_URL: inject("natsUrl"),
      LOG_LEVEL: "error",
      SAGA_WITNESS: "",
      ...(token === undefined ? {} : { STATOR_HTTP_TOKEN: token }),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const hear = (data: Buffer): void => {
    said += data.toString();
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const id = await eventually(
    () => {
      if (child.exitCode !== null) throw new Error(`the host ended with ${child.exitCode}: ${said}`);
      const [, ready] = /host ready (\S+)\n/.exec(said) ?? [];
      if (ready === undefined) throw new Error(`the host is not ready: ${said}`);
      return ready;
    },
    { timeoutMs: 60_000 },
  );
  return { id, kill: () => killed(child) };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}
