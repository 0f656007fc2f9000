/** What the parts of the transport's specification share. */
import type { Incoming, Transport } from "../../src/ports/transport.ts";

export interface TransportUnderTest {
  /** A further connection to the same broker. What its handlers throw goes to `onError`. */
  connect(onError?: (cause: unknown, subject: string) => void): Promise<Transport>;
  close(): Promise<void>;
}

export type Open = () => Promise<TransportUnderTest>;
/** Two connections of one broker: nothing may depend on being in the same process. */
export type Pair = () => Promise<readonly [Transport, Transport]>;

export const SECOND = { timeoutMs: 1_000 };

export const text = (message: Incoming): string => Buffer.from(message.data).toString("utf8");

/** All that was published so far has been handled by `receiver`. */
export async function settled(sender: Transport, receiver: Transport): Promise<void> {
  await sender.flush();
  await receiver.flush();
  await receiver.flush();
}

/** The subjects that come to a new subscription. */
export function gather(transport: Transport, filter: string, queue?: string): string[] {
  const seen: string[] = [];
  transport.subscribe(filter, ({ subject }) => seen.push(subject), queue === undefined ? {} : { queue });
  return seen;
}
