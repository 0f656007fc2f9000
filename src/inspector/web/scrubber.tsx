/** The journal as a line: a stop for each turn around the cursor, and what is due after the last. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { JournalRow, ObjectView } from "../api.ts";
import { count } from "./format.ts";
import { Icon } from "./icon.tsx";
import type { Journal } from "./journal.ts";
import { At, Until } from "./parts.tsx";
import { useRoom } from "./room.ts";

export interface ScrubberProps {
  readonly journal: Journal;
  readonly object: ObjectView;
  readonly cursor: number;
  readonly isPlaying: boolean;
  readonly onPlay: () => void;
  readonly onTurn: (turn: number) => void;
}

const STOP_PX = 128;

export function Scrubber({ journal, object, cursor, isPlaying, onPlay, onTurn }: ScrubberProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const room = useRoom(frame);
  const { lastTurn } = object;
  const { firstTurn, want, rows } = journal;
  const places = Math.max(3, Math.floor(((room?.width ?? 0) - 120) / STOP_PX));
  const first = Math.max(firstTurn, Math.min(cursor - Math.floor(places * 0.6), lastTurn - places + 1));
  const turns = Array.from({ length: Math.max(0, Math.min(places, lastTurn - first + 1)) }, (_, i) => first + i);
  useEffect(() => want(first, first + turns.length - 1), [first, turns.length, want, rows]);
  const row = rows.get(cursor);
  const isAtEnd = turns.at(-1) === lastTurn;
  return (
    <section class="scrubber" aria-label="Journal">
      <div class="scrubber-head">
        <b>Journal</b>
        <span class="quiet">
          turn {count(cursor)} of {count(lastTurn)}{" "}
          {row === undefined ? undefined : (
            <>
              · <At at={row.committedAt} withMs />
            </>
          )}
        </span>
        {firstTurn > 1 ? <span class="quiet">turns before {count(firstTurn)} are gone</span> : undefined}
        {lastTurn > turns.length ? (
          <input
            type="range"
            aria-label="Turn"
            min={firstTurn}
            max={lastTurn}
            value={cursor}
            onInput={(event) => onTurn(Number(event.currentTarget.value))}
          />
        ) : (
          <span class="gap" />
        )}
        <span class="scrubber-keys">
          <button
            type="button"
            class="icon-button"
            aria-label="The turn before"
            disabled={cursor <= firstTurn}
            onClick={() => onTurn(cursor - 1)}
          >
            <Icon name="left" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={isPlaying ? "Stop playing" : "Play the turns"}
            onClick={onPlay}
          >
            <Icon name={isPlaying ? "pause" : "play"} />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label="The turn after"
            disabled={cursor >= lastTurn}
            onClick={() => onTurn(cursor + 1)}
          >
            <Icon name="right" />
          </button>
          <button type="button" class="button small" disabled={cursor >= lastTurn} onClick={() => onTurn(lastTurn)}>
            Now <kbd>L</kbd>
          </button>
        </span>
      </div>
      <div class="stops" ref={frame}>
        <div class="stops-line" aria-hidden="true" />
        {turns.map((turn) => (
          <Stop
            key={turn}
            turn={turn}
            row={rows.get(turn)}
            isOn={turn === cursor}
            isPast={turn <= cursor}
            onTurn={onTurn}
          />
        ))}
        {isAtEnd ? <Ahead object={object} /> : undefined}
      </div>
    </section>
  );
}

interface StopProps {
  readonly turn: number;
  readonly row: JournalRow | undefined;
  readonly isOn: boolean;
  readonly isPast: boolean;
  readonly onTurn: (turn: number) => void;
}

function Stop({ turn, row, isOn, isPast, onTurn }: StopProps): JSX.Element {
  const note = row === undefined ? "" : noteOf(row);
  return (
    <button
      type="button"
      class={`stop stop-${row === undefined ? "none" : lookOf(row)}${isOn ? " on" : ""}${isPast ? " past" : ""}`}
      aria-current={isOn ? "step" : undefined}
      title={row === undefined ? `turn ${turn}` : `turn ${turn}: ${row.label}, ${row.from ?? ""} → ${row.to}`}
      data-turn={turn}
      onClick={() => onTurn(turn)}
    >
      <span class="stop-label">{row?.label ?? turn}</span>
      <span class="stop-dot" aria-hidden="true" />
      <span class="stop-note">{note}</span>
    </button>
  );
}

function noteOf({ to, from, diff }: JournalRow): string {
  if (to !== from) return to;
  return diff.length === 0 ? "nothing changed" : `${to} · ${diff.length} changed`;
}

type Look = "event" | "done" | "error" | "timer" | "create" | "other";

function lookOf({ kind, label, condition }: JournalRow): Look {
  if (condition === "error" || label.endsWith(" error") || label.endsWith("✕")) return "error";
  if (kind === "create" || kind === "birth" || label === "created") return "create";
  if (kind === "timer" || label.startsWith("after ")) return "timer";
  if (kind === "result" || label.endsWith(" done") || label.endsWith("✓")) return "done";
  return kind === "event" || kind === "message" ? "event" : "other";
}

/** The next thing that comes by itself. */
function Ahead({ object }: { readonly object: ObjectView }): JSX.Element | undefined {
  const attempts = object.invocations.flatMap(({ actor, nextAt, isParked }) =>
    nextAt === undefined || isParked ? [] : [{ what: `${actor}, next attempt`, at: nextAt }],
  );
  const timers = object.timers.map(({ label, dueAt }) => ({ what: label, at: dueAt }));
  const [first] = [...attempts, ...timers].toSorted((a, b) => a.at.localeCompare(b.at));
  if (first === undefined || object.status !== "active") return undefined;
  return (
    <div class="stop ahead">
      <span class="stop-label">{first.what}</span>
      <span class="stop-dot" aria-hidden="true" />
      <span class="stop-note">
        <Until at={first.at} />
      </span>
    </div>
  );
}
