/** What runs in the layout thread: one chart after the other. */
import { parentPort } from "node:worker_threads";
import { layoutChart } from "./layout.ts";
import type { Answer, Question } from "./thread.ts";

const port = parentPort;
if (port === null) throw new Error("this file is a worker's");

port.on("message", async ({ id, model, options }: Question) => {
  port.postMessage(await answerTo(id, layoutChart(model, options)));
});

async function answerTo(id: number, geometry: ReturnType<typeof layoutChart>): Promise<Answer> {
  try {
    return { id, geometry: await geometry };
  } catch (error) {
    return { id, error };
  }
}
