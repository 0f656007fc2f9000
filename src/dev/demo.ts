/**
 * `npm run demo`: real servers, two hosts, one of them killed in the middle, and a judgement by SQL.
 *
 * Nothing that it prints is known beforehand: counts come from the database, from the callers and from the payment
 * provider's own log. The last line is `demo: ok — …` or `demo: failed`.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Client, createClient } from "../client/client.ts";
import { systemClock, systemRandom } from "../clock/system.ts";
import { connectNats } from "../nats/transport.ts";
import { migrate } from "../postgres/migrate.ts";
import { schemaOf } from "../postgres/pool.ts";
import { countRetries, type RetryCount } from "./demo/counting.ts";
import { Fleet, type RunningHost } from "./demo/fleet.ts";
import { type Acknowledged, counterKey, sendAll } from "./demo/load.ts";
import { Households, type SagaOutcome } from "./demo/sagas.ts";
import { Sales, type SalesOutcome } from "./demo/sales.ts";
import { judge, type Verdict } from "./demo/verdict.ts";
import { givenServers } from "./environment.ts";
import { messageOf } from "./errors.ts";
import { until } from "./poll.ts";
import { type DevStack, startDevStack } from "./stack.ts";

const MESSAGES = 2_000;
const KEYS = 50;
const SENDERS = 64;
const KILL_AFTER = 0.3;
const KILL_AT_LAST = 0.7;
const SHARE_TIMEOUT_MS = 20_000;

const say = (line: string): void => console.log(line);
const count = (n: number): string => n.toLocaleString("en-US");
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** What was started, to be stopped in reverse. */
const cleanups: (() => Promise<void> | void)[] = [];

async function cleanUp(): Promise<void> {
  for (const undo of cleanups.splice(0).reverse()) await undo();
}

async function run(): Promise<boolean> {
  say("Stator demo: two hosts, thousands of messages, and a kill -9.\n");
  const folder = mkdtempSync(join(tmpdir(), "stator-demo-"));
  chmodSync(folder, 0o755); // as root, Postgres runs as a user who must be able to walk in
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const namespace = `demo-${process.pid}`;
  const stack = await startServers(folder, namespace);
  const paymentLog = join(folder, "payments.ndjson");
  const witnessFile = join(folder, "sagas.ndjson");
  writeFileSync(paymentLog, "");
  const fleet = new Fleet({
    env: {
      DATABASE_URL: stack.postgresUrl,
      NATS_URL: stack.natsUrl,
      PAYMENT_LOG: paymentLog,
      SAGA_WITNESS: witnessFile,
    },
    namespace,
    logFile: join(folder, "hosts.log"),
  });
  cleanups.push(() => fleet.stop());
  const [a] = await Promise.all([fleet.start("host A"), fleet.start("host B")]);
  const { client, retries } = await connect(stack, namespace);
  await share(client);

  const sales = new Sales(client, paymentLog);
  await sales.begin();
  say("   a subscription renews every second; an order waits for a payment that will not come\n");
  const households = new Households(client, witnessFile);
  const acknowledged = await loadWithKill(client, fleet, a, { sales, households, retries });
  const outcome = await sales.end();
  tellSales(outcome);
  const sagas = await households.end(a.pid);
  tellSagas(sagas);
  say("\nChecking in Postgres, by SQL:");
  const verdict = await judge(stack.postgresUrl, schemaOf(namespace), acknowledged);
  return conclude(verdict, { sales: outcome, sagas }, acknowledged, retries);
}

async function startServers(folder: string, namespace: string): Promise<DevStack> {
  const given = givenServers();
  const stack = await startDevStack({ dataDir: folder, ...given, say: (line) => say(`   ${line}`) });
  cleanups.push(() => stack.stop());
  say(`   Postgres from ${stack.origins.postgres}`);
  say(`   NATS from ${stack.origins.nats}; both ready after ${seconds(stack.readyMs)}`);
  await migrate(stack.postgresUrl, { namespace });
  if (given.databaseUrl !== undefined) cleanups.push(() => dropSchema(stack.postgresUrl, namespace));
  return stack;
}

/** In a database that is not ours nothing stays behind. */
async function dropSchema(url: string, namespace: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`drop schema ${schemaOf(namespace)} cascade`).finally(() => client.end());
}

async function connect(stack: DevStack, namespace: string): Promise<{ client: Client; retries: RetryCount }> {
  const nats = await connectNats(stack.natsUrl, { name: "stator demo", clock: systemClock });
  const { transport, count: retries } = countRetries(nats);
  const client = createClient({
    transport,
    clock: systemClock,
    random: systemRandom,
    namespace,
    release: () => nats.close(),
  });
  cleanups.push(() => client.close());
  return { client, retries };
}

/** The first host took everything; waits until it has given the second its part. */
async function share(client: Client): Promise<void> {
  let view = await client.hosts();
  const isShared = async (): Promise<boolean> => {
    view = await client.hosts();
    const owned = view.hosts.reduce((sum, host) => sum + host.partitions, 0);
    return owned === view.partitions && view.hosts.every((host) => host.partitions > view.partitions / 3);
  };
  const isDone = await until(isShared, SHARE_TIMEOUT_MS, 100);
  const shares = view.hosts.map((host) => `${host.label} owns ${host.partitions}`).join(", ");
  if (!isDone) throw new Error(`two hosts do not share the keys: ${shares}`);
  say(`   two hosts share ${view.partitions} partitions: ${shares}`);
}

/** All messages acknowledged, one host killed and replaced on the way. */
async function loadWithKill(
  client: Client,
  fleet: Fleet,
  victim: RunningHost,
  of: { readonly sales: Sales; readonly households: Households; readonly retries: RetryCount },
): Promise<readonly Acknowledged[]> {
  const { sales, households, retries } = of;
  say(`Sending ${count(MESSAGES)} ADDs to ${KEYS} counters, ${SENDERS} callers at once.`);
  const startedAt = performance.now();
  let done = 0;
  let reached: () => void = () => undefined;
  const half = new Promise<void>((resolve) => {
    reached = resolve;
  });
  await sales.paySlowly();
  households.begin();
  const load = sendAll(client, {
    messages: MESSAGES,
    keys: KEYS,
    senders: SENDERS,
    random: systemRandom,
    onAcknowledged: (acknowledged) => {
      done = acknowledged;
      if (acknowledged >= MESSAGES * KILL_AFTER) reached();
    },
  });
  await Promise.race([half, load]);
  await households.midway(victim.pid, () => done >= MESSAGES * KILL_AT_LAST);
  await fleet.kill(victim);
  say(
    `   ${count(done)} acknowledged after ${seconds(performance.now() - startedAt)}: kill -9 of ${victim.name} (pid ${victim.pid})`,
  );
  await recover(client, fleet);
  const acknowledged = await load;
  const tookMs = performance.now() - startedAt;
  say(
    `   ${count(acknowledged.length)} of ${count(MESSAGES)} acknowledged after ${seconds(tookMs)}; ${count(retries.retried)} messages were sent again under their id`,
  );
  return acknowledged;
}

/** A replacement starts; every counter is asked until it answers again. */
async function recover(client: Client, fleet: Fleet): Promise<void> {
  const killedAt = performance.now();
  const replacement = fleet.start("host C").then((host) => {
    say(`   ${host.name} (pid ${host.pid}) serves ${seconds(performance.now() - killedAt)} after the kill`);
  });
  const keys = Array.from({ length: KEYS }, (_, i) => counterKey(i));
  await Promise.all(keys.map((key) => client.object("counter", key).get()));
  say(`   all ${KEYS} counters answer again ${seconds(performance.now() - killedAt)} after the kill`);
  await replacement;
}

function tellSales({ slowOrders, attempts, again, renewals }: SalesOutcome): void {
  say("\nMeanwhile:");
  say(`   ${slowOrders} slow payments were under way at the kill: all are paid, by ${attempts} attempts;`);
  say(`   begun again on another host, under the same idempotency key: ${again}`);
  say(`   the subscription was renewed ${renewals} times by its timer, then canceled`);
  say("   the unpaid order expired by its timer, the one with the flaky card is paid");
}

function tellSagas({ completed, rolledBack, completedAcross, rolledBackAcross, again, halfDone }: SagaOutcome): void {
  say(`   ${completed} households subscribed to all of their list, ${completedAcross} of them across the kill;`);
  say(`   ${rolledBack} could not have Disney and were rolled back, ${rolledBackAcross} of them across the kill;`);
  say(`   ${again} calls were made again under their key, and ${halfDone} sagas left anything half done`);
}

function conclude(
  verdict: Verdict,
  { sales, sagas }: { readonly sales: SalesOutcome; readonly sagas: SagaOutcome },
  acknowledged: readonly Acknowledged[],
  retries: RetryCount,
): boolean {
  const { turns, lost, twice, gaps, wrongSums } = verdict;
  const sum = acknowledged.reduce((total, { amount }) => total + amount, 0);
  say(`   ${count(turns)} turns in the journals, ${gaps} gaps`);
  say(`   ${count(acknowledged.length)} acknowledged messages: ${lost} lost, ${twice} applied twice`);
  say(`   ${KEYS - wrongSums} of ${KEYS} sums exact, ${count(sum)} in all\n`);
  const findings = [...verdict.findings];
  if (acknowledged.length !== MESSAGES)
    findings.push(`${acknowledged.length} of ${MESSAGES} messages were acknowledged`);
  if (sales.chargeKeys !== sales.slowOrders)
    findings.push(`${sales.slowOrders} slow orders were charged under ${sales.chargeKeys} idempotency keys`);
  if (sales.renewals < 1) findings.push("the subscription was never renewed");
  if (sagas.halfDone > 0) findings.push(`${sagas.halfDone} sagas left too little or too much behind`);
  if (sagas.completed === 0 || sagas.rolledBack === 0) findings.push("no saga completed, or none was rolled back");
  for (const finding of findings) say(`   differs: ${finding}`);
  if (findings.length > 0) return false;
  const counts = [
    `${count(turns)} turns committed`,
    `${count(retries.retried)} messages retried`,
    `lost ${lost}`,
    `applied twice ${twice}`,
    `sagas half done ${sagas.halfDone} of ${sagas.completed + sagas.rolledBack}`,
  ];
  say(`demo: ok — ${counts.join(", ")}`);
  return true;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    say("demo: interrupted");
    void cleanUp().finally(() => process.exit(130));
  });
}

let isOk = false;
try {
  isOk = await run();
} catch (cause) {
  say(`\n${messageOf(cause)}`);
}
// The last line stays the last: what is stopped now says nothing.
await cleanUp();
if (!isOk) say("demo: failed");
process.exit(isOk ? 0 : 1);
