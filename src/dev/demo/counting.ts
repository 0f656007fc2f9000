/** A transport that counts which messages were sent more than once. Everything else is the transport's own. */
import { HEADER } from "../../core/wire.ts";
import type { Transport } from "../../ports/transport.ts";

export interface RetryCount {
  /** Messages with an id that went out more than once. */
  readonly retried: number;
}

export function countRetries(transport: Transport): { readonly transport: Transport; readonly count: RetryCount } {
  const sent = new Set<string>();
  const retried = new Set<string>();
  const counting: Transport = {
    publish: (...args) => transport.publish(...args),
    subscribe: (...args) => transport.subscribe(...args),
    request(subject, data, options) {
      const id = options.headers?.[HEADER.messageId];
      if (id === undefined) return transport.request(subject, data, options);
      (sent.has(id) ? retried : sent).add(id);
      const { again } = options;
      if (again === undefined) return transport.request(subject, data, options);
      const counted = (): string | undefined => {
        const to = again.subject();
        if (to !== undefined) retried.add(id);
        return to;
      };
      return transport.request(subject, data, { ...options, again: { ...again, subject: counted } });
    },
    requestMany: (...args) => transport.requestMany(...args),
    isConnected: () => transport.isConnected(),
    flush: () => transport.flush(),
    close: () => transport.close(),
  };
  return {
    transport: counting,
    count: {
      get retried() {
        return retried.size;
      },
    },
  };
}
