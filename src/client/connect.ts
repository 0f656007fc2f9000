/** The client on NATS: the one place of the client where adapters are named. */
import { systemClock, systemRandom } from "../clock/system.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { NatsConnectionLike } from "../nats/connection.ts";
import { connectNats } from "../nats/transport.ts";
import { type Client, createClient } from "./client.ts";

export interface ConnectOptions {
  /** URL, several with commas, or an open connection; a connection that you open stays yours to close. */
  readonly nats: string | NatsConnectionLike;
  /** `default` unless given. */
  readonly namespace?: string;
  readonly retry?: Partial<RetryPolicy>;
  /** Shown by the broker's monitoring. */
  readonly name?: string;
}

/** Rejects with a `StartupError` where no broker is reached; reconnects for ever afterwards. */
export async function connectClient(options: ConnectOptions): Promise<Client> {
  const { nats, name = "stator-client", ...rest } = options;
  const transport = await connectNats(nats, { name, clock: systemClock });
  return createClient({
    ...rest,
    transport,
    clock: systemClock,
    random: systemRandom,
    release: () => transport.close(),
  });
}
