/**
 * The load: a process of its own, so that its work is not counted as the host's. Argument: `LoadConfig` as JSON. Takes
 * `LoadOrder`s over its channel, one at a time, and answers each with a `LoadReport`. Ends with its parent.
 */
import { connectClient } from "../../src/client/connect.ts";
import { type LoadConfig, load } from "./load.ts";
import { type LoadOrder, operationOf } from "./operations.ts";

const { nats, namespace } = JSON.parse(process.argv[2] ?? "{}") as LoadConfig;
const client = await connectClient({ nats, namespace, name: "stator bench" });
process.on("message", (order: LoadOrder) => {
  void load(order, operationOf(client, order)).then((report) => process.send?.(report));
});
process.once("disconnect", () => process.exit(0));
process.once("SIGTERM", () => process.exit(0));
process.send?.("ready");
