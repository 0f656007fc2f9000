/** The composition root: where a host gets its real parts. Everything else names ports only. */
import { hostname } from "node:os";
import { systemClock, systemRandom } from "./clock/system.ts";
import { assertNamespace } from "./core/address.ts";
import type { ObjectDefinition } from "./core/define.ts";
import { StartupError } from "./core/errors.ts";
import { type HostOptions, hostOptions } from "./core/options.ts";
import { type ServiceMetadata, serviceName } from "./core/wire.ts";
import { HostRuntime } from "./host/host.ts";
import { type Endpoint, serveDiscovery } from "./nats/micro.ts";
import { connectNats, type NatsTransport } from "./nats/transport.ts";
import { Counters, type Gauges, type Logger, silentLogger } from "./ports/telemetry.ts";
import { PostgresLeases } from "./postgres/leases.ts";
import { migrate } from "./postgres/migrate.ts";
import { openPostgres, type Postgres } from "./postgres/pool.ts";
import { assertFit, inspectPostgres } from "./postgres/preflight.ts";
import { PostgresStore } from "./postgres/store.ts";
import { VERSION } from "./version.ts";

export interface HostConfig {
  readonly objects: readonly ObjectDefinition[];
  /** `postgres://user:password@host:port/database` */
  readonly postgres: string;
  /** `nats://host:port`, or a connection of `nats` 2 that the caller keeps. */
  readonly nats: Parameters<typeof connectNats>[0];
  /** Objects of different namespaces do not see each other. `default` unless set. */
  readonly namespace?: string;
  /** Hosts of one group serve the same definitions and share the keys. `main` unless set. */
  readonly group?: string;
  readonly options?: Partial<HostOptions>;
  readonly logger?: Logger;
  /** Starts on a Postgres whose settings can lose acknowledged writes. */
  readonly unsafe?: boolean;
  /** For people, in listings of hosts; machine and process id unless set. */
  readonly label?: string;
  /** Of a new namespace; cannot be changed later. 256 unless set. */
  readonly partitions?: number;
  /** Of a new namespace: how long message ids are remembered. 7 days unless set. */
  readonly horizonMs?: number;
  /** Brings the schema up to date at start; true unless set. */
  readonly migrate?: boolean;
}

export interface Host {
  /** Drawn at the start; empty before. */
  readonly id: string;
  readonly counters: Counters;
  /** Objects in memory. */
  readonly activations: number;
  /** Undefined where it does not run. */
  readonly gauges: Gauges | undefined;
  /** Resolves when the host owns its share of the keys and is open to messages. */
  start(): Promise<Host>;
  /** Takes no more messages, lets those in work settle, gives its keys to other hosts, closes its connections. */
  stop(): Promise<void>;
}

export function createHost(config: HostConfig): Host {
  return new ComposedHost(config);
}

interface Opened {
  readonly postgres: Postgres;
  readonly store: PostgresStore;
  readonly leases: PostgresLeases;
  readonly transport: NatsTransport;
  readonly runtime: HostRuntime;
  discovery: { close(): void } | undefined;
}

class ComposedHost implements Host {
  readonly counters = new Counters();
  readonly #config: HostConfig;
  readonly #options: HostOptions;
  readonly #log: Logger;
  readonly #namespace: string;
  readonly #group: string;
  #opened: Opened | undefined;

  constructor(config: HostConfig) {
    this.#config = config;
    this.#options = hostOptions(config.options);
    this.#log = config.logger ?? silentLogger;
    this.#namespace = config.namespace ?? "default";
    this.#group = config.group ?? "main";
    assertNamespace(this.#namespace);
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(this.#group))
      throw new StartupError("INVALID_GROUP", `group '${this.#group}' must be 1 to 32 letters, digits, - or _`);
  }

  get id(): string {
    return this.#opened?.runtime.id ?? "";
  }

  get activations(): number {
    return this.#opened?.runtime.activations ?? 0;
  }

  get gauges(): Gauges | undefined {
    return this.#opened?.runtime.gauges;
  }

  async start(): Promise<Host> {
    if (this.#opened !== undefined) return this;
    const opened = await this.#open();
    this.#opened = opened;
    try {
      await opened.runtime.start();
      opened.discovery = this.#serveDiscovery(opened);
    } catch (cause) {
      await this.stop();
      throw cause;
    }
    return this;
  }

  async stop(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    this.#opened = undefined;
    opened.discovery?.close();
    try {
      await opened.runtime.stop();
    } finally {
      await Promise.allSettled([opened.transport.close(), opened.store.close()]);
      await opened.postgres.close();
    }
  }

  async #open(): Promise<Opened> {
    const postgres = await this.#openPostgres();
    try {
      const transport = await connectNats(this.#config.nats, {
        name: `stator host ${this.#label}`,
        clock: systemClock,
        onStatus: (status) => this.#log.info({ ...status }, "NATS connection"),
        onError: (cause, subject) => this.#log.error({ err: cause, subject }, "a message handler failed"),
      });
      assertKept(this.#options, postgres.settings.horizonMs);
      const store = new PostgresStore(postgres, this.#group);
      const leases = new PostgresLeases(postgres, this.#group);
      const runtime = new HostRuntime({
        objects: this.#config.objects,
        namespace: this.#namespace,
        group: this.#group,
        store,
        leases,
        transport,
        secret: postgres.settings.secret,
        label: this.#label,
        options: this.#options,
        clock: systemClock,
        random: systemRandom,
        log: this.#log,
        counters: this.counters,
      });
      return { postgres, store, leases, transport, runtime, discovery: undefined };
    } catch (cause) {
      await postgres.close();
      throw cause;
    }
  }

  async #openPostgres(): Promise<Postgres> {
    const { postgres: url, partitions, horizonMs } = this.#config;
    const namespace = this.#namespace;
    if (this.#config.migrate !== false) {
      await migrate(url, {
        namespace,
        ...(partitions === undefined ? {} : { partitions }),
        ...(horizonMs === undefined ? {} : { horizonMs }),
      });
    }
    const onError = (error: Error): void => this.#log.warn({ err: error }, "a Postgres connection broke");
    const postgres = await openPostgres(url, { namespace, onError });
    try {
      const findings = await inspectPostgres(postgres.pool, { namespace });
      const overruled = assertFit(findings, { namespace, unsafe: this.#config.unsafe ?? false });
      for (const finding of overruled) this.#log.warn({ ...finding }, "this Postgres can lose acknowledged writes");
    } catch (cause) {
      await postgres.close();
      throw cause;
    }
    return postgres;
  }

  get #label(): string {
    return this.#config.label ?? `${hostname()}:${process.pid}`;
  }

  #serveDiscovery({ runtime, transport, leases }: Opened): { close(): void } {
    const metadata: ServiceMetadata = {
      namespace: this.#namespace,
      group: this.#group,
      partitions: String(leases.partitions),
      objects: this.#config.objects.map((definition) => definition.name).join(","),
    };
    const unmeasured = { requests: 0, errors: 0, lastError: "", processingNs: 0 };
    return serveDiscovery(transport, {
      name: serviceName(this.#namespace),
      id: runtime.id,
      version: VERSION,
      description: `durable objects of namespace ${this.#namespace}`,
      metadata: { ...metadata },
      endpoints: (): readonly Endpoint[] => runtime.endpoints.map((endpoint) => ({ ...endpoint, ...unmeasured })),
      startedAt: new Date(),
    });
  }
}

/** A journal row answers the retries of its message: it has to stay for as long as they are promised. */
function assertKept({ journalMs }: HostOptions, horizonMs: number): void {
  if (journalMs >= horizonMs) return;
  const text = `journalMs is ${journalMs}, the dedupe horizon of the namespace ${horizonMs}; it must be at least that`;
  throw new StartupError("OPTIONS", text);
}
