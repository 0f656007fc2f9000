/** The client of a command, for as long as the command needs it. Loads the NATS library only here. */
import type { Client } from "../client/client.ts";
import type { Settings } from "./settings.ts";

export async function withClient<T>(settings: Settings, work: (client: Client) => Promise<T>): Promise<T> {
  const { connectClient } = await import("../client/connect.ts");
  const { namespace } = settings;
  const client = await connectClient({ nats: settings.nats(), namespace, name: "stator cli" });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
