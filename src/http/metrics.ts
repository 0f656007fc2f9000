/**
 * What a host counts and measures, as Prometheus reads it (text format 0.0.4). A name with a variable part becomes one
 * family with a label. Written by hand: prom-client brings two packages for what is one page here.
 */
import type { Counters, Gauges, Measured, Spread } from "../ports/telemetry.ts";

export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

export interface MetricsSource {
  readonly counters: Counters;
  /** Undefined where the host does not run. */
  readonly gauges: Gauges | undefined;
}

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

interface Family {
  readonly name: string;
  readonly help: string;
  /** What the rest of a counter's name becomes. */
  readonly label: string;
}

/** By the first word of a counter's name. */
const FAMILIES: Readonly<Record<string, Family>> = {
  turn: { name: "stator_turns_total", help: "Turns, by what became of them", label: "outcome" },
  refused: { name: "stator_refused_total", help: "Requests of callers that were refused, by code", label: "code" },
  relay: { name: "stator_relayed_total", help: "Outgoing messages and actions that arrived, by kind", label: "kind" },
};

/** Counters without a label. They are told from the start, as 0. */
export const SINGLE: Readonly<Record<string, string>> = {
  "chain.several": "Chains of more than one turn of an object in one commit",
  "commit.batches": "Batches sent to Postgres",
  "commit.fallback": "Batches that Postgres refused and that were sent again object by object",
  "commit.unknown": "Batches whose outcome is not known: their turns ran again under the same ids",
  "invocation.attempts": "Attempts of promise actors",
  "invocation.failures": "Attempts of promise actors that failed",
  "invocation.resumed": "Invocations taken over from another host or another life of this one",
  "journal.removed": "Journal rows that were older than their retention",
  "lease.failed": "Heartbeats that were not answered",
  "lease.fenced": "Commits refused by the epoch: another host owns the partition",
  "lease.moved": "Partitions given to another host",
  "lease.taken": "Partitions taken",
  "message.forged": "Messages dropped that claimed to come from a host",
  "message.held": "Messages held until an owner was known",
  "message.passed-on": "Messages passed on to the owner of their object",
  "message.returned": "Held messages that went back into the queue",
  "object.large": "Objects above half of the snapshot limit",
  "object.parked": "Objects that were parked",
  "relay.parked": "Outgoing messages and actions that were parked",
  "relay.repeated": "Outgoing messages that had to be sent again",
  "relay.waited": "Outgoing messages that waited behind others of their link",
  shed: "Requests refused at once because too many wait",
  "speculation.dropped": "Chains computed on a commit that failed",
  "store.failed": "Calls of the database that were not answered",
  "timer.fired": "Timers that fired",
};

const GAUGES: Readonly<Record<keyof Gauges, { readonly name: string; readonly help: string; readonly per?: number }>> =
  {
    activations: { name: "stator_activations", help: "Objects in memory" },
    waiting: { name: "stator_messages_waiting", help: "Requests that wait for their answer" },
    partitions: { name: "stator_partitions_owned", help: "Partitions whose objects this host runs" },
    invocations: { name: "stator_promise_actors_running", help: "Attempts of promise actors that run" },
    heartbeatAgeMs: {
      name: "stator_heartbeat_age_seconds",
      help: "Since the last heartbeat that was answered; near the lease the host gives up",
      per: 1_000,
    },
  };

const SPREADS: Readonly<Record<Measured, { readonly name: string; readonly help: string; readonly per: number }>> = {
  "commit.ms": { name: "stator_commit_duration_seconds", help: "Round trip that writes one batch", per: 1_000 },
  "commit.turns": { name: "stator_commit_turns", help: "Turns in one batch", per: 1 },
};

export function metricsText({ counters, gauges }: MetricsSource, usage: ProcessUsage): string {
  const parts = [
    ...countersText(counters.toJSON()),
    ...gaugesText(gauges),
    ...(Object.entries(counters.spreads) as [Measured, Spread][]).map(([of, spread]) => spreadText(of, spread)),
    one("process_cpu_seconds_total", "counter", "CPU of this process, user and system", usage.cpuSeconds),
    one("process_resident_memory_bytes", "gauge", "Memory of this process", usage.rssBytes),
  ];
  return `${parts.join("\n")}\n`;
}

function countersText(counts: Readonly<Record<string, number>>): string[] {
  const labeled = new Map<string, string[]>();
  for (const [name, count] of Object.entries(counts)) {
    const [prefix = "", ...rest] = name.split(".");
    const family = FAMILIES[prefix];
    if (family === undefined || name in SINGLE) continue;
    labeled.set(prefix, [
      ...(labeled.get(prefix) ?? []),
      `${family.name}{${family.label}="${rest.join(".")}"} ${count}`,
    ]);
  }
  const families = Object.entries(FAMILIES).map(([prefix, { name, help }]) =>
    [...head(name, "counter", help), ...(labeled.get(prefix) ?? [])].join("\n"),
  );
  const others = Object.keys(counts).filter((name) => FAMILIES[name.split(".")[0] ?? ""] === undefined);
  const singles = [...new Set([...Object.keys(SINGLE), ...others])].map((name) =>
    one(`stator_${name.replace(/[^a-z0-9]+/gi, "_")}_total`, "counter", SINGLE[name] ?? name, counts[name] ?? 0),
  );
  return [...families, ...singles];
}

function gaugesText(gauges: Gauges | undefined): string[] {
  if (gauges === undefined) return [];
  return (Object.keys(GAUGES) as (keyof Gauges)[]).map((key) => {
    const { name, help, per = 1 } = GAUGES[key];
    return one(name, "gauge", help, gauges[key] / per);
  });
}

function spreadText(of: Measured, { bounds, counts, sum }: Spread): string {
  const { name, help, per } = SPREADS[of];
  let total = 0;
  const buckets = counts.map((count, i) => {
    total += count;
    const bound = bounds[i];
    return `${name}_bucket{le="${bound === undefined ? "+Inf" : bound / per}"} ${total}`;
  });
  return [...head(name, "histogram", help), ...buckets, `${name}_sum ${sum / per}`, `${name}_count ${total}`].join(
    "\n",
  );
}

const head = (name: string, type: string, help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

const one = (name: string, type: string, help: string, value: number): string =>
  [...head(name, type, help), `${name} ${value}`].join("\n");
