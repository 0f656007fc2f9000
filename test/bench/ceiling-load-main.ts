/** The load of the raw ceiling: one wildcard inbox, no client library of ours, no time-outs. Argument: `LoadConfig` as JSON. */
import { connect, createInbox } from "nats";
import { type LoadConfig, takeOrders } from "./load.ts";

const { nats: servers, namespace } = JSON.parse(process.argv[2] ?? "{}") as LoadConfig;
const nats = await connect({ servers });
const inbox = createInbox();
const pending = new Map<string, (answer: unknown) => void>();
let next = 0;
const decoder = new TextDecoder();
nats.subscribe(`${inbox}.*`, {
  callback: (_, { subject, data }) => {
    const token = subject.slice(inbox.length + 1);
    pending.get(token)?.(JSON.parse(decoder.decode(data)));
    pending.delete(token);
  },
});
await nats.flush();

takeOrders(
  ({ keys }) =>
    () =>
      new Promise((resolve) => {
        const token = String(next++);
        pending.set(token, resolve);
        const key = `c-${Math.floor(Math.random() * keys)}`;
        nats.publish(`${namespace}.${key}`, JSON.stringify({ type: "ADD", amount: 1 }), { reply: `${inbox}.${token}` });
      }),
);
