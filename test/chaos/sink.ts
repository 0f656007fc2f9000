/**
 * The outside world of a chaos run, in a process of its own: an endpoint that writes down every call it gets, with its
 * idempotency key, and answers as endpoints do: mostly well, sometimes with an error after the work was done, or late.
 *
 * `node sink.js <file> <seed>`; tells its parent its port. Without its parent it ends.
 */
import { appendFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { Chance } from "../simulation/faults.ts";

export interface SinkCall {
  readonly path: string;
  readonly id: string;
}

const [file = "/dev/null", seed = "1"] = process.argv.slice(2);
const chance = new Chance(Number(seed), "sink");

function answer(response: ServerResponse): void {
  const roll = chance.fraction();
  const respond = (): void => void response.writeHead(roll < 0.04 ? 500 : 200).end();
  if (roll > 0.98) setTimeout(respond, chance.between(200, 2_500));
  else respond();
}

const server = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
  incoming.on("error", () => undefined); // a host was killed while it spoke: it will say it again
  incoming.on("end", () => {
    const { id } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly id: string };
    const call: SinkCall = { path: incoming.url ?? "", id };
    appendFileSync(file, `${JSON.stringify(call)}\n`);
    answer(response);
  });
});
process.once("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.({ port: address.port });
});
