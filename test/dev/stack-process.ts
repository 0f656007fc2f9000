/**
 * A dev stack in a process of its own: starts it in the folder given, prints one line of JSON, and stays until SIGTERM.
 */
import { startDevStack } from "../../src/dev/stack.ts";
import { query, type StackReport } from "./stack-report.ts";

const [, , dataDir = ".stator"] = process.argv;
const stack = await startDevStack({ dataDir, say: (line) => process.stderr.write(`${line}\n`) });
const [{ one } = {}] = await query(stack.postgresUrl, "select 1 as one");
const { postgres = 0, nats = 0 } = stack.pids;
const report: StackReport = {
  postgresUrl: stack.postgresUrl,
  natsUrl: stack.natsUrl,
  origins: stack.origins,
  pids: { postgres, nats },
  uid: process.getuid?.() ?? -1,
  answer: Number(one),
};
process.once("SIGTERM", () => void stack.stop().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify(report)}\n`);
