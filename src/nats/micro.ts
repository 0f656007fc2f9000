/**
 * Our answers to the NATS services protocol (ADR-32), so that `nats micro ls|info|stats` lists what we serve.
 *
 * Three verbs, asked of everybody, of one name, or of one instance: nine plain subscriptions without a queue group,
 * because everyone asked must answer. Only core NATS is needed, so any transport will do.
 */
import { quote } from "../core/address.ts";
import { StartupError } from "../core/errors.ts";
import type { Incoming, Transport } from "../ports/transport.ts";

/** One subject that is served, with its counts since the start. */
export interface Endpoint {
  readonly name: string;
  readonly subject: string;
  readonly queue: string;
  readonly requests: number;
  readonly errors: number;
  /** Empty where there was none. */
  readonly lastError: string;
  /** Nanoseconds spent, summed over all requests. */
  readonly processingNs: number;
}

export interface ServiceDescription {
  readonly name: string;
  /** Of this instance: one subject token. */
  readonly id: string;
  /** Semantic version. */
  readonly version: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Read at each request. */
  readonly endpoints: () => readonly Endpoint[];
  readonly startedAt: Date;
}

const NAME = /^[a-zA-Z0-9_-]+$/;
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

export function serveDiscovery(transport: Transport, service: ServiceDescription): { close(): void } {
  assertService(service);
  const { name, id } = service;
  const verbs = { PING: pong, INFO: info, STATS: stats };
  const subscriptions = Object.entries(verbs).flatMap(([verb, answer]) => {
    const respond = ({ reply }: Incoming): void => {
      if (reply !== undefined) transport.publish(reply, JSON.stringify(answer(service)));
    };
    const subjects = [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${id}`];
    return subjects.map((subject) => transport.subscribe(subject, respond));
  });
  return {
    close: () => {
      for (const subscription of subscriptions) subscription.close();
    },
  };
}

const identity = ({ name, id, version, metadata }: ServiceDescription) => ({ name, id, version, metadata });

const pong = (service: ServiceDescription) => ({ type: "io.nats.micro.v1.ping_response", ...identity(service) });

const info = (service: ServiceDescription) => ({
  type: "io.nats.micro.v1.info_response",
  ...identity(service),
  description: service.description,
  endpoints: service
    .endpoints()
    .map(({ name, subject, queue }) => ({ name, subject, queue_group: queue, metadata: {} })),
});

const stats = (service: ServiceDescription) => ({
  type: "io.nats.micro.v1.stats_response",
  ...identity(service),
  started: service.startedAt.toISOString(),
  endpoints: service.endpoints().map((endpoint) => ({
    name: endpoint.name,
    subject: endpoint.subject,
    queue_group: endpoint.queue,
    num_requests: endpoint.requests,
    num_errors: endpoint.errors,
    last_error: endpoint.lastError,
    processing_time: Math.round(endpoint.processingNs),
    average_processing_time: endpoint.requests === 0 ? 0 : Math.round(endpoint.processingNs / endpoint.requests),
  })),
});

function assertService({ name, id, version }: ServiceDescription): void {
  if (!NAME.test(name)) throw bad("name", name, NAME);
  if (!NAME.test(id)) throw bad("id", id, NAME);
  if (!VERSION.test(version)) throw bad("version", version, VERSION);
}

const bad = (what: string, text: string, rule: RegExp): StartupError =>
  new StartupError("INVALID_SERVICE", `service ${what} ${quote(text)} must match ${rule.source}`);
