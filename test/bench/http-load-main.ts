/**
 * The load of the peers, over HTTP with kept connections, one for each caller. Argument: `{ "url": … }`. The paths are
 * those of Restate's ingress: `/<service>/<key>/<handler>`. No idempotency keys, which Stator's client always sends.
 */
import { Agent, request } from "node:http";
import { takeOrders } from "./load.ts";
import type { LoadOrder, Operation, OperationName } from "./operations.ts";

const { url } = JSON.parse(process.argv[2] ?? "{}") as { readonly url: string };
const agent = new Agent({ keepAlive: true, maxSockets: 1_024 });

function call(path: string, body: unknown): Promise<Record<string, unknown>> {
  const text = JSON.stringify(body);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/${path}`, { method: "POST", agent, headers }, (response) => {
      let answer = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        answer += chunk;
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(answer) as Record<string, unknown>);
        else reject(new Error(`${path}: ${response.statusCode} ${answer.slice(0, 200)}`));
      });
    });
    sent.on("error", reject);
    sent.end(text);
  });
}

async function book(key: string, fails: boolean): Promise<void> {
  const { status } = await call(`booking/${key}/run`, { fails });
  if (status !== (fails ? "compensated" : "completed")) throw new Error(`booking ${key} ended ${status}`);
}

function operationOf(order: LoadOrder): Operation {
  const { keys, run, ring } = order;
  const startedAtMs = Date.now();
  const operations: Readonly<Partial<Record<OperationName, Operation>>> = {
    add: () => call(`counter/c-${Math.floor(Math.random() * keys)}/add`, 1),
    book: (n) => book(`${run}-${n}`, false),
    fail: (n) => book(`${run}-${n}`, true),
    subscribe: async (n) => {
      await call(`subscription/${run}-${n}/create`, { method: "declined" });
      await call(`subscription/${run}-${n}/pay`, { method: "card" });
      await call(`subscription/${run}-${n}/cancel`, {});
    },
    arm: (n) => {
      const { fromMs = 0, spreadMs = 0 } = ring ?? {};
      const dueAtMs = Math.round(startedAtMs + fromMs + (spreadMs * n) / (order.operations ?? 1));
      return call(`alarm/${run}-${n}/arm`, { delayMs: Math.max(1, dueAtMs - Date.now()), dueAtMs });
    },
  };
  const operation = operations[order.operation];
  if (operation === undefined) throw new Error(`no peer has ${order.operation}`);
  return operation;
}

takeOrders(operationOf);
