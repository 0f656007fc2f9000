/**
 * Keeps one host running for `stator dev`: a process of its own, started again when it crashes, drained and started
 * anew when its files change.
 *
 *   start ──▶ running ──crash──▶ pause (0.5 s → 10 s) ──▶ start
 *     │          └──reload──▶ drain (SIGTERM, 8 s, SIGKILL) ──▶ start
 *     └──refused (its files are wrong)──▶ down, until the next reload
 *
 * The host has its own session: Ctrl-C reaches only us, and we stop it in order. If we die, its IPC channel closes and
 * it stops itself. Its output is our output.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { HostNews } from "./host.ts";
import { askMetrics, type MetricsNews } from "./metrics.ts";
import { selfArguments } from "./self.ts";

const MIN_PAUSE_MS = 500;
const MAX_PAUSE_MS = 10_000;
/** A host that ran longer than this crashed for the first time. */
const STABLE_MS = 10_000;
const DRAIN_TIMEOUT_MS = 8_000;

export interface SupervisorOptions {
  /** After `stator host`. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
  readonly onReady: (news: Extract<HostNews, { kind: "ready" }>) => void;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  #child: ChildProcess | undefined;
  #pauseMs = MIN_PAUSE_MS;
  #restart: NodeJS.Timeout | undefined;
  #isStopping = false;
  #isReloadAsked = false;
  /** Operations run one after another. */
  #busy: Promise<void> = Promise.resolve();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#next(async () => this.#spawn());
  }

  /** Changes that come while it reloads are one more reload, not many. */
  reload(): void {
    if (this.#isReloadAsked) return;
    this.#isReloadAsked = true;
    this.#next(async () => {
      this.#isReloadAsked = false;
      await this.#end();
      this.#pauseMs = MIN_PAUSE_MS;
      this.#spawn();
    });
  }

  /** Of the host that runs now. Rejects with `UNAVAILABLE` where none does. */
  metrics(): Promise<string> {
    return askMetrics(this.#child);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#next(() => this.#end());
    await this.#busy;
  }

  #next(operation: () => Promise<void>): void {
    this.#busy = this.#busy.then(operation);
  }

  #spawn(): void {
    if (this.#isStopping) return;
    const { args, cwd, env } = this.#options;
    const startedAt = performance.now();
    const child = spawn(process.execPath, [...selfArguments, "host", ...args], {
      cwd,
      env: { ...env },
      detached: true,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    let isRefused = false;
    child.on("message", (message) => {
      const news = message as HostNews | MetricsNews;
      if (news.kind === "ready") this.#options.onReady(news);
      else if (news.kind === "refused") isRefused = true;
    });
    child.once("error", (cause) => this.#options.say(`the host cannot be started: ${cause.message}`));
    child.once("close", (code, signal) => {
      if (this.#child !== child) return; // it was told to end
      this.#child = undefined;
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      if (isRefused) this.#options.say("the host is down until this is fixed; save a file to try again");
      else this.#again(how, performance.now() - startedAt);
    });
  }

  #again(how: string, ranMs: number): void {
    if (this.#isStopping) return;
    if (ranMs > STABLE_MS) this.#pauseMs = MIN_PAUSE_MS;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
    this.#options.say(`the host ended (${how}); starting it again in ${pauseMs / 1_000} s`);
    this.#restart = setTimeout(() => this.start(), pauseMs);
  }

  /** Lets the host finish what it has in work; after a while it is killed. */
  async #end(): Promise<void> {
    clearTimeout(this.#restart);
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "close");
    child.kill("SIGTERM");
    const killer = setTimeout(() => {
      this.#options.say("the host does not stop; killing it");
      child.kill("SIGKILL");
    }, DRAIN_TIMEOUT_MS);
    await ended;
    clearTimeout(killer);
  }
}
