/** The clients of a run: what they ask for, how they retry, and what they were told. */
import { createHash } from "node:crypto";
import { type Client, createClient, StatorError } from "stator/client";
import { type Address, formatAddress } from "../../src/core/address.ts";
import { viewText } from "../../src/core/message.ts";
import { ProcessClock } from "./agenda.ts";
import { Chance } from "./faults.ts";
import type { Attempt, Call, Misuse, Read, Wait } from "./history.ts";
import { POISON } from "./links.ts";
import { NAMESPACE } from "./member.ts";
import { UNWANTED } from "./programs.ts";
import type { World } from "./world.ts";

/** An ask of a client, before it has an id. */
interface Ask {
  readonly name: string;
  readonly key: string;
  readonly body: unknown;
  readonly verb?: "create";
  readonly delayMs?: number;
  readonly isExpired?: boolean;
}

interface Caller {
  readonly name: string;
  readonly client: Client;
}

const PLANS = ["ok", "ok", "slow", "flaky", "throw", "hang", "late", "terminal"];
/** Of an id that no host may run: older than the horizon. */
const EXPIRED_MS = 3 * 3_600_000;

export class Workload {
  readonly calls: Call[] = [];
  readonly reads: Read[] = [];
  readonly misused: Misuse[] = [];
  readonly waits: Wait[] = [];
  /** Loops that have not come to an end. */
  open = 0;
  readonly #world: World;
  readonly #callers: Caller[];
  readonly #chance: Chance;
  readonly #clock: ProcessClock;
  #ids = 0;

  constructor(world: World, clients: number) {
    this.#world = world;
    this.#chance = new Chance(world.seed, "workload");
    this.#clock = new ProcessClock(world.agenda);
    this.#callers = Array.from({ length: clients }, (_, i) => this.#caller(`client-${i}`));
  }

  #caller(name: string): Caller {
    const { seed } = this.#world;
    const transport = this.#world.connect(name);
    const random = new Chance(seed, name);
    return { name, client: createClient({ transport, clock: this.#clock, random, namespace: NAMESPACE }) };
  }

  start(without: ReadonlySet<string>): void {
    for (const caller of this.#callers) {
      if (without.has(caller.name)) continue;
      const chance = new Chance(this.#world.seed, `asks ${caller.name}`);
      this.#clock.after(chance.below(2_000), () => this.#goOn(caller, chance));
    }
  }

  /** One ask after the other, now and then many at once, until the faulty part is over. */
  #goOn(caller: Caller, chance: Chance): void {
    if (this.#world.faults.isOver) return;
    const asks = chance.fraction() < 0.07 ? this.#burst(chance) : [this.#ask(chance)];
    const work = asks.map((ask) => this.#one(ask, chance));
    void Promise.all(work).then(() => this.#clock.after(chance.below(800), () => this.#goOn(caller, chance)));
  }

  /** Many at once to one object, so that chains have several turns and mailboxes fill. */
  #burst(chance: Chance): Ask[] {
    const first = this.#ask(chance);
    const asks = [first];
    for (let n = chance.between(5, 20); asks.length < n; ) {
      const ask = this.#ask(chance);
      if (ask.name === first.name) asks.push(ask.verb === "create" ? ask : { ...ask, key: first.key });
    }
    return asks;
  }

  #one(ask: Ask, chance: Chance): Promise<unknown> {
    if (chance.fraction() < 0.12) return this.#read(ask.name === "notes" ? { ...ask, name: "list" } : ask);
    return this.#perform(ask, chance);
  }

  #ask(chance: Chance): Ask {
    const key = `${chance.below(3)}`;
    const id = `n${this.#ids++}`;
    const roll = chance.below(100);
    if (roll < 22) return { name: "list", key, body: { type: "APPEND", id } };
    if (roll < 36) return { name: "list", key, body: { type: "TELL", id, to: `${chance.below(2)}` } };
    if (roll < 37) return { name: "list", key, body: { type: "APPEND", id: `${id}-${POISON}` } };
    if (roll < 38) return { name: "list", key, body: { type: "FAIL" } };
    if (roll < 40) return { name: "list", key, body: { type: "APPEND", id }, isExpired: true };
    if (roll < 41) return { name: "list", key, body: { type: "TELL", id: `${UNWANTED}-${id}`, to: "2" } };
    if (roll < 42) return { name: "list", key, body: { type: "TELL", id, to: "2" } };
    if (roll < 48) return { name: "counter", key, body: { type: "ADD", amount: 1 }, ...this.#maybeLater(chance) };
    if (roll < 62) return { name: "courier", key, body: errand(chance) };
    if (roll < 75) return { name: "alarm", key: `${chance.below(2)}`, body: ring(chance) };
    if (roll < 76) return { name: "fragile", key, body: { type: "LIGHT" } };
    if (roll < 83) return { name: "clerk", key, body: question(chance, id) };
    if (roll < 91) return { name: "job", key, body: shift(chance) };
    return this.#transfer(chance, id);
  }

  #maybeLater(chance: Chance): { readonly delayMs?: number } {
    return chance.fraction() < 0.3 ? { delayMs: chance.between(1, 5_000) } : {};
  }

  #transfer(chance: Chance, id: string): Ask {
    const from = chance.below(3);
    const body = {
      id,
      from: `${from}`,
      to: `${(from + 1 + chance.below(2)) % 3}`,
      amount: chance.between(1, 60),
      refuse: chance.fraction() < 0.3,
      patienceMs: chance.between(20, 4_000),
    };
    return { name: "transfer", key: id, verb: "create", body };
  }

  /** Sends a message until somebody acknowledges it or refuses it for good; sometimes by two clients at once. */
  async #perform(ask: Ask, chance: Chance): Promise<void> {
    const { name, key, body, verb = "send", delayMs, isExpired = false } = ask;
    const id = isExpired ? `old-${this.calls.length}` : this.#id(chance);
    const call: Call = { id, address: { name, key }, verb, body, delayMs, isExpired, attempts: [] };
    this.calls.push(call);
    const loops = chance.fraction() < 0.05 ? 2 : 1;
    this.open++;
    try {
      const first = chance.below(this.#callers.length);
      const callers = [...this.#callers.slice(first), ...this.#callers].slice(0, loops);
      await Promise.all(callers.map((caller) => this.#repeat(call, caller, chance)));
      if (verb === "create" && chance.fraction() < 0.3) await this.#wait(call.address, { status: "done" }, chance);
      if (name === "alarm" && chance.fraction() < 0.15) await this.#wait(call.address, { matches: "idle" }, chance);
      if (chance.fraction() < 0.04) await this.#misuse(call, chance);
    } finally {
      this.open--;
    }
  }

  /** Sends something else under the id of a message that was accepted. */
  async #misuse({ id, address, verb, attempts }: Call, chance: Chance): Promise<void> {
    if (verb === "create" || address.name !== "list" || !attempts.some(({ receipt }) => receipt !== undefined)) return;
    const { client } = chance.pick(this.#callers);
    try {
      await client.object("list", address.key).send({ type: "APPEND", id: "other" }, { messageId: id });
      this.misused.push({ address, id, code: undefined });
    } catch (cause) {
      this.misused.push({ address, id, code: codeOf(cause) });
    }
  }

  /** A UUIDv7, or an id of the caller's own. */
  #id(chance: Chance): string {
    if (chance.fraction() < 0.2) return `own-${this.calls.length}`;
    const time = this.#clock.wallMs().toString(16).padStart(12, "0");
    const rest = createHash("sha256").update(`${this.#world.seed}/${this.calls.length}`).digest("hex");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`;
  }

  async #repeat(call: Call, first: Caller, chance: Chance): Promise<void> {
    let caller = first;
    for (let tries = 0; tries < 60; tries++) {
      const attempt = await this.#attempt(call, caller, chance);
      const isThrownAway = chance.fraction() < 0.1 && !this.#world.faults.isOver;
      if (attempt.receipt !== undefined && !isThrownAway) return;
      if (attempt.code !== undefined && !isRetryable(attempt.code) && chance.fraction() < 0.8) return;
      if (tries > 20 && attempt.code !== undefined && !isRetryable(attempt.code)) return;
      if (chance.fraction() < 0.2) caller = chance.pick(this.#callers);
      await new Promise<void>((resolve) => this.#clock.after(chance.between(10, 500), resolve));
    }
  }

  async #attempt(call: Call, { client, name }: Caller, chance: Chance): Promise<Attempt> {
    const { address, id, verb, body, delayMs, isExpired } = call;
    const attempt: Attempt = {
      client: name,
      invokedMs: this.#world.agenda.nowMs,
      doneMs: undefined,
      receipt: undefined,
      code: undefined,
    };
    call.attempts.push(attempt);
    const object = client.object(address.name, address.key);
    const options = {
      messageId: id,
      timeoutMs: chance.between(1_000, 8_000),
      ...(isExpired ? { sentAt: this.#clock.wallMs() - EXPIRED_MS } : {}),
      ...(delayMs === undefined ? {} : { delay: delayMs }),
    };
    try {
      const receipt =
        verb === "create" ? await object.create(body, options) : await object.send(body as never, options);
      const { revision, duplicate } = receipt;
      attempt.receipt = { revision, duplicate, text: JSON.stringify({ ...receipt, duplicate: false }) };
    } catch (cause) {
      attempt.code = codeOf(cause);
    }
    attempt.doneMs = this.#world.agenda.nowMs;
    const what = attempt.receipt === undefined ? attempt.code : `revision ${attempt.receipt.revision}`;
    this.#world.trace(`${name}: ${formatAddress(address)} ${id} (sent at ${attempt.invokedMs}) → ${what}`);
    return attempt;
  }

  async #read({ name, key }: Ask): Promise<void> {
    const { client } = this.#chance.pick(this.#callers);
    const invokedMs = this.#world.agenda.nowMs;
    this.open++;
    try {
      const view = await client.object(name, key).get({ timeoutMs: 6_000 });
      const doneMs = this.#world.agenda.nowMs;
      this.reads.push({ address: { name, key }, invokedMs, doneMs, revision: view.revision, view: viewText(view) });
    } catch (cause) {
      codeOf(cause);
    } finally {
      this.open--;
    }
  }

  /** Across whatever happens to the owner meanwhile. */
  async #wait(address: Address, until: Wait["until"], chance: Chance): Promise<void> {
    const { client } = chance.pick(this.#callers);
    const invokedMs = this.#world.agenda.nowMs;
    let shown: Wait["shown"];
    let code: string | undefined;
    try {
      const timeoutMs = chance.between(2_000, 30_000);
      const view = await client.object(address.name, address.key).waitFor(until as never, { timeoutMs });
      shown = { revision: view.revision, view: viewText(view) };
    } catch (cause) {
      code = codeOf(cause);
    }
    this.waits.push({ address, until, invokedMs, doneMs: this.#world.agenda.nowMs, shown, code });
  }

  /** Asks every object after the last heal; answers those that are silent, with what came instead. */
  async probe(withinMs: number): Promise<string[]> {
    const { client } = this.#caller("probe");
    const addresses = [...new Map(this.calls.map(({ address }) => [formatAddress(address), address])).values()];
    const answers = addresses.map(async (address) => {
      const at = formatAddress(address);
      try {
        await client.object(address.name, address.key).get({ timeoutMs: withinMs });
        if (address.name !== "list") return [];
        await client.object("list", address.key).send({ type: "FAIL" }, { timeoutMs: withinMs });
        return [`${at} (a turn that throws was accepted)`];
      } catch (cause) {
        const code = codeOf(cause);
        return ["NOT_CREATED", "TURN_FAILED", "OBJECT_PAUSED", "GONE"].includes(code) ? [] : [`${at} (${code})`];
      }
    });
    return (await Promise.all(answers)).flat();
  }
}

const isRetryable = (code: string): boolean =>
  code === "OVERLOADED" || code === "UNAVAILABLE" || code === "OUTCOME_UNKNOWN" || code === "INVALID_REQUEST";

function codeOf(cause: unknown): string {
  if (cause instanceof StatorError) return cause.code;
  throw cause;
}

function errand(chance: Chance): unknown {
  const counter = `${chance.below(3)}`;
  const roll = chance.fraction();
  if (roll < 0.6) return { type: "FORWARD", counter, amount: 1 };
  if (roll < 0.8) return { type: "LATER", counter, amount: 1, delayMs: chance.between(0, 4_000) };
  return { type: "CALL", counter, amount: 1 };
}

function question(chance: Chance, id: string): unknown {
  const roll = chance.fraction();
  if (roll < 0.35) return { type: "COUNT", key: `${chance.below(3)}`, amount: 1 };
  if (roll < 0.6) return { type: "SILENCE", key: `${chance.below(2)}` };
  if (roll < 0.85) return { type: "HIRE", key: id, amount: chance.between(1, 1_500) };
  return { type: "RESET" };
}

const shift = (chance: Chance): unknown =>
  chance.fraction() < 0.75 ? { type: "START", plan: chance.pick(PLANS) } : { type: "STOP" };

/** Armed for a moment or for seconds; armed again and canceled at any time. */
function ring(chance: Chance): unknown {
  return chance.fraction() < 0.65
    ? { type: "ARM", delayMs: chance.pick([1, 20, 100, 400, 1_500]) }
    : { type: "CANCEL" };
}
