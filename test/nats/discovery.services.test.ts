/** The official client's discovery reads our answers. */
import { connect, type NatsConnection, RequestStrategy } from "nats";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { systemClock } from "../../src/clock/system.ts";
import { type Endpoint, type ServiceDescription, serveDiscovery } from "../../src/nats/micro.ts";
import { connectNats, type NatsTransport } from "../../src/nats/transport.ts";
import type {} from "../support/provided.ts";

let official: NatsConnection;
let transport: NatsTransport;

const send: Endpoint = {
  name: "order-send",
  subject: "stator.default.send.order.*",
  queue: "order",
  requests: 4,
  errors: 1,
  lastError: "409: order is paid",
  processingNs: 4_000_000,
};
const service = (id: string, endpoints: () => readonly Endpoint[]): ServiceDescription => ({
  name: "discovery-test",
  id,
  version: "1.2.3",
  description: "order objects",
  metadata: { namespace: "default" },
  endpoints,
  startedAt: new Date("2026-01-02T03:04:05Z"),
});

beforeAll(async () => {
  official = await connect({ servers: inject("natsUrl") });
  transport = await connectNats(inject("natsUrl"), { name: "discovery", clock: systemClock });
});

afterAll(async () => {
  await transport.close();
  await official.close();
});

async function all<T>(answers: Promise<AsyncIterable<T>>): Promise<T[]> {
  const list: T[] = [];
  for await (const answer of await answers) list.push(answer);
  return list;
}

test("every instance answers PING, INFO and STATS, asked by name or by id", async () => {
  let requests = 4;
  const served = ["host-1", "host-2"].map((id) =>
    serveDiscovery(
      transport,
      service(id, () => [{ ...send, requests }]),
    ),
  );
  await transport.flush();
  const client = official.services.client({ strategy: RequestStrategy.Timer, maxWait: 200 });

  const identity = { name: "discovery-test", version: "1.2.3", metadata: { namespace: "default" } };
  const pings = await all(client.ping("discovery-test"));
  expect(pings.map(({ id }) => id).sort()).toEqual(["host-1", "host-2"]);
  expect(pings[0]).toMatchObject({ type: "io.nats.micro.v1.ping_response", ...identity });
  expect((await all(client.ping())).map(({ id }) => id)).toEqual(expect.arrayContaining(["host-1", "host-2"]));

  const [info, ...noMore] = await all(client.info("discovery-test", "host-2"));
  expect(noMore).toEqual([]);
  expect(info).toEqual({
    type: "io.nats.micro.v1.info_response",
    id: "host-2",
    ...identity,
    description: "order objects",
    endpoints: [{ name: "order-send", subject: "stator.default.send.order.*", queue_group: "order", metadata: {} }],
  });

  requests = 8;
  const [stats] = await all(client.stats("discovery-test", "host-1"));
  expect(stats).toMatchObject({
    type: "io.nats.micro.v1.stats_response",
    started: "2026-01-02T03:04:05.000Z",
    endpoints: [
      {
        name: "order-send",
        num_requests: 8,
        num_errors: 1,
        last_error: "409: order is paid",
        processing_time: 4_000_000,
        average_processing_time: 500_000,
      },
    ],
  });

  for (const { close } of served) close();
  await transport.flush();
  await expect(all(client.ping("discovery-test"))).rejects.toThrow("503");
});

test("names that the protocol does not allow are refused at the start", () => {
  const { name, ...rest } = service("host-1", () => []);
  expect(() => serveDiscovery(transport, { ...rest, name: `${name}.x` })).toThrow(/service name/);
  expect(() => serveDiscovery(transport, { ...rest, name, id: "a b" })).toThrow(/service id/);
  expect(() => serveDiscovery(transport, { ...rest, name, version: "1" })).toThrow(/service version/);
});
