/** We read and write header blocks ourselves; what the client makes of the same bytes is the judge. */
import fc from "fast-check";
import { headers as clientHeaders, type MsgHdrs } from "nats";
import { expect, test } from "vitest";
import type { NatsMessage } from "../../src/nats/connection.ts";
import { decode, encodable, isNoResponders } from "../../src/nats/headers.ts";

type Encodable = { encode(): Uint8Array };

/** As both clients keep what they received. */
function received(block: Uint8Array, data = Buffer.alloc(0)): NatsMessage {
  const kept = { _msg: { hdr: block.length }, _rdata: Buffer.concat([block, data]) };
  return Object.assign(kept, { subject: "s", data });
}

/** A message of a client that keeps it elsewhere. */
const foreign = (headers: MsgHdrs | undefined): NatsMessage => ({ subject: "s", data: Buffer.alloc(0), headers });

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/).filter((text) => text !== "constructor");
const value = fc.string({ maxLength: 40 }).filter((text) => !/[\r\n]/.test(text));
const record = fc.dictionary(name, value, { maxKeys: 5, noNullPrototype: true });

test("what we write and read is what the client writes and reads, byte for byte", () => {
  fc.assert(
    fc.property(record, (given) => {
      const theirs = clientHeaders();
      for (const [key, text] of Object.entries(given)) theirs.append(key, text);
      const ours = (encodable(given) as Encodable).encode();
      if (Object.keys(given).length > 0) {
        expect(Buffer.from(ours).toString()).toBe(Buffer.from((theirs as unknown as Encodable).encode()).toString());
      }
      const expected = Object.entries(given).map(([key, text]) => [key, text.trim()]);
      expect(decode(received(ours, Buffer.from('{"a":"b: c\\r\\n"}')))).toEqual(expected);
    }),
  );
});

test("the headers of a client that keeps its bytes elsewhere are read by that client", () => {
  const headers = clientHeaders();
  headers.append("Stator-To", "send.counter.c1");
  expect(decode(foreign(headers))).toEqual([["Stator-To", "send.counter.c1"]]);
  expect(decode(foreign(undefined))).toEqual([]);
});

test("nobody there is told from an empty message, whoever keeps the bytes", () => {
  const status = Buffer.from("NATS/1.0 503\r\n\r\n");
  expect(isNoResponders(received(status))).toBe(true);
  expect(isNoResponders(received(status, Buffer.from("{}")))).toBe(false);
  expect(isNoResponders(received(Buffer.from("NATS/1.0\r\nA: 503\r\n\r\n")))).toBe(false);
  expect(isNoResponders(foreign(clientHeaders(503, "No Responders")))).toBe(true);
  expect(isNoResponders(foreign(undefined))).toBe(false);
});
