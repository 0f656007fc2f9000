/** The pages, with the numbers that ask for attention. */
import type { JSX } from "preact";
import type { Incident, Overview } from "../api.ts";
import { hasAnswer, useAnswer } from "./ask.ts";
import { short } from "./format.ts";
import { Icon, type IconName } from "./icon.tsx";
import { addressOf, type Place } from "./place.ts";
import { useStore } from "./store.ts";

interface Entry {
  readonly page: string | undefined;
  readonly title: string;
  readonly icon: IconName;
  readonly count?: number | undefined;
  readonly isBad?: boolean;
}

const REFRESH_MS = 10_000;

const sum = (incidents: readonly Incident[], kind: Incident["kind"]): number =>
  incidents.filter((incident) => incident.kind === kind).reduce((total, { count }) => total + count, 0);

export function Navigation({ here }: { readonly here: Place }): JSX.Element {
  const isNext = useStore(hasAnswer);
  const { data } = useAnswer<Overview>(isNext ? "overview" : undefined, REFRESH_MS);
  const { needsYou = [], machines, total } = data ?? {};
  const groups: readonly (readonly [string, readonly Entry[]])[] = [
    [
      "",
      [
        { page: undefined, title: "Overview", icon: "overview" },
        { page: "machines", title: "Machines", icon: "machine", count: machines?.length },
        { page: "objects", title: "Objects", icon: "objects", count: total },
        { page: "sagas", title: "Sagas", icon: "sagas" },
      ],
    ],
    [
      "Needs you",
      [
        { page: "parked", title: "Parked", icon: "stop", count: sum(needsYou, "parked"), isBad: true },
        { page: "dead-letters", title: "Dead letters", icon: "letter", count: sum(needsYou, "outgoing"), isBad: true },
        { page: "retrying", title: "Retrying", icon: "retry", count: sum(needsYou, "retrying") },
      ],
    ],
    [
      "System",
      [
        { page: "timers", title: "Timers", icon: "clock" },
        { page: "messages", title: "Messages", icon: "send" },
        { page: "hosts", title: "Hosts", icon: "host", count: data?.system.hosts },
        { page: "audit", title: "Audit", icon: "audit" },
      ],
    ],
  ];
  return (
    <nav class="side" aria-label="Pages">
      {groups.map(([title, entries]) => (
        <div key={title} class="side-group">
          {title === "" ? undefined : <h2>{title}</h2>}
          {entries.map((entry) => (
            <Link key={entry.title} entry={entry} isOn={here.path[0] === entry.page} />
          ))}
        </div>
      ))}
    </nav>
  );
}

function Link({ entry, isOn }: { readonly entry: Entry; readonly isOn: boolean }): JSX.Element {
  const { page, title, icon, count = 0, isBad } = entry;
  return (
    <a href={addressOf(page === undefined ? [] : [page])} aria-current={isOn ? "page" : undefined} title={title}>
      <Icon name={icon} />
      <span class="side-title">{title}</span>
      {count > 0 ? <span class={`side-count${isBad ? " bad" : ""}`}>{short(count)}</span> : undefined}
    </a>
  );
}
