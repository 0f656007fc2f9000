/** ⌘K: type a key, a machine or a page, and be there. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { MachinesView, ObjectsPage } from "../api.ts";
import { keyText } from "../visible.ts";
import { useAnswer } from "./ask.ts";
import { Dialog } from "./dialog.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { addressOf, go, objectAddress } from "./place.ts";
import { nextTheme } from "./theme.ts";

interface Goal {
  readonly icon: IconName;
  readonly text: string;
  readonly note: string;
  readonly run: () => void;
}

const PAGES: readonly (readonly [string, string, IconName])[] = [
  ["", "Overview", "overview"],
  ["machines", "Machines", "machine"],
  ["objects", "Objects", "objects"],
  ["sagas", "Sagas", "sagas"],
  ["parked", "Parked", "stop"],
  ["dead-letters", "Dead letters", "letter"],
  ["retrying", "Retrying", "retry"],
  ["timers", "Timers", "clock"],
  ["messages", "Messages", "send"],
  ["hosts", "Hosts", "host"],
  ["audit", "Audit", "audit"],
];

const SETTLE_MS = 120;
const MAX_GOALS = 12;

export function Jump({ onClose, onHelp }: { readonly onClose: () => void; readonly onHelp: () => void }): JSX.Element {
  const [text, setText] = useState("");
  const [settled, setSettled] = useState("");
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text.trim()), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const goals = useGoals(text.trim(), settled, onHelp);
  const run = (goal: Goal | undefined): void => {
    if (goal === undefined) return;
    onClose();
    goal.run();
  };
  const press = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((before) => (before + step + goals.length) % Math.max(1, goals.length));
    }
    if (event.key === "Enter") run(goals[at]);
  };
  return (
    <Dialog title="Jump" look="jump" onClose={onClose}>
      <div class="jump-field">
        <Icon name="search" />
        <input
          autofocus
          role="combobox"
          aria-expanded="true"
          aria-controls="goals"
          aria-activedescendant={`goal-${at}`}
          aria-label="Object, machine or page"
          placeholder="order-123, trip/order-123, a machine, a page"
          value={text}
          onInput={(event) => [setText(event.currentTarget.value), setAt(0)]}
          onKeyDown={press}
        />
        <kbd>Esc</kbd>
      </div>
      <div class="goals" id="goals" role="listbox" tabIndex={-1}>
        {goals.map((goal, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the keys are those of the field above
          <div
            key={`${goal.text}${goal.note}`}
            id={`goal-${i}`}
            role="option"
            aria-selected={i === at}
            class="goal"
            onClick={() => run(goal)}
            onMouseMove={() => setAt(i)}
          >
            <Icon name={goal.icon} />
            <span>{goal.text}</span>
            <small>{goal.note}</small>
          </div>
        ))}
        {goals.length === 0 ? <p class="quiet goals-none">Nothing begins with “{text}”.</p> : undefined}
      </div>
    </Dialog>
  );
}

function useGoals(text: string, settled: string, onHelp: () => void): readonly Goal[] {
  const [name = "", ...rest] = settled.split("/");
  const isFull = rest.length > 0;
  const query: Record<string, string> = isFull ? { name, q: rest.join("/"), limit: "8" } : { q: settled, limit: "8" };
  const found = useAnswer<ObjectsPage>(settled === "" ? undefined : `objects?${new URLSearchParams(query)}`);
  const machines = useAnswer<MachinesView>("machines");
  const wanted = text.toLowerCase();
  const fits = (word: string): boolean => word.toLowerCase().includes(wanted);
  const objects = (found.data?.rows ?? []).map(
    (row): Goal => ({
      icon: "objects",
      text: `${row.name}/${keyText(row.key)}`,
      note: `${row.state} · ${row.condition}`,
      run: () => go(objectAddress(row.name, row.key)),
    }),
  );
  const all: readonly Goal[] = [
    ...(machines.data?.machines ?? []).map(
      (one): Goal => ({
        icon: "machine",
        text: one.name,
        note: "machine",
        run: () => go(addressOf(["machines", one.name])),
      }),
    ),
    ...PAGES.map(
      ([path, title, icon]): Goal => ({
        icon,
        text: title,
        note: "page",
        run: () => go(addressOf(path === "" ? [] : [path])),
      }),
    ),
    { icon: "moon", text: "Change colors", note: "light, dark, system", run: nextTheme },
    { icon: "menu", text: "Keys", note: "help", run: onHelp },
  ];
  const others = all.filter((goal) => fits(goal.text));
  const isMachineMeant = others.some((goal) => goal.text.toLowerCase().startsWith(wanted) && wanted !== "");
  return (isMachineMeant ? [...others, ...objects] : [...objects, ...others]).slice(0, MAX_GOALS);
}
