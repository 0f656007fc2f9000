/** A broker with accounts: credentials of the URL are used, and what is forbidden is reported and breaks nothing else. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/clock/system.ts";
import { connectNats } from "../../src/nats/transport.ts";
import type { Incoming } from "../../src/ports/transport.ts";
import { eventually } from "../support/eventually.ts";
import { NatsServer } from "./server.ts";

const CONFIG = `
authorization { users: [
  { user: "host", password: "p w@1", permissions: {
    publish: { deny: "secret.>" }
    subscribe: { deny: "secret.>" }
  } }
] }`;

let server: NatsServer;
beforeAll(async () => {
  server = await NatsServer.start(CONFIG);
});
afterAll(() => server.kill());

const withUser = (user: string): string => server.url.replace("nats://", `nats://${user}@`);

test("no or wrong credentials are a start-up error, without the password in it", async () => {
  for (const url of [server.url, withUser("host:wrong")]) {
    const refused = connectNats(url, { name: "stranger", clock: systemClock });
    await expect(refused).rejects.toThrow(/cannot connect to NATS at nats:\/\/127\.0\.0\.1:\d+: .*Authorization/i);
    await expect(refused).rejects.not.toThrow(/wrong/);
  }
});

test("a forbidden publish and a forbidden subscription are reported; everything else works on", async () => {
  const errors: string[] = [];
  const onError = (cause: unknown, subject: string): number =>
    errors.push(`${(cause as { code: string }).code} ${subject}`);
  const transport = await connectNats(withUser("host:p%20w%401"), { name: "host", clock: systemClock, onError });
  transport.subscribe("open.echo", ({ reply = "", data }: Incoming) => transport.publish(reply, data));
  const forbidden = transport.subscribe("secret.x", () => undefined);
  transport.publish("secret.y", "");
  await transport.flush();
  await eventually(() => expect(errors.sort()).toEqual(["FORBIDDEN secret.x", "FORBIDDEN secret.y"]));
  forbidden.close();
  expect((await transport.request("open.echo", "on", { timeoutMs: 1_000 })).data).toHaveLength(2);
  await transport.close();
});
