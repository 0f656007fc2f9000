/**
 * The verdict: what an object does, why, what comes next and when, in at most a few sentences. One template a condition;
 * a state's `meta.say` takes the place of the first sentence. Pages, command line and alerts show the same text.
 */
import type { Condition } from "../ports/views.ts";
import type { InvocationShown } from "./api.ts";
import { countOf, errorText, listText, spanBetween } from "./words.ts";

export interface VerdictFacts {
  /** ISO date: ages and countdowns are counted from it. */
  readonly at: string;
  readonly condition: Condition;
  readonly state: string;
  readonly since: string;
  readonly invocations: readonly InvocationShown[];
  readonly timers: readonly { readonly label: string; readonly dueAt: string }[];
  readonly accepts: readonly string[];
  readonly parked: { readonly reason: string; readonly since: string | undefined } | undefined;
  readonly paused: string | undefined;
  /** Messages of other objects that it does not take now. */
  readonly waiting: number;
  readonly killed: { readonly by: string; readonly reason: string } | undefined;
  /** Of a saga. */
  readonly failure: { readonly step: string; readonly error: string } | undefined;
  readonly held: readonly string[];
  readonly say: string | undefined;
  /** A warning: a sentence. */
  readonly stuck: string | undefined;
}

export function verdictOf(facts: VerdictFacts): string {
  const [first, ...rest] = SENTENCES[facts.condition](facts).filter((sentence) => sentence !== "");
  return [facts.say ?? first, ...rest, ...(facts.stuck === undefined ? [] : [facts.stuck])].join(" ");
}

type Template = (facts: VerdictFacts) => readonly string[];

const SENTENCES: Readonly<Record<Condition, Template>> = {
  parked: ({ at, since, parked, failure, state, invocations }) => {
    const age = spanBetween(parked?.since ?? since, at);
    const error = invocations.find(({ isParked }) => isParked)?.lastError;
    const why = parked?.reason ?? (error === undefined ? failureText(failure, `it is in ${state}`) : errorText(error));
    return [`Waits for you since ${age}: ${withoutStop(why)}.`, "Retry it, or skip what is parked."];
  },
  compensating: (facts) => [
    facts.failure === undefined
      ? `Undoing, in ${facts.state}.`
      : `Undoing. ${withoutStop(failureText(facts.failure, ""))}, so what was done is undone.`,
    tried(facts),
    facts.held.length > 0 ? `Still held: ${listText(facts.held)}.` : "",
  ],
  retrying: (facts) => [`Tries again what failed, in ${facts.state}.`, tried(facts), due(facts)],
  paused: ({ paused, waiting, invocations }) => [
    `Paused${paused === undefined ? "" : `: ${withoutStop(paused)}`}.`,
    waiting === 0
      ? "Messages wait and timers fire when it is resumed."
      : `${countOf(waiting, "message")} ${waiting === 1 ? "waits" : "wait"}, and timers fire when it is resumed.`,
    invocations.length > 0 ? `${actorsOf(invocations)} may still finish.` : "",
  ],
  running: (facts) => [`Runs ${actorsOf(facts.invocations)}, in ${facts.state} for ${age(facts)}.`, due(facts)],
  waiting: (facts) => [
    `Waits in ${facts.state} for ${age(facts)}.`,
    facts.accepts.length > 0 ? `It takes ${listText(facts.accepts)}.` : "",
    due(facts) || (facts.accepts.length === 0 ? "Nothing will move it by itself." : ""),
  ],
  done: (facts) => [`Done since ${age(facts)}, in ${facts.state}.`],
  failed: (facts) => [
    `Failed ${age(facts)} ago, in ${facts.state}.`,
    facts.failure === undefined ? "" : `${withoutStop(failureText(facts.failure, ""))}.`,
    facts.held.length > 0 ? `Still held: ${listText(facts.held)}.` : "",
  ],
  canceled: (facts) => [
    `Undone ${age(facts)} ago.`,
    facts.failure === undefined ? "" : `${withoutStop(failureText(facts.failure, ""))}.`,
    facts.held.length > 0 ? `Still held: ${listText(facts.held)}.` : "Nothing is held.",
  ],
  killed: (facts) => [
    `Killed ${age(facts)} ago${facts.killed === undefined ? "" : ` by ${facts.killed.by}: ${withoutStop(facts.killed.reason)}`}.`,
    facts.held.length > 0 ? `Nothing was undone: ${listText(facts.held)} stay done.` : "",
  ],
};

const age = ({ since, at }: VerdictFacts): string => spanBetween(since, at);
const withoutStop = (text: string): string => text.replace(/[.\s]+$/, "");

function failureText(failure: VerdictFacts["failure"], otherwise: string): string {
  if (failure === undefined) return otherwise;
  return failure.error === "" ? `${failure.step} failed` : `${failure.step} failed: ${withoutStop(failure.error)}`;
}

const actorsOf = (invocations: readonly InvocationShown[]): string =>
  invocations.length === 0 ? "nothing" : listText([...new Set(invocations.map(({ actor }) => actor))]);

/** The invocations that are tried again; of those that run for the first time their names. */
function tried({ invocations, at }: VerdictFacts): string {
  const sentences = invocations.map(({ actor, attempts, maxAttempts, lastError, nextAt }) => {
    if (attempts === 0) return `${actor} runs.`;
    const error = lastError === undefined ? "" : `, last error ${withoutStop(errorText(lastError))}`;
    const of = maxAttempts === undefined ? "" : ` of ${maxAttempts}`;
    const waitMs = nextAt === undefined ? 0 : Date.parse(nextAt) - Date.parse(at);
    const when = waitMs > 0 ? `next attempt in ${spanBetween(at, nextAt ?? at)}` : "an attempt runs now";
    return `${actor} is on attempt ${attempts + 1}${of}${error}; ${when}.`;
  });
  return sentences.slice(0, MAX_TOLD).join(" ");
}
const MAX_TOLD = 3;

function due({ timers, at }: VerdictFacts): string {
  const [first] = timers;
  if (first === undefined) return "";
  const isDue = Date.parse(first.dueAt) <= Date.parse(at);
  return isDue
    ? `Its timer '${first.label}' is due.`
    : `Its timer '${first.label}' fires in ${spanBetween(at, first.dueAt)}.`;
}
