/**
 * The load: a process of its own, so that its work is not counted as the host's. Argument: `LoadConfig` as JSON.
 */
import { connectClient } from "../../src/client/connect.ts";
import { type LoadConfig, takeOrders } from "./load.ts";
import { operationOf } from "./operations.ts";

const { nats, namespace } = JSON.parse(process.argv[2] ?? "{}") as LoadConfig;
const client = await connectClient({ nats, namespace, name: "stator bench" });
takeOrders((order) => operationOf(client, order));
