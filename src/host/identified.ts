/**
 * A message that came without an id gets one at the first host, before anything else can happen to it: it may be passed
 * on, come back and be passed on again, and must be applied once all the same.
 */
import { HEADER } from "../core/wire.ts";
import type { Headers, Incoming } from "../ports/transport.ts";

export const messageIdOf = (incoming: Incoming): string | undefined =>
  incoming.header(HEADER.messageId) ?? incoming.header(HEADER.natsMessageId);

/** The same message under its id. */
export function identified(incoming: Incoming, id: string): Incoming {
  if (messageIdOf(incoming) !== undefined) return incoming;
  return {
    subject: incoming.subject,
    data: incoming.data,
    reply: incoming.reply,
    header: (name) => (name.toLowerCase() === HEADER.messageId.toLowerCase() ? id : incoming.header(name)),
    headers: (): Headers => ({ ...incoming.headers(), [HEADER.messageId]: id }),
  };
}
