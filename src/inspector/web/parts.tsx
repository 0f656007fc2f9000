/** Small parts that all pages are made of. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Condition } from "../api.ts";
import type { Answer, Refused } from "./ask.ts";
import { useNow } from "./clock.ts";
import { clockTime, since, until, whole } from "./format.ts";
import { Icon, type IconName } from "./icon.tsx";
import { turnTo } from "./place.ts";

const SIGNS: Readonly<Record<Condition, IconName>> = {
  parked: "stop",
  compensating: "sagas",
  retrying: "retry",
  paused: "pause",
  running: "play",
  waiting: "clock",
  done: "check",
  failed: "cross",
  canceled: "minus",
  killed: "cross",
};
export const CONDITIONS = Object.keys(SIGNS) as readonly Condition[];

/** A shape, a color and a word: never color alone. */
export function ConditionMark({ is, text }: { readonly is: Condition; readonly text?: string }): JSX.Element {
  return (
    <span class={`condition c-${is}`}>
      <Icon name={SIGNS[is]} />
      {text ?? is}
    </span>
  );
}

/** Beside the condition. */
export function StuckMark({ text }: { readonly text: string }): JSX.Element {
  return (
    <span class="condition stuck" title={text}>
      <Icon name="warn" />
      stuck
    </span>
  );
}

/** `2 m 08 s`, counting. */
export function Ago({ at, suffix = "" }: { readonly at: string; readonly suffix?: string }): JSX.Element {
  const now = useNow();
  return (
    <time dateTime={at} title={clockTime(at, now, true)}>
      {since(at, now)}
      {suffix}
    </time>
  );
}

export interface UntilProps {
  readonly at: string;
  readonly from?: string | undefined;
  readonly canBeLate?: boolean;
}

/** `in 14 s`, falling; `from` stands still: how long it was then. */
export function Until({ at, from, canBeLate }: UntilProps): JSX.Element {
  const today = useNow();
  const now = from === undefined ? today : Date.parse(from);
  return (
    <time dateTime={at} title={clockTime(at, now, true)}>
      {until(at, now, canBeLate)}
    </time>
  );
}

export function At({ at, withMs = false }: { readonly at: string; readonly withMs?: boolean }): JSX.Element {
  return <time dateTime={at}>{clockTime(at, Date.now(), withMs)}</time>;
}

/** A line for the terminal, to be copied. */
export function Command({ line }: { readonly line: string }): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard?.writeText(line);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <span class="command">
      <code>{line}</code>
      <button type="button" class="icon-button" onClick={() => void copy()} aria-label="Copy the command">
        <Icon name={isCopied ? "check" : "copy"} />
      </button>
    </span>
  );
}

export interface EmptyProps {
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly command?: string | undefined;
}

export function Empty({ title, children, command }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children === undefined ? undefined : <p>{children}</p>}
      {command === undefined ? undefined : <Command line={command} />}
    </div>
  );
}

/** What failed, what is shown meanwhile, and another try. */
export function Failure({ error, at, reload }: FailureProps): JSX.Element {
  useNow();
  return (
    <div class="strip strip-error" role="alert">
      <Icon name="warn" />
      <span>
        {error.message.replace(/[.\s]*$/, ". ")}
        {forHowLong(error)}
        {meanwhile(error, at)}
      </span>
      <button type="button" class="button small" onClick={reload}>
        Try again
      </button>
    </div>
  );
}

/** What passes by itself has a beginning that counts; any other refusal is as true now as it was then. */
function forHowLong({ isPassing, since }: Refused): string {
  const ms = Date.now() - since;
  return isPassing && ms >= 1_000 ? `It has been so for ${whole(ms)}. ` : "";
}

function meanwhile({ isPassing }: Refused, at: number | undefined): string {
  if (at !== undefined) {
    const time = clockTime(new Date(at).toISOString(), Date.now());
    const known = `This is what was known ${whole(Date.now() - at)} ago, at ${time}.`;
    return isPassing ? `${known} It is asked again until it answers; nothing that was accepted is lost.` : known;
  }
  return isPassing ? "It is asked again until it answers." : "";
}

interface FailureProps {
  readonly error: Refused;
  readonly at: number | undefined;
  readonly reload: () => void;
}

export interface AnsweredProps<T> {
  readonly answer: Answer<T>;
  readonly skeleton?: ComponentChildren;
  /** Instead of the usual strip. */
  readonly refusal?: (error: Refused) => ComponentChildren | undefined;
  readonly children: (data: T) => ComponentChildren;
}

/** Skeleton, data, data that is old, or what failed. */
export function Answered<T>({ answer, skeleton, refusal, children }: AnsweredProps<T>): JSX.Element {
  const { data, error } = answer;
  const refused = error === undefined ? undefined : refusal?.(error);
  if (refused !== undefined) return <>{refused}</>;
  return (
    <>
      {error === undefined ? undefined : <Failure error={error} at={answer.at} reload={answer.reload} />}
      {data === undefined ? (
        error === undefined ? (
          (skeleton ?? <Skeleton rows={6} />)
        ) : undefined
      ) : (
        <div class={`answered${error === undefined ? "" : " stale"}`}>{children(data)}</div>
      )}
    </>
  );
}

export function Skeleton({ rows }: { readonly rows: number }): JSX.Element {
  return (
    <div class="skeleton" role="img" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}

export interface TabsProps<T extends string> {
  /** Name of the part of the query. */
  readonly name: string;
  readonly tabs: readonly (readonly [id: T, label: ComponentChildren])[];
  readonly on: T;
  readonly look?: "line" | "pills";
}

/** The tab that is on stands in the address. */
export function Tabs<T extends string>({ name, tabs, on, look = "line" }: TabsProps<T>): JSX.Element {
  const move = (event: KeyboardEvent, i: number): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const [id] = tabs[(i + step + tabs.length) % tabs.length] ?? [on];
    turnTo({ [name]: id === tabs[0]?.[0] ? undefined : id }, "replace");
    const list = (event.currentTarget as Element).parentElement;
    (list?.children[(i + step + tabs.length) % tabs.length] as HTMLElement | undefined)?.focus();
  };
  return (
    <div class={`tabs tabs-${look}`} role="tablist">
      {tabs.map(([id, label], i) => (
        <button
          key={id}
          type="button"
          role="tab"
          aria-selected={id === on}
          tabIndex={id === on ? 0 : -1}
          onKeyDown={(event) => move(event, i)}
          onClick={() => turnTo({ [name]: id === tabs[0]?.[0] ? undefined : id }, "replace")}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

export function tabOf<T extends string>(given: string | null, tabs: readonly (readonly [T, unknown])[]): T {
  const [first] = tabs[0] as readonly [T, unknown];
  return tabs.find(([id]) => id === given)?.[0] ?? first;
}

export function Key({ children }: { readonly children: string }): JSX.Element {
  return <kbd>{children}</kbd>;
}
