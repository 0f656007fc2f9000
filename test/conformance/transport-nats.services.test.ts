/** The NATS transport against the specification, on a real nats-server. */
import { connect } from "nats";
import { expect, inject, test } from "vitest";
import { systemClock as clock } from "../../src/clock/system.ts";
import { connectNats, type NatsTransport } from "../../src/nats/transport.ts";
import type {} from "../support/provided.ts";
import { transportConformance } from "./transport.ts";

const natsUrl = inject("natsUrl");

transportConformance("nats", async () => {
  const transports: NatsTransport[] = [];
  return {
    connect: async (onError) => {
      const transport = await connectNats(natsUrl, { name: "conformance", clock, ...(onError ? { onError } : {}) });
      transports.push(transport);
      return transport;
    },
    close: async () => {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
});

test("a connection that was handed in is used and left open, without our subscriptions", async () => {
  const connection = await connect({ servers: natsUrl });
  const transport = await connectNats(connection, { name: "guest", clock });
  const seen: string[] = [];
  transport.subscribe("guest.t", ({ subject, reply = "" }) => {
    seen.push(subject);
    transport.publish(reply, "ok", { headers: { Kind: "answer" } });
  });
  const answer = await transport.request("guest.t", "", { timeoutMs: 1_000 });
  expect(answer.header("kind")).toBe("answer");
  await transport.close();
  expect(connection.isClosed()).toBe(false);
  await expect(connection.request("guest.t", "", { timeout: 1_000 })).rejects.toThrow("503");
  expect(seen).toEqual(["guest.t"]);
  await connection.close();
});

test("a transport whose handed-in connection is closed by its owner says so", async () => {
  const connection = await connect({ servers: natsUrl });
  const states: string[] = [];
  const transport = await connectNats(connection, { name: "guest", clock, onStatus: ({ kind }) => states.push(kind) });
  await connection.close();
  expect(() => transport.publish("guest.t", "")).toThrow(expect.objectContaining({ code: "UNAVAILABLE" }));
  expect(transport.isConnected()).toBe(false);
  await transport.close();
  expect(states).toEqual(["closed"]);
});

test("answers come to the inbox prefix that was asked for", async () => {
  const transport = await connectNats(natsUrl, { name: "prefix", clock, inboxPrefix: "_INBOX_me" });
  transport.subscribe("prefix.t", ({ reply = "" }) => transport.publish(reply, reply));
  const answer = await transport.request("prefix.t", "", { timeoutMs: 1_000 });
  expect(answer.subject).toMatch(/^_INBOX_me\./);
  await transport.close();
});

test("no server is a start-up error that names the URL and keeps the password", async () => {
  const refused = connectNats("nats://me:secret@127.0.0.1:1", { name: "nobody", clock });
  await expect(refused).rejects.toThrow(
    expect.objectContaining({
      name: "StartupError",
      code: "NATS_UNREACHABLE",
      message: expect.stringContaining("nats://127.0.0.1:1"),
    }),
  );
  await expect(refused).rejects.not.toThrow(/secret/);
  await expect(connectNats("nats://", { name: "nobody", clock })).rejects.toThrow(/not valid/);
});
