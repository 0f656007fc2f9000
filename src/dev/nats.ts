/**
 * The NATS of the dev stack: core NATS on loopback, no JetStream, nothing on disk but its config file.
 *
 * Pings are frequent so that a client that vanished is noticed within seconds, as a host expects.
 */
import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { findNats } from "./broker.ts";
import type { Environment } from "./environment.ts";
import { ownIdentity } from "./identity.ts";
import type { ServerPlan } from "./server.ts";

export const NATS_STOP_SIGNAL = "SIGTERM";

const CONNECT_TIMEOUT_MS = 3_000;

export function natsUrl(port: number): string {
  return `nats://127.0.0.1:${port}`;
}

export async function planNats(
  devDir: string,
  environment: Environment,
  say: (line: string) => void,
): Promise<{ readonly plan: ServerPlan; readonly origin: string }> {
  const { file, origin } = await findNats(environment, say);
  const identity = await ownIdentity(environment.path);
  const folder = join(devDir, "nats");
  await mkdir(folder, { recursive: true });
  const config = join(folder, "nats.conf");
  const serverName = `stator-dev-${randomUUID()}`;
  const plan: ServerPlan = {
    name: "nats",
    logFile: join(devDir, "nats.log"),
    env: {},
    stopSignal: NATS_STOP_SIGNAL,
    prepare: async (port) => {
      await writeFile(config, configText(serverName, port));
      return identity.wrap([file, "--config", config], "TERM");
    },
    isReady: async (_server, port) => (await greeting(port)).includes(`"server_name":"${serverName}"`),
  };
  return { plan, origin };
}

function configText(serverName: string, port: number): string {
  return `# Written by the dev stack at each start; changes are lost.
server_name: "${serverName}"
listen: "127.0.0.1:${port}"
ping_interval: "5s"
ping_max: 2
max_payload: 1MB
write_deadline: "5s"
`;
}

/** The INFO line that a NATS server says first; empty when nobody says one. */
function greeting(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ port, host: "127.0.0.1", timeout: CONNECT_TIMEOUT_MS });
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) socket.destroy();
    });
    socket.on("timeout", () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(text.startsWith("INFO ") ? text : ""));
  });
}
