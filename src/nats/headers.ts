/**
 * Headers on the wire: `NATS/1.0`, then a line for each, then an empty line.
 *
 * The client's own reading and writing of them takes several times the CPU of all else it does for a message. Both
 * clients take any object that can encode itself; where the block of a message that came in is not found, their reading
 * serves.
 */
import type { HeaderPairs } from "../ports/frame.ts";
import type { Headers } from "../ports/transport.ts";
import type { NatsMessage } from "./connection.ts";

const VERSION = "NATS/1.0";
const LINE = "\r\n";
const NO_RESPONDERS = 503;

/** What both clients accept as the headers of a message to publish; `never` is what their types have in common. */
export function encodable(headers: Headers): never {
  return { encode: () => encode(headers) } as never;
}

function encode(headers: Headers): Buffer {
  let text = VERSION;
  for (const name in headers) text += `${LINE}${name}: ${headers[name]?.trim()}`;
  return Buffer.from(`${text}${LINE}${LINE}`);
}

export function decode(message: NatsMessage): HeaderPairs {
  const block = blockOf(message);
  if (block !== undefined) return pairsOf(textOf(block));
  return [...(message.headers ?? [])].map(([name, [value = ""]]) => [name, value]);
}

/** The broker's word that nobody is subscribed to where a message of ours went. */
export function isNoResponders(message: NatsMessage): boolean {
  if (message.data.length > 0) return false;
  const block = blockOf(message);
  return block === undefined
    ? message.headers?.code === NO_RESPONDERS
    : textOf(block).startsWith(`${VERSION} ${NO_RESPONDERS}`);
}

/** Where `nats` 2 and `@nats-io/transport-node` 3 keep what they received. */
interface Received {
  readonly _msg?: { readonly hdr?: unknown };
  readonly _rdata?: unknown;
}

function blockOf(message: NatsMessage): Uint8Array | undefined {
  const { _msg: frame, _rdata: received } = message as Received;
  if (typeof frame?.hdr !== "number" || !(received instanceof Uint8Array)) return undefined;
  return received.subarray(0, Math.max(0, frame.hdr));
}

const textOf = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString("utf8");

function pairsOf(text: string): HeaderPairs {
  const pairs: [string, string][] = [];
  let at = text.indexOf(LINE);
  while (at >= 0) {
    const begin = at + LINE.length;
    at = text.indexOf(LINE, begin);
    const line = text.slice(begin, at < 0 ? undefined : at);
    const colon = line.indexOf(":");
    if (colon > 0) pairs.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return pairs;
}
