// The workloads on DBOS Transact behind plain HTTP, with the paths of Restate's ingress. Arguments: the port to listen on,
// the Postgres URL of an empty database. State lives in tables of the same database, written by steps: at least once, since
// no published data source (knex 4.5, node-pg 4.24) starts with SDK 5.3. Copied beside the SDK and started there; see `peer.ts`.
import { createServer } from "node:http";
import { DBOS } from "@dbos-inc/dbos-sdk";
import pg from "pg";

const [, , port, url] = process.argv;
const database = new pg.Pool({ connectionString: url, max: 8 });
const lateMs = [];
const MONTH_MS = 30 * 86_400_000;

const setState = (key, text) =>
  DBOS.runStep(
    async () => {
      await database.query(
        "insert into states (key, state) values ($1, $2) on conflict (key) do update set state = excluded.state",
        [key, text],
      );
      return { state: text };
    },
    { name: "setState" },
  );

const addOne = (key, amount) =>
  DBOS.runStep(
    async () => {
      const { rows } = await database.query(
        `insert into counters as c (key, count) values ($1, $2)
             on conflict (key) do update set count = c.count + excluded.count returning count::int`,
        [key, amount],
      );
      return rows[0];
    },
    { name: "addOne" },
  );
const add = DBOS.registerWorkflow((key, amount) => addOne(key, amount), { name: "add" });

const book = DBOS.registerWorkflow(
  async ({ fails }) => {
    const undo = [];
    try {
      for (const step of ["flight", "hotel", "car"]) {
        undo.push(() => DBOS.runStep(async () => ({}), { name: `undo ${step}` }));
        await DBOS.runStep(
          async () => {
            if (step === "car" && fails) throw new Error("there is no car");
            return { id: step };
          },
          { name: step },
        );
      }
      return { status: "completed" };
    } catch {
      for (const compensate of undo.reverse()) await compensate();
      return { status: "compensated" };
    }
  },
  { name: "book" },
);

const renew = DBOS.registerWorkflow(
  async (key) => {
    await DBOS.sleep(MONTH_MS);
    await setState(key, "renewed");
  },
  { name: "renew" },
);
const pay = DBOS.registerWorkflow(
  async (key, method) => {
    const isPaid = await DBOS.runStep(async () => method !== "declined", { name: "charge" });
    if (isPaid) await DBOS.startWorkflow(renew, { workflowID: `renew-${key}` })(key);
    return setState(key, isPaid ? "active" : "unpaid");
  },
  { name: "pay" },
);
const cancel = DBOS.registerWorkflow((key) => setState(key, "canceled"), { name: "cancel" });

const ring = DBOS.registerWorkflow(
  async (key, delayMs, dueAtMs) => {
    await DBOS.sleep(delayMs);
    await setState(key, "rung");
    lateMs.push(Date.now() - dueAtMs);
  },
  { name: "ring" },
);

const routes = {
  "counter/add": (key, amount) => add(key, amount),
  "booking/run": (_key, input) => book(input),
  "subscription/create": (key, { method }) => pay(key, method),
  "subscription/pay": (key, { method }) => pay(key, method),
  "subscription/cancel": async (key) => {
    await DBOS.cancelWorkflow(`renew-${key}`);
    return cancel(key);
  },
  "alarm/arm": async (key, { delayMs, dueAtMs }) => {
    await DBOS.startWorkflow(ring, { workflowID: `alarm-${key}` })(key, delayMs, dueAtMs);
    return {};
  },
};

await database.query("create table if not exists counters (key text primary key, count bigint not null)");
await database.query("create table if not exists states (key text primary key, state text not null)");
DBOS.setConfig({ name: "bench", systemDatabaseUrl: url, logLevel: "error", runAdminServer: false });
await DBOS.launch();

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const [, service, key, handler] = request.url.split("/");
  try {
    const text = Buffer.concat(chunks).toString();
    const answer = await routes[`${service}/${handler}`](key, text === "" ? undefined : JSON.parse(text));
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer ?? {}));
  } catch (cause) {
    response.writeHead(500).end(String(cause));
  }
});
server.listen(Number(port), "127.0.0.1", () => process.send("ready"));
process.on("message", () => process.send({ lateMs }));
process.once("disconnect", () => process.exit(0));
process.once("SIGTERM", () => process.exit(0));
