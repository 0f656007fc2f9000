/** All processes of one cycle: hosts behind their lines, clients behind theirs, the sink; in a namespace of its own. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { migrate } from "../../src/postgres/migrate.ts";
import { Chance } from "../simulation/faults.ts";
import type { Spice, Workload } from "./asks.ts";
import { Audit } from "./audit.ts";
import { Child } from "./child.ts";
import { fakeTime, setClock } from "./clock.ts";
import { LEASE_MS } from "./field.ts";
import type { FromGenerator, GeneratorConfig, Progress, ToGenerator } from "./generator.ts";
import { Ledger } from "./ledger.ts";
import { Member } from "./member.ts";
import { Prober } from "./prober.ts";
import { Line } from "./proxy/line.ts";
import { NatsSplitter } from "./proxy/nats-frames.ts";
import type { Servers } from "./servers.ts";
import type { SinkCall } from "./sink.ts";
import { Witness } from "./witness.ts";

export const PARTITIONS = 24;
/** Small bounds, so that they are met. */
const OPTIONS = { leaseMs: LEASE_MS, maxMailbox: 64, maxActivations: 60, maxInternalAttempts: 4 };

export interface ClusterPlan {
  readonly namespace: string;
  readonly folder: string;
  readonly seed: number;
  readonly hosts: number;
  readonly workloads: readonly Workload[];
  readonly spices: readonly Spice[];
  readonly perSecond: number;
  /** `libfaketime` is loaded into the hosts from this file. */
  readonly faketime: string | undefined;
}

interface Parts {
  readonly audit: Audit;
  readonly prober: Prober;
  readonly witness: Witness;
  readonly ledger: Ledger;
  readonly clients: Line;
  readonly members: readonly Member[];
  readonly sink: Child<{ readonly port: number }, never>;
  readonly generator: Child<FromGenerator, ToGenerator>;
}

export class Cluster {
  readonly plan: ClusterPlan;
  readonly parts: Parts;
  progress: Progress = { sent: 0, ok: 0, refused: 0, unknown: 0, open: 0 };

  private constructor(plan: ClusterPlan, parts: Parts) {
    this.plan = plan;
    this.parts = parts;
    parts.generator.on((message) => {
      if (message.kind === "progress") this.progress = message;
    });
  }

  /** Resolves when every host serves. */
  static async start(plan: ClusterPlan, servers: Servers): Promise<Cluster> {
    const { folder, namespace, seed } = plan;
    mkdirSync(folder, { recursive: true });
    await migrate(servers.postgresUrl, { namespace, partitions: PARTITIONS });
    const audit = new Audit(servers.postgresUrl, namespace);
    await audit.install();
    const sink = new Child<{ readonly port: number }, never>({
      main: "sink.ts",
      args: [join(folder, "sink.jsonl"), `${seed}`],
      logFile: join(folder, "sink.log"),
    });
    const port = (await sink.hear(() => true))?.port;
    if (port === undefined) throw new Error(`the sink did not start; see ${folder}/sink.log`);
    writeFileSync(join(folder, "sink.jsonl"), "");
    const members = await Promise.all(
      Array.from({ length: plan.hosts }, (_, i) => openMember(`host-${i}`, plan, servers, port)),
    );
    await Promise.all(members.map((member) => member.start()));
    const chance = new Chance(seed, "clients");
    const clients = await Line.open({
      port: () => servers.natsPort,
      splitter: () => new NatsSplitter(),
      fraction: () => chance.fraction(),
    });
    const prober = await Prober.open(servers.natsUrl, namespace, PARTITIONS);
    const witness = new Witness(prober.connection, namespace);
    const generator = startGenerator(plan, clients.port);
    if ((await generator.hear(({ kind }) => kind === "ready")) === undefined)
      throw new Error(`the generator did not start; see ${folder}/generator.log`);
    const ledger = new Ledger(join(folder, "faults.jsonl"));
    return new Cluster(plan, { audit, prober, witness, ledger, clients, members, sink, generator });
  }

  /** Where the clients wrote down what they asked and were told. */
  get historyFile(): string {
    return join(this.plan.folder, "history.jsonl");
  }

  sinkCalls(): SinkCall[] {
    const lines = readFileSync(join(this.plan.folder, "sink.jsonl"), "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as SinkCall);
  }

  /** Resolves when the clients have no message on its way any more. */
  async stopClients(): Promise<void> {
    const done = this.parts.generator.hear(({ kind }) => kind === "done");
    this.parts.generator.say({ kind: "stop" });
    if ((await done) === undefined) throw new Error(`the generator ended; see ${this.plan.folder}/generator.log`);
  }

  /** Every line passes, every process runs, every clock is right. Resolves when all hosts serve. */
  async heal(servers: Servers): Promise<void> {
    const { members, clients } = this.parts;
    clients.heal();
    for (const member of members) {
      member.postgres.heal();
      member.nats.heal();
      member.resume();
      if (this.plan.faketime !== undefined) setClock(clockFile(this.plan.folder, member.name), 0);
    }
    await servers.heal();
    await Promise.all(members.map((member) => member.start()));
  }

  async stop(): Promise<void> {
    const { audit, prober, clients, members, sink, generator } = this.parts;
    await Promise.all([generator.kill(), ...members.map((member) => member.close())]);
    await Promise.all([sink.kill(), prober.close(), clients.close()]);
    await audit.close();
  }

  /** A host's counts, or all hosts' together. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const member of this.parts.members)
      for (const name of member.countNames()) counts.set(name, (counts.get(name) ?? 0) + member.count(name));
    return counts;
  }
}

export const clockFile = (folder: string, of: string): string => join(folder, `${of}.clock`);

function openMember(name: string, plan: ClusterPlan, servers: Servers, sinkPort: number): Promise<Member> {
  const { folder, namespace, seed, faketime } = plan;
  const file = clockFile(folder, name);
  if (faketime !== undefined) setClock(file, 0);
  return Member.open({
    name,
    postgresPort: () => servers.postgresPort,
    natsPort: () => servers.natsPort,
    chance: new Chance(seed, name),
    logFile: join(folder, `${name}.log`),
    config: () => ({ sinkPort, namespace, options: OPTIONS }),
    env: () => (faketime === undefined ? {} : fakeTime(faketime, file)),
  });
}

function startGenerator(plan: ClusterPlan, natsPort: number): Child<FromGenerator, ToGenerator> {
  const { namespace, seed, workloads, spices, perSecond, folder } = plan;
  const nats = `nats://127.0.0.1:${natsPort}`;
  const historyFile = join(folder, "history.jsonl");
  const config: GeneratorConfig = { nats, namespace, seed, workloads, spices, perSecond, historyFile };
  writeFileSync(historyFile, "");
  chmodSync(folder, 0o755);
  return new Child({ main: "generator.ts", args: [JSON.stringify(config)], logFile: join(folder, "generator.log") });
}
