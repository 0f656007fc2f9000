/**
 * The real servers of a run and what is done to them. Postgres is a direct child with a process group of its own.
 *
 * After a failover the standby lives on the port and in the folder of the primary before it: whoever comes later finds
 * one healthy Postgres where there was one.
 */
import { rename, rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../../src/dev/poll.ts";
import { POSTGRES_BASE_PORT, pickPort } from "../../src/dev/ports.ts";
import { processStart } from "../../src/dev/proc.ts";
import { killProcess } from "../../src/dev/process.ts";
import { type DevStack, startDevStack } from "../../src/dev/stack.ts";
import { askPostgres, copyCluster, type PostgresTools, Postmaster } from "./postmaster.ts";

const STANDBY = "chaos_standby";
const STANDBY_BASE_PORT = POSTGRES_BASE_PORT + 300;
/** The old primary is back while hosts still trust leases that it gave; nobody needs its data. */
const IN_HASTE = ["fsync=off"];
const FOLLOWS_MS = 30_000;

export class Servers {
  readonly #stack: DevStack;
  readonly #tools: PostgresTools | undefined;
  readonly #beside = new Set<Postmaster>();
  #pausedNats: number | undefined;
  /** Commits wait for a standby. */
  #isReplicated = false;
  #busy: Promise<void> = Promise.resolve();

  private constructor(stack: DevStack, tools: PostgresTools | undefined) {
    this.#stack = stack;
    this.#tools = tools;
  }

  /** Without `tools` there can be no standby. */
  static async start(dataDir: string, say: (line: string) => void, tools?: PostgresTools): Promise<Servers> {
    return new Servers(await startDevStack({ dataDir, say }), tools);
  }

  get postgresUrl(): string {
    return this.#stack.postgresUrl;
  }

  get natsUrl(): string {
    return this.#stack.natsUrl;
  }

  /** Versions: where they lie is nobody's business in a report. */
  get origins(): DevStack["origins"] {
    const { postgres, nats } = this.#stack.origins;
    return { postgres: `Postgres ${versionIn(postgres)}`, nats: `nats-server ${versionIn(nats)}` };
  }

  get postgresPort(): number {
    return Number(new URL(this.#stack.postgresUrl).port);
  }

  get natsPort(): number {
    return Number(new URL(this.#stack.natsUrl).port);
  }

  /** Ends it, leaves it down for a while, starts it on the same data. Resolves when it answers again. */
  breakPostgres(how: "immediate" | "kill", downMs: number): Promise<void> {
    return this.#next(async () => {
      const { postgres } = this.#stack.pids;
      if (postgres !== undefined && how === "immediate") process.kill(postgres, "SIGQUIT");
      if (postgres !== undefined && how === "kill") await killTree(postgres);
      await pause(downMs);
      await this.#stack.restartPostgres(how);
    });
  }

  /** Resolves with a Postgres that follows ours; from then on no commit is acknowledged that it does not have. */
  async openStandby(): Promise<Postmaster> {
    const tools = this.#needTools();
    const folder = `${await this.#folder()}.standby`;
    await copyCluster(tools, this.postgresPort, folder, STANDBY);
    const standby = await Postmaster.start(tools, folder, await this.freePort());
    this.#beside.add(standby);
    try {
      this.#isReplicated = true;
      await this.#alterPostgres(`synchronous_standby_names = '${STANDBY}'`);
      if (!(await until(() => this.#isSynchronous(), FOLLOWS_MS))) throw new Error("the standby does not follow");
      return standby;
    } catch (cause) {
      await this.#dismiss().catch(() => undefined); // it may be down: `heal` tries again
      throw cause;
    }
  }

  /**
   * The primary is killed and its standby promoted, which then takes its port and its folder. Resolves, once both run,
   * with the primary of before: it came back on `formerPort`, takes itself for the primary, and waits for its standby.
   */
  failOver(standby: Postmaster, formerPort: number): Promise<Postmaster> {
    return this.#next(async () => {
      const folder = await this.#folder();
      const { postgres } = this.#stack.pids;
      if (postgres !== undefined) await killTree(postgres);
      const formerFolder = `${folder}.former`;
      await rename(folder, formerFolder);
      const [former] = await Promise.all([
        Postmaster.start(this.#needTools(), formerFolder, formerPort, IN_HASTE),
        this.#takeOver(standby, folder),
      ]);
      this.#beside.add(former);
      return former;
    });
  }

  async #takeOver(standby: Postmaster, folder: string): Promise<void> {
    await standby.rows("select pg_promote()");
    await standby.stop();
    this.#beside.delete(standby);
    this.#isReplicated = false;
    await rename(standby.folder, folder);
    await this.#stack.restartPostgres("kill");
  }

  async retire(former: Postmaster): Promise<void> {
    await former.kill();
    this.#beside.delete(former);
    await rm(former.folder, { recursive: true, force: true });
  }

  freePort(): Promise<number> {
    const server = "another Postgres";
    return pickPort({ server, given: undefined, remembered: undefined, base: STANDBY_BASE_PORT });
  }

  async killNats(downMs: number): Promise<void> {
    const { nats } = this.#stack.pids;
    if (nats !== undefined) process.kill(nats, "SIGKILL");
    await pause(downMs);
    await this.#stack.restartNats("kill");
  }

  pauseNats(): void {
    this.#pausedNats = this.#stack.pids.nats;
    if (this.#pausedNats !== undefined) process.kill(this.#pausedNats, "SIGSTOP");
  }

  resumeNats(): void {
    if (this.#pausedNats !== undefined) process.kill(this.#pausedNats, "SIGCONT");
    this.#pausedNats = undefined;
  }

  /** Both run, whatever was done to them. A Postgres that ended by itself, as on a full disk, is started again. */
  heal(): Promise<void> {
    this.resumeNats();
    return this.#next(async () => {
      const { postgres, nats } = this.#stack.pids;
      if (postgres === undefined || (await processStart(postgres)) === undefined)
        await this.#stack.restartPostgres("kill");
      if (nats === undefined || (await processStart(nats)) === undefined) await this.#stack.restartNats("kill");
      await this.#dismiss();
    });
  }

  async stop(): Promise<void> {
    this.resumeNats();
    await Promise.all([...this.#beside].map((postmaster) => postmaster.kill()));
    await this.#stack.stop();
  }

  /** Two nemeses may want something of Postgres at once. */
  #next<T>(operation: () => Promise<T>): Promise<T> {
    const mine = this.#busy.then(operation);
    this.#busy = mine.then(
      () => undefined,
      () => undefined,
    );
    return mine;
  }

  /** Nobody beside it any more, and nobody to wait for. */
  async #dismiss(): Promise<void> {
    await Promise.all([...this.#beside].map((postmaster) => this.retire(postmaster)));
    if (this.#isReplicated) await this.#alterPostgres("synchronous_standby_names = ''");
    this.#isReplicated = false;
  }

  async #alterPostgres(setting: string): Promise<void> {
    await askPostgres(this.postgresPort, `alter system set ${setting}`);
    await askPostgres(this.postgresPort, "select pg_reload_conf()");
  }

  async #isSynchronous(): Promise<boolean> {
    const states = await askPostgres<{ state: string }>(
      this.postgresPort,
      `select sync_state as state from pg_stat_replication where application_name = '${STANDBY}'`,
    );
    return states.some(({ state }) => state === "sync");
  }

  async #folder(): Promise<string> {
    const [row] = await askPostgres<{ folder: string }>(
      this.postgresPort,
      "select current_setting('data_directory') as folder",
    );
    return row?.folder ?? "";
  }

  #needTools(): PostgresTools {
    if (this.#tools === undefined) throw new Error("there is no pg_basebackup to make a standby with");
    return this.#tools;
  }
}

async function killTree(pid: number): Promise<void> {
  const start = await processStart(pid);
  if (start !== undefined) await killProcess({ pid, start });
}

const versionIn = (origin: string): string => /\(([^()]+)\)/.exec(origin)?.[1] ?? "of unknown version";
