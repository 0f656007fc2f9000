/** What happened and why, what happens next? One cursor in the journal drives every part of the page. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ObjectView, Verb } from "../../api.ts";
import { keyText } from "../../visible.ts";
import { useAnswer } from "../ask.ts";
import { versionText } from "../format.ts";
import { Icon } from "../icon.tsx";
import { type Journal, useJournal } from "../journal.ts";
import { useKeys } from "../keys.ts";
import { ofObject, useChanges } from "../live.ts";
import { At, ConditionMark, Empty, Failure, Skeleton, StuckMark } from "../parts.tsx";
import { addressOf, close, open, turnTo, usePlace } from "../place.ts";
import { RevealDialog } from "../reveal.tsx";
import { Scrubber } from "../scrubber.tsx";
import { SendDrawer } from "../send.tsx";
import { apiPath, VERBS, VerbDialog } from "../verb.tsx";
import { ObjectPanels } from "./panels.tsx";
import { ObjectPicture } from "./picture.tsx";

export interface ObjectPageProps {
  readonly name: string;
  readonly objectKey: string;
}

const REFRESH_MS = 15_000;
/** Attempts leave no turn, nor do messages that an object does not take: nothing tells of them. */
const BUSY_REFRESH_MS = 2_000;

export function ObjectPage({ name, objectKey }: ObjectPageProps): JSX.Element {
  const { query } = usePlace();
  const [isBusy, setBusy] = useState(false);
  const live = useAnswer<ObjectView>(apiPath(name, objectKey), isBusy ? BUSY_REFRESH_MS : REFRESH_MS);
  useEffect(() => setBusy(live.data !== undefined && isMoving(live.data)), [live.data]);
  useChanges(ofObject(name, objectKey), () => live.reload());
  const lastTurn = live.data?.lastTurn ?? 0;
  const asked = turnOf(query.get("turn"), lastTurn);
  const then = useAnswer<ObjectView>(asked === undefined ? undefined : apiPath(name, objectKey, `turn/${asked}`));
  const shown = useLatest(asked === undefined ? live.data : then.data, asked === undefined);
  const journal = useJournal(name, objectKey, lastTurn);
  const { error, at, reload } = asked === undefined || live.error !== undefined ? live : then;
  if (live.error?.code === "NOT_CREATED") return <Missing name={name} objectKey={objectKey} />;
  if (shown === undefined || live.data === undefined) {
    return (
      <div class="page page-full">
        {error === undefined ? <Skeleton rows={10} /> : <Failure error={error} at={at} reload={reload} />}
      </div>
    );
  }
  return (
    <div class="page-object">
      {error === undefined ? undefined : <Failure error={error} at={at} reload={reload} />}
      <Loaded
        object={shown}
        now={live.data}
        cursor={asked ?? lastTurn}
        journal={journal}
        isStale={error !== undefined}
        reload={live.reload}
      />
    </div>
  );
}

const isMoving = ({ invocations, flags }: ObjectView): boolean =>
  invocations.length > 0 || flags.includes("paused") || flags.includes("parked");

/** Undefined for now. */
function turnOf(text: string | null, lastTurn: number): number | undefined {
  const turn = Number(text ?? Number.NaN);
  return Number.isInteger(turn) && turn > 0 && (lastTurn === 0 || turn < lastTurn) ? turn : undefined;
}

/** What was shown before stands until the next turn is there; so nothing blinks while the reader steps. */
function useLatest(object: ObjectView | undefined, isLive: boolean): ObjectView | undefined {
  const before = useRef<ObjectView | undefined>(undefined);
  if (object !== undefined) before.current = object;
  return isLive ? (object ?? before.current) : before.current;
}

interface LoadedProps {
  readonly object: ObjectView;
  readonly now: ObjectView;
  readonly cursor: number;
  readonly journal: Journal;
  readonly isStale: boolean;
  readonly reload: () => void;
}

function Loaded({ object, now, cursor, journal, isStale, reload }: LoadedProps): JSX.Element {
  const { query } = usePlace();
  const isPast = cursor < now.lastTurn;
  const { isPlaying, setPlaying } = usePlay(cursor, now.lastTurn);
  const step = (by: number): void => goToTurn(cursor + by, now.lastTurn, journal.firstTurn);
  const dialog = query.get("dialog") ?? undefined;
  const openDialog = (next: string): unknown => (isPast ? false : open({ dialog: next }));
  useKeys({
    ArrowLeft: () => [setPlaying(false), step(-1)],
    ArrowRight: () => [setPlaying(false), step(1)],
    " ": () => setPlaying(!isPlaying),
    l: () => [setPlaying(false), turnTo({ turn: undefined })],
    L: () => [setPlaying(false), turnTo({ turn: undefined })],
    e: () => openDialog("send"),
    E: () => openDialog("send"),
    r: () => openDialog("retry"),
    R: () => openDialog("retry"),
  });
  const closeDialog = (): void => close({ dialog: undefined, event: undefined, field: undefined });
  const verb = (Object.keys(VERBS) as Verb[]).find((one) => one === dialog);
  return (
    <>
      <Head object={object} isPast={isPast} />
      {isPast ? <PastStrip object={object} cursor={cursor} lastTurn={now.lastTurn} journal={journal} /> : undefined}
      <div class={`object-split${isStale ? " stale" : ""}`}>
        <ObjectPicture object={object} journal={journal} cursor={cursor} lastTurn={now.lastTurn} />
        <ObjectPanels object={object} row={journal.rows.get(cursor)} cursor={cursor} />
      </div>
      <Scrubber
        journal={journal}
        object={now}
        cursor={cursor}
        isPlaying={isPlaying}
        onPlay={() => setPlaying(!isPlaying)}
        onTurn={(turn) => goToTurn(turn, now.lastTurn, journal.firstTurn)}
      />
      {dialog === "send" && !isPast ? <SendDrawer object={now} onClose={closeDialog} /> : undefined}
      {dialog === "reveal" ? (
        <RevealDialog name={now.name} objectKey={now.key} turn={cursor} field={fieldIn(query)} onClose={closeDialog} />
      ) : undefined}
      {verb !== undefined && !isPast ? (
        <VerbDialog name={now.name} objectKey={now.key} verb={verb} onClose={closeDialog} onDone={reload} />
      ) : undefined}
    </>
  );
}

function fieldIn(query: URLSearchParams): readonly string[] {
  try {
    const field: unknown = JSON.parse(query.get("field") ?? "");
    return Array.isArray(field) ? field.map(String) : [];
  } catch {
    return []; // typed by hand
  }
}

function goToTurn(turn: number, lastTurn: number, firstTurn: number): void {
  const next = Math.max(firstTurn, turn);
  turnTo({ turn: next >= lastTurn ? undefined : next, dialog: undefined }, "replace");
}

const STEP_MS = 800;

function usePlay(
  cursor: number,
  lastTurn: number,
): { readonly isPlaying: boolean; readonly setPlaying: (is: boolean) => void } {
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    if (!isPlaying) return;
    if (cursor >= lastTurn) return setPlaying(false);
    const timer = setTimeout(() => goToTurn(cursor + 1, lastTurn, 1), STEP_MS);
    return () => clearTimeout(timer);
  }, [isPlaying, cursor, lastTurn]);
  const play = (is: boolean): void => {
    if (is && cursor >= lastTurn && lastTurn > 1) turnTo({ turn: 1 }, "replace"); // from the beginning
    setPlaying(is);
  };
  return { isPlaying, setPlaying: play };
}

function Head({ object, isPast }: { readonly object: ObjectView; readonly isPast: boolean }): JSX.Element {
  const { name, key, condition, stuck, flags, state, verdict, version, host, partition, status } = object;
  const isPaused = flags.includes("paused");
  const isStuck = flags.includes("parked") || flags.includes("retrying") || condition === "parked";
  const off = isPast ? "Go back to now first: press L" : undefined;
  const over = status === "active" ? undefined : "It has ended";
  return (
    <header class="object-head">
      <div class="head-line">
        <h1 class="mono">
          <a href={addressOf(["machines", name])}>{name}</a>/{keyText(key)}
        </h1>
        <ConditionMark
          is={condition}
          text={state === "" || state === condition ? condition : `${condition} · ${state}`}
        />
        {stuck === undefined ? undefined : <StuckMark text={stuck} />}
        <span class="quiet head-meta">
          <span class="mono">{versionText(version)}</span> on {host ?? "no host"}, partition {partition}
        </span>
        <span class="gap" />
        <div class="verbs">
          <VerbButton dialog="send" off={off ?? over} title="Send event" hint="E" />
          {isPaused ? (
            <VerbButton dialog="resume" off={off} title="Resume" isMain />
          ) : (
            <VerbButton dialog="pause" off={off ?? over} title="Pause" />
          )}
          {isStuck ? <VerbButton dialog="retry" off={off} title="Retry now" hint="R" isMain /> : undefined}
          <details class="menu">
            <summary class="button" aria-label="More verbs" aria-disabled={isPast}>
              ⋯
            </summary>
            <div class="menu-list">
              {(["retry", "skip", "cancel", "kill", "purge"] as const).map((verb) => (
                <button
                  key={verb}
                  type="button"
                  class={verb === "kill" || verb === "purge" ? "danger" : ""}
                  disabled={isPast}
                  onClick={(event) => openVerb(event, verb)}
                >
                  {VERBS[verb]}…
                </button>
              ))}
            </div>
          </details>
        </div>
      </div>
      <p class={`verdict v-${condition}`}>{verdict}</p>
    </header>
  );
}

function openVerb(event: MouseEvent, verb: Verb): void {
  if (event.currentTarget instanceof Element) event.currentTarget.closest("details")?.removeAttribute("open");
  open({ dialog: verb });
}

interface VerbButtonProps {
  readonly dialog: string;
  /** Why it cannot be used now. */
  readonly off: string | undefined;
  readonly title: string;
  readonly hint?: string;
  readonly isMain?: boolean;
}

function VerbButton({ dialog, off, title, hint, isMain = false }: VerbButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class={`button${isMain ? " button-main" : ""}`}
      disabled={off !== undefined}
      title={off}
      data-verb={dialog}
      onClick={() => open({ dialog })}
    >
      {title} {hint === undefined ? undefined : <kbd>{hint}</kbd>}
    </button>
  );
}

interface PastStripProps {
  readonly object: ObjectView;
  readonly cursor: number;
  readonly lastTurn: number;
  readonly journal: Journal;
}

function PastStrip({ cursor, lastTurn, journal }: PastStripProps): JSX.Element {
  const row = journal.rows.get(cursor);
  return (
    <div class="strip strip-past" role="status">
      <Icon name="clock" />
      <span>
        You are looking at turn {cursor} of {lastTurn}
        {row === undefined ? "" : ", "}
        {row === undefined ? undefined : <At at={row.committedAt} />}.
      </span>
      <button type="button" class="button small" onClick={() => turnTo({ turn: undefined })}>
        Back to now <kbd>L</kbd>
      </button>
    </div>
  );
}

function Missing({ name, objectKey }: ObjectPageProps): JSX.Element {
  return (
    <div class="page">
      <Empty title={`There is no ${name}/${objectKey}`} command={`npx stator create ${name}/${objectKey}`}>
        It appears here as soon as it is made. <a href={addressOf(["objects"], { name })}>All {name} objects</a>
      </Empty>
    </div>
  );
}
