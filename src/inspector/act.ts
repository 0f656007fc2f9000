/** Acting on an object: everything goes through the client, as it does for everybody. */
import type { Client } from "../client/index.ts";
import { type Address, formatAddress } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { EventObject } from "../core/message.ts";
import { trailOf } from "../core/trail.ts";
import { OPERATOR_VERBS, type Previewed } from "../core/wire.ts";
import type { AuditPage, Consequence, ObjectView, Preview, Sent, Verb, VerbRequest, VerbResult } from "./api.ts";
import { diffOf } from "./diff.ts";
import { turnShown } from "./journal.ts";
import { type Machine, type Machines, stateText } from "./machines.ts";
import { transitionsOf } from "./past.ts";
import { show } from "./show.ts";
import { listText, numberText } from "./words.ts";

const VERBS = OPERATOR_VERBS.filter((verb): verb is Verb => verb !== "reveal");
export const isVerb = (text: string): text is Verb => (VERBS as readonly string[]).includes(text);

/** Who acts, where a page does not say. */
const SOMEBODY = "inspector";

export class Actions {
  readonly #client: Client;
  readonly #machines: Machines;

  constructor(client: Client, machines: Machines) {
    this.#client = client;
    this.#machines = machines;
  }

  async preview(address: Address, event: EventObject): Promise<Preview> {
    const previewed = await this.#client.object(address.name, address.key).preview(event);
    return previewShown(previewed, this.#machines.find(address.name));
  }

  async send(address: Address, event: EventObject, messageId: string | undefined): Promise<Sent> {
    const options = messageId === undefined ? {} : { messageId };
    const receipt = await this.#client.object(address.name, address.key).send(event, options);
    const { revision, duplicate } = receipt;
    return { messageId: receipt.messageId, revision, duplicate, state: stateText(receipt.value) };
  }

  async operate(address: Address, verb: Verb, request: VerbRequest): Promise<VerbResult> {
    const { reason, by = SOMEBODY, messageId } = request;
    if (typeof reason !== "string" || reason.trim() === "") {
      throw new StatorError("INVALID_REQUEST", `${verb} needs a reason: it is kept in the audit`);
    }
    const order = { by, reason, ...(messageId === undefined ? {} : { messageId }) };
    const answer = await this.#client.object(address.name, address.key)[verb](order);
    const { message, ...details } = answer;
    return { verb, message, details: show(details) };
  }

  /** Resolves when it stands in the audit that somebody reads a field. */
  async noteReveal({ name, key }: Address, what: string, { reason, by = SOMEBODY }: VerbRequest): Promise<void> {
    if (reason.trim() === "")
      throw new StatorError("INVALID_REQUEST", "a reveal needs a reason: it is kept in the audit");
    await this.#client.object(name, key).reveal({ by, reason: `${what}: ${reason}` });
  }

  /** What stays and what dies with it, as its host says; undefined where none answers: then the page's own view has to do. */
  async leftByKill({ name, key }: Address): Promise<LeftByKill | undefined> {
    try {
      const order = { by: SOMEBODY, reason: "what would stand", preview: true };
      const { standing, invoked } = await this.#client.object(name, key).kill(order);
      return { standing: standing.map(({ step, isCertain }) => (isCertain ? step : `maybe ${step}`)), invoked };
    } catch (cause) {
      if (cause instanceof StatorError) return undefined;
      throw cause;
    }
  }

  /** Newest first; `before` is the `next` of the page before. */
  async audit(of: Address | undefined, before: number | undefined, limit: number): Promise<AuditPage> {
    const entries = await this.#client.audit({
      ...(of === undefined ? {} : { object: of.name, key: of.key }),
      ...(before === undefined ? {} : { before }),
      limit,
    });
    const rows = entries.map(({ seq, at, by, verb, object, key, reason, before: was, after, result }) => ({
      id: String(seq),
      at,
      by,
      verb,
      object: formatAddress({ name: object, key }),
      reason,
      before: stateText(was.value),
      after: after === null ? undefined : stateText(after.value),
      result,
    }));
    const at = new Date(this.#client.clock.wallMs()).toISOString();
    return { at, rows, next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null };
  }
}

function previewShown(previewed: Previewed, machine: Machine | undefined): Preview {
  const { revision, outcome, message, before, after, trail: text } = previewed;
  const trail = trailOf(text);
  const secret = machine?.about.sensitive.context ?? [];
  return {
    revision,
    outcome,
    message: message ?? undefined,
    from: stateText(before.value),
    to: stateText(after.value),
    value: after.value,
    status: after.status,
    context: show(after.context, secret),
    ...turnShown(trail, transitionsOf(trail), machine),
    ...diffOf(before.context, after.context, secret),
  };
}

/** What each verb would do now, said before it is done. */
export function consequencesOf(
  object: ObjectView,
  machine: Machine | undefined,
  left?: LeftByKill,
): readonly Consequence[] {
  return VERBS.map((verb) => {
    const refusal = REFUSALS[verb](object, machine);
    const consequence = refusal ?? SENTENCES[verb](object, left);
    return { verb, isOffered: refusal === undefined, consequence };
  });
}

export interface LeftByKill {
  /** Steps that are done and stay so. */
  readonly standing: readonly string[];
  /** `name/key` of objects that die with it. */
  readonly invoked: readonly string[];
}

type Sentence = (object: ObjectView, left: LeftByKill | undefined) => string;
type Refusal = (object: ObjectView, machine: Machine | undefined) => string | undefined;

export const isParked = ({ flags, outgoing }: Pick<ObjectView, "flags" | "outgoing">): boolean =>
  flags.includes("parked") || outgoing.some(({ parked }) => parked !== undefined);
const ended = ({ status }: ObjectView): string | undefined => (status === "active" ? undefined : "It has ended.");
const needsParked: Refusal = (object) => (isParked(object) ? undefined : "Nothing of it is parked.");

const REFUSALS: Readonly<Record<Verb, Refusal>> = {
  retry: (object, machine) => (object.flags.includes("retrying") ? undefined : needsParked(object, machine)),
  skip: needsParked,
  cancel: (object, machine) => {
    if (object.status !== "active") return "It has ended.";
    if (machine !== undefined && !machine.about.takesCancel) return "Its machine has no CANCEL.";
    return machine === undefined || object.accepts.includes("CANCEL")
      ? undefined
      : `In ${object.state} it does not take CANCEL.`;
  },
  kill: ended,
  pause: (object) => ended(object) ?? (object.flags.includes("paused") ? "It is paused." : undefined),
  resume: ({ flags }) => (flags.includes("paused") ? undefined : "It is not paused."),
  purge: ({ status }) => (status === "active" ? "It is active: only what has ended can be purged." : undefined),
};

const SENTENCES: Readonly<Record<Verb, Sentence>> = {
  retry: (object) =>
    isParked(object)
      ? "Tries again, at once, what is parked. It parks again if it keeps failing."
      : "Makes the next attempt now. If it fails too, it counts, and the wait for the one after it begins.",
  skip: ({ saga }) =>
    saga === undefined
      ? "Takes the parked message out for good: the machine never gets it, and its sender hears that it arrived."
      : "Gives up what is parked and goes on: it stays as it is in the outside world.",
  cancel: ({ saga, name }) =>
    saga === undefined || saga.held.length === 0
      ? "Sends CANCEL: the machine ends as it says."
      : `Sends CANCEL. The ${name} undoes ${listText(saga.held)}, then ends.`,
  kill: ({ saga, invocations, timers }, left) => {
    const held = left?.standing ?? saga?.held ?? [];
    const stays = held.length === 0 ? "" : `: ${listText(held)} ${held.length === 1 ? "stays" : "stay"} done`;
    const dropped = [
      ...(left?.invoked ?? []),
      ...(invocations.length > 0 ? [`${numberText(invocations.length)} running`] : []),
      ...(timers.length > 0 ? [`${numberText(timers.length)} timers`] : []),
    ];
    return `Stops now. No compensation runs${stays}.${dropped.length > 0 ? ` Drops ${listText(dropped)}.` : ""}`;
  },
  pause: ({ invocations }) =>
    `New turns wait.${invocations.length > 0 ? " A running invocation finishes." : ""} Timers fire on resume; messages queue up.`,
  resume: () => "What has waited is handled now, in order.",
  purge: () =>
    "Clears its state and the content of its journal, for good. Everybody who asks for it hears that it is gone.",
};
