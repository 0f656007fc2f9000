/**
 * One server of the stack from start to stop. What differs between Postgres and NATS is in the plan.
 *
 * Operations of one server run one after another: a stop during a restart waits, and then stops what was restarted.
 */
import type { Command } from "./command.ts";
import { DevStackError, messageOf, PortLostError } from "./errors.ts";
import { until } from "./poll.ts";
import { type PortWish, startOnPort, startOnSamePort } from "./ports.ts";
import { isRunning, type ProcessIdentity } from "./proc.ts";
import { killProcess, type ServerProcess, spawnServer, stopProcess } from "./process.ts";
import type { ServerName, State } from "./state.ts";

const READY_TIMEOUT_MS = 60_000;

/** How one kind of server is run. */
export interface ServerPlan {
  readonly name: ServerName;
  readonly logFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stopSignal: NodeJS.Signals;
  /** Writes what the server reads at start, removes what would stop it, and says how to start it. */
  prepare(port: number): Promise<Command>;
  /** True only if it is this process that answers on the port, not another one that was faster. */
  isReady(server: ProcessIdentity, port: number): Promise<boolean>;
}

export class Server {
  readonly port: number;
  readonly #plan: ServerPlan;
  readonly #state: State;
  readonly #say: (line: string) => void;
  #process: ServerProcess | undefined;
  #busy: Promise<void> = Promise.resolve();

  private constructor(plan: ServerPlan, state: State, say: (line: string) => void, port: number) {
    this.#plan = plan;
    this.#state = state;
    this.#say = say;
    this.port = port;
  }

  static start(plan: ServerPlan, wish: PortWish, state: State, say: (line: string) => void): Promise<Server> {
    return startOnPort(wish, async (port) => {
      const server = new Server(plan, state, say, port);
      await server.#launch();
      return server;
    });
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Same port, same data. SIGKILL takes the children along. */
  restart(signal: "SIGKILL" | "SIGQUIT"): Promise<void> {
    return this.#next(async () => {
      await this.#end((running) => (signal === "SIGKILL" ? killProcess(running) : stopProcess(running, signal)));
      await startOnSamePort(() => this.#launch());
    });
  }

  /** Idempotent. */
  stop(): Promise<void> {
    return this.#next(() => this.#end((running) => stopProcess(running, this.#plan.stopSignal)));
  }

  #next(operation: () => Promise<void>): Promise<void> {
    const mine = this.#busy.then(operation);
    this.#busy = mine.catch(() => undefined); // the caller hears of it; the next operation finds what is left
    return mine;
  }

  async #launch(): Promise<void> {
    const { name, logFile, env } = this.#plan;
    const command = await this.#plan.prepare(this.port);
    const running = await spawnServer({ command, env, logFile });
    this.#process = running;
    this.#state.set(name, { port: this.port, process: { pid: running.pid, start: running.start } });
    try {
      await this.#awaitReady(running);
    } catch (cause) {
      await this.#end(killProcess);
      throw cause;
    }
    running.onExit((how) => {
      if (this.#process === running) this.#say(`${name} (pid ${running.pid}) ended with ${how}; see ${logFile}`);
    });
  }

  async #awaitReady(running: ServerProcess): Promise<void> {
    const { name, logFile } = this.#plan;
    const isReady = await until(async () => {
      const how = running.exit();
      if (how === undefined) return this.#plan.isReady(running, this.port);
      const log = await running.logTail();
      if (/address already in use/i.test(log)) throw new PortLostError(`port ${this.port} for ${name} is taken`);
      throw new DevStackError(`${name} ended at start with ${how}; ${logFile} says:\n${log}`);
    }, READY_TIMEOUT_MS);
    if (!isReady) {
      throw new DevStackError(
        `${name} does not answer on port ${this.port}; ${logFile} says:\n${await running.logTail()}`,
      );
    }
  }

  async #end(how: (running: ServerProcess) => Promise<void>): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined; // from here on its end is no news
    await how(running);
    this.#state.set(this.#plan.name, { port: this.port, process: undefined });
  }
}

/** Stops what a run that was killed left behind. With a death signal nothing is, or it is just stopping. */
export async function stopOrphan(
  name: ServerName,
  signal: NodeJS.Signals,
  state: State,
  say: (line: string) => void,
): Promise<void> {
  const record = state.get(name);
  if (record?.process === undefined) return;
  if (await isRunning(record.process)) {
    say(`stopping ${name} of an earlier run (pid ${record.process.pid})`);
    try {
      await stopProcess(record.process, signal);
    } catch (cause) {
      throw new DevStackError(`cannot stop ${name} of an earlier run: ${messageOf(cause)}`, { cause });
    }
  }
  state.set(name, { port: record.port, process: undefined });
}
