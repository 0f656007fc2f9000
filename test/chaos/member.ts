/** One place for a host: its two lines, and the process that is there now. A process that ends by itself is replaced. */
import { setTimeout as pause } from "node:timers/promises";
import type { Chance } from "../simulation/faults.ts";
import { Child } from "./child.ts";
import type { FromHost, HostConfig, HostVitals, ToHost } from "./host.ts";
import { Line } from "./proxy/line.ts";
import { NatsSplitter } from "./proxy/nats-frames.ts";
import { PostgresSplitter } from "./proxy/postgres-frames.ts";

const DRAIN_MS = 15_000;
const RETRY_START_MS = 500;

export interface MemberParts {
  readonly name: string;
  readonly postgresPort: () => number;
  readonly natsPort: () => number;
  readonly chance: Chance;
  readonly logFile: string;
  /** Everything but the addresses, which are ours. */
  readonly config: () => Omit<HostConfig, "postgres" | "nats" | "label" | "version">;
  readonly env: () => NodeJS.ProcessEnv;
}

export class Member {
  readonly name: string;
  readonly postgres: Line;
  readonly nats: Line;
  version = "1";
  /** Of the host that serves now; empty while there is none. */
  id = "";
  isPaused = false;
  /** Counts of all processes that were here. */
  readonly totals = new Map<string, number>();
  readonly vitals: HostVitals[] = [];
  /** Processes that were ready and ended although nobody had asked them to. */
  readonly deaths: string[] = [];
  readonly #parts: MemberParts;
  #child: Child<FromHost, ToHost> | undefined;
  #last: HostVitals | undefined;
  #isWanted = false;
  #starting: Promise<void> | undefined;

  private constructor(parts: MemberParts, postgres: Line, nats: Line) {
    this.#parts = parts;
    this.name = parts.name;
    this.postgres = postgres;
    this.nats = nats;
  }

  static async open(parts: MemberParts): Promise<Member> {
    const fraction = (): number => parts.chance.fraction();
    const postgres = await Line.open({
      port: parts.postgresPort,
      splitter: (direction) => (direction === "up" ? new PostgresSplitter() : undefined),
      fraction,
    });
    const nats = await Line.open({ port: parts.natsPort, splitter: () => new NatsSplitter(), fraction });
    return new Member(parts, postgres, nats);
  }

  get isReady(): boolean {
    return this.id !== "" && this.#child?.isRunning === true;
  }

  /** Resolves when the host serves; starts it again until it does. */
  start(): Promise<void> {
    this.#isWanted = true;
    this.#starting ??= this.#startUntilReady().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #startUntilReady(): Promise<void> {
    while (this.#isWanted && !this.isReady) {
      const child = this.#spawn();
      const ready = await child.hear(({ kind }) => kind === "ready");
      if (ready?.kind !== "ready") await pause(RETRY_START_MS);
      else if (this.#child === child) this.id = ready.id;
    }
  }

  #spawn(): Child<FromHost, ToHost> {
    const { config, env, logFile } = this.#parts;
    const full: HostConfig = {
      ...config(),
      postgres: `postgres://postgres@127.0.0.1:${this.postgres.port}/postgres`,
      nats: `nats://127.0.0.1:${this.nats.port}`,
      label: this.name,
      version: this.version,
    };
    const child = new Child<FromHost, ToHost>({ main: "host.ts", args: [JSON.stringify(full)], logFile, env: env() });
    this.#child = child;
    this.id = "";
    this.isPaused = false;
    child.on((message) => {
      if (message.kind === "vitals") this.#note(message);
    });
    child.process.once("exit", (code, signal) => this.#ended(child, `${signal ?? `exit code ${code}`}`));
    return child;
  }

  #note(vitals: HostVitals): void {
    this.#last = vitals;
    this.vitals.push(vitals);
  }

  #ended(child: Child<FromHost, ToHost>, how: string): void {
    if (this.#child !== child) return;
    for (const [name, count] of Object.entries(this.#last?.counters ?? {}))
      this.totals.set(name, (this.totals.get(name) ?? 0) + count);
    this.#last = undefined;
    const wasReady = this.id !== "";
    this.id = "";
    if (!this.#isWanted || !wasReady) return;
    this.deaths.push(how);
    void this.start();
  }

  say(message: ToHost): void {
    this.#child?.say(message);
  }

  /** SIGKILL. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#isWanted = false;
    await this.#child?.kill();
    await this.#starting;
  }

  /** SIGTERM; a host that does not drain in time is killed. Answers whether it ended by itself. */
  async stop(): Promise<boolean> {
    this.#isWanted = false;
    this.resume();
    this.#child?.signal("SIGTERM");
    const isDrained = await Promise.race([
      this.#child?.gone().then(() => true),
      pause(DRAIN_MS, false, { ref: false }),
    ]);
    if (isDrained === false) await this.#child?.kill();
    await this.#starting;
    return isDrained !== false;
  }

  pause(): void {
    this.isPaused = true;
    this.#child?.signal("SIGSTOP");
  }

  resume(): void {
    this.isPaused = false;
    this.#child?.signal("SIGCONT");
  }

  /** A count of this place over all its processes. */
  count(name: string): number {
    return (this.totals.get(name) ?? 0) + (this.#last?.counters[name] ?? 0);
  }

  countNames(): Set<string> {
    return new Set([...this.totals.keys(), ...Object.keys(this.#last?.counters ?? {})]);
  }

  async close(): Promise<void> {
    await this.kill();
    await Promise.all([this.postgres.close(), this.nats.close()]);
  }
}
