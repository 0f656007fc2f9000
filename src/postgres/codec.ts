/**
 * Arrays as bind parameters, in Postgres' binary format: a third of the CPU of pg's text arrays on the commit path.
 *
 * `pg` sends a Buffer as a binary parameter; the statement casts it (`$1::int[]`) to the type encoded here. Layout:
 * dimensions, has-null flag, element type, length, lower bound, then each element with its byte length (-1: null).
 */

const OID = { int4: 23, int8: 20, text: 25, float8: 701, timestamptz: 1184 } as const;
const HEADER_BYTES = 20;
/** Postgres counts microseconds from 2000-01-01. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const MAX_UINT32 = 2 ** 32 - 1;
const MAX_ASCII = 0x7f;
const SHORT_TEXT = 48;

/** What an array is made of: its elements, or rows and what to take of each. */
type Pick<Row, Element> = (row: Row) => Element;
const itself = (row: unknown): never => row as never;

export function int4Array<Row = number>(rows: readonly Row[], pick: Pick<Row, number> = itself): Buffer {
  const buffer = fixed(OID.int4, rows.length, 4, false);
  let at = HEADER_BYTES;
  for (const row of rows) {
    buffer.writeInt32BE(4, at);
    buffer.writeInt32BE(pick(row), at + 4);
    at += 8;
  }
  return buffer;
}

/** Numbers, or decimal text where 53 bits are not enough. */
export function int8Array<Row = number | string>(
  rows: readonly Row[],
  pick: Pick<Row, number | string> = itself,
): Buffer {
  const buffer = fixed(OID.int8, rows.length, 8, false);
  let at = HEADER_BYTES;
  for (const row of rows) {
    buffer.writeInt32BE(8, at);
    writeInt8(buffer, pick(row), at + 4);
    at += 12;
  }
  return buffer;
}

/** Without the detour over a bigint where the number is small, as nearly all are. */
function writeInt8(buffer: Buffer, value: number | string, at: number): void {
  if (typeof value === "number" && value >= 0 && value <= MAX_UINT32) {
    buffer.writeInt32BE(0, at);
    buffer.writeUInt32BE(value, at + 4);
  } else buffer.writeBigInt64BE(BigInt(value), at);
}

export function float8Array<Row = number>(rows: readonly Row[], pick: Pick<Row, number> = itself): Buffer {
  const buffer = fixed(OID.float8, rows.length, 8, false);
  let at = HEADER_BYTES;
  for (const row of rows) {
    buffer.writeInt32BE(8, at);
    buffer.writeDoubleBE(pick(row), at + 4);
    at += 12;
  }
  return buffer;
}

/** Epoch milliseconds; undefined becomes null. */
export function timestampArray<Row = number | undefined>(
  rows: readonly Row[],
  pick: Pick<Row, number | undefined> = itself,
): Buffer {
  const buffer = fixed(OID.timestamptz, rows.length, 8, true);
  let at = HEADER_BYTES;
  for (const row of rows) {
    const value = pick(row);
    if (value === undefined) {
      buffer.writeInt32BE(-1, at);
      at += 4;
    } else {
      buffer.writeInt32BE(8, at);
      buffer.writeBigInt64BE(BigInt(Math.round((value - POSTGRES_EPOCH_MS) * 1_000)), at + 4);
      at += 12;
    }
  }
  return buffer.subarray(0, at);
}

/** Undefined becomes null. U+0000 goes out as it is: Postgres refuses it (22021). */
export function textArray<Row = string | undefined>(
  rows: readonly Row[],
  pick: Pick<Row, string | undefined> = itself,
): Buffer {
  let bytes = 0;
  for (const row of rows) bytes += 4 + mostBytesOf(pick(row));
  const buffer = header(OID.text, rows.length, bytes, true);
  let at = HEADER_BYTES;
  for (const row of rows) {
    const value = pick(row);
    const length = value === undefined ? -1 : writeText(buffer, value, at + 4);
    buffer.writeInt32BE(length, at);
    at += 4 + Math.max(0, length);
  }
  return rows.length === 0 ? buffer : buffer.subarray(0, at);
}

/** Exact where counting pays, else the most that UTF-8 can take. */
function mostBytesOf(value: string | undefined): number {
  if (value === undefined) return 0;
  return value.length > SHORT_TEXT ? Buffer.byteLength(value) : 3 * value.length;
}

/** Answers the bytes written. Up to some length a loop is faster than a call out of the engine. */
function writeText(buffer: Buffer, value: string, at: number): number {
  if (value.length > SHORT_TEXT) return buffer.write(value, at);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > MAX_ASCII) return buffer.write(value, at);
    buffer[at + i] = code;
  }
  return value.length;
}

/** An array as an element of a text array; the statement casts it with `::text[]`. */
export function arrayLiteral(values: readonly string[]): string {
  if (values.length === 0) return "{}";
  return `{${values.map((value) => `"${value.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

function fixed(oid: number, length: number, width: number, nullable: boolean): Buffer {
  return header(oid, length, length * (4 + width), nullable);
}

function header(oid: number, length: number, bytes: number, nullable: boolean): Buffer {
  const buffer = Buffer.allocUnsafe(length === 0 ? 12 : HEADER_BYTES + bytes);
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(nullable ? 1 : 0, 4);
  buffer.writeInt32BE(oid, 8);
  if (length === 0) return buffer;
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
}
