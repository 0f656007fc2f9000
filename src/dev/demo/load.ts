/** Many senders, many counters: every message has an id, and is sent again under it until it is acknowledged. */
import type { Client } from "../../client/client.ts";
import type { Random } from "../../ports/clock.ts";

export interface Acknowledged {
  readonly key: string;
  readonly messageId: string;
  readonly amount: number;
}

export interface LoadOptions {
  readonly messages: number;
  readonly keys: number;
  readonly senders: number;
  readonly random: Random;
  readonly onAcknowledged: (count: number) => void;
}

/** Resolves when every message is acknowledged; rejects when one cannot be. */
export async function sendAll(client: Client, options: LoadOptions): Promise<readonly Acknowledged[]> {
  const { messages, keys, senders, random, onAcknowledged } = options;
  const acknowledged: Acknowledged[] = [];
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < messages) {
      const i = next++;
      const [key, amount, messageId] = [counterKey(i % keys), 1 + (i % 7), random.uuid()];
      await client.object("counter", key).send({ type: "ADD", amount }, { messageId, timeoutMs: 45_000 });
      acknowledged.push({ key, messageId, amount });
      onAcknowledged(acknowledged.length);
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
  return acknowledged;
}

export const counterKey = (i: number): string => `c${String(i).padStart(2, "0")}`;
