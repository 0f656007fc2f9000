/** Where are they all, where do they pile up? The chart is the filter: a state or an arrow leads to its objects. */
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { CountsView, MachineView } from "../../api.ts";
import { type Answer, useAnswer } from "../ask.ts";
import { Chart } from "../chart.tsx";
import { count, plural, versionText } from "../format.ts";
import { useGeometry, type Wish, wishOf } from "../geometry.ts";
import { ofMachine, useChanges } from "../live.ts";
import { Answered, CONDITIONS, ConditionMark, Skeleton, Tabs, tabOf } from "../parts.tsx";
import { addressOf, turnTo, usePlace } from "../place.ts";
import { useRoom } from "../room.ts";
import { Events } from "./events.tsx";
import { PAINTS, PaintKey, usePaint } from "./paint.tsx";
import { StatePanel } from "./state.tsx";
import { States } from "./states.tsx";

const TABS = [
  ["diagram", "Diagram"],
  ["states", "States"],
  ["events", "Events"],
] as const;
const WISHES = [
  ["auto", "Fit"],
  ["full", "Full"],
  ["compact", "Compact"],
] as const;

const RECOUNT_MS = 10_000;

export function MachinePage({ name }: { readonly name: string }): JSX.Element {
  const { query } = usePlace();
  const path = `machine/${encodeURIComponent(name)}`;
  const machine = useAnswer<MachineView>(path);
  const counts = useAnswer<CountsView>(`${path}/counts`, RECOUNT_MS);
  useChanges(ofMachine(name), () => counts.reload());
  const tab = tabOf(query.get("tab"), TABS);
  return (
    <div class="page page-full">
      <Head name={name} machine={machine.data} counts={counts.data} />
      <div class="bar">
        <Tabs name="tab" tabs={TABS} on={tab} />
        {tab === "diagram" ? (
          <div class="bar-end">
            <Tabs name="paint" look="pills" tabs={PAINTS} on={tabOf(query.get("paint"), PAINTS)} />
            <Tabs name="detail" look="pills" tabs={WISHES} on={tabOf(query.get("detail"), WISHES)} />
          </div>
        ) : undefined}
      </div>
      <Answered answer={machine} skeleton={<Skeleton rows={10} />}>
        {(data) => <Body machine={data} counts={counts} tab={tab} />}
      </Answered>
    </div>
  );
}

interface HeadProps {
  readonly name: string;
  readonly machine: MachineView | undefined;
  readonly counts: CountsView | undefined;
}

function Head({ name, machine, counts }: HeadProps): JSX.Element {
  const { total = 0, conditions = {}, versions = {}, elsewhere = 0 } = counts ?? {};
  const shown = CONDITIONS.filter((condition) => (conditions[condition] ?? 0) > 0);
  const others = Object.entries(versions).filter(([version]) => version !== machine?.version);
  return (
    <header class="head">
      <div class="head-line">
        <h1>{name}</h1>
        {machine === undefined ? undefined : <span class="tag mono">{versionText(machine.version)}</span>}
        {machine?.isSaga ? <span class="tag">saga</span> : undefined}
        <a class="number" href={addressOf(["objects"], { name })} data-total={total}>
          {plural(total, "object")}
        </a>
        {others.map(([version, many]) => (
          <a key={version} class="tag tag-warn mono" href={addressOf(["objects"], { name, version })}>
            {versionText(version)} {count(many)}
          </a>
        ))}
      </div>
      <div class="head-conditions">
        {shown.map((condition) => (
          <a key={condition} href={addressOf(["objects"], { name, condition })}>
            <ConditionMark is={condition} text={`${count(conditions[condition] ?? 0)} ${condition}`} />
          </a>
        ))}
        {elsewhere > 0 ? (
          <span class="quiet">{plural(elsewhere, "object")} in states that this version does not have</span>
        ) : undefined}
      </div>
    </header>
  );
}

interface BodyProps {
  readonly machine: MachineView;
  readonly counts: Answer<CountsView>;
  readonly tab: (typeof TABS)[number][0];
}

function Body({ machine, counts, tab }: BodyProps): JSX.Element {
  if (tab === "states") return <States machine={machine} counts={counts.data} />;
  if (tab === "events") return <Events machine={machine} />;
  return <Diagram machine={machine} counts={counts} />;
}

function Diagram({ machine, counts }: Omit<BodyProps, "tab">): JSX.Element {
  const { query } = usePlace();
  const frame = useRef<HTMLDivElement>(null);
  const room = useRoom(frame);
  const wish: Wish = wishOf(query.get("detail"));
  const geometry = useGeometry(machine.name, wish, room);
  const { overlay, heat, lately } = usePaint(machine, counts.data);
  const state = query.get("state") ?? undefined;
  const arrow = query.get("arrow") ?? undefined;
  const hasSide = state !== undefined || arrow !== undefined;
  return (
    <div class={`split${hasSide ? " with-side" : ""}${counts.error === undefined ? "" : " stale"}`}>
      <div class="split-main" ref={frame}>
        <PaintKey lately={lately} />
        <Answered answer={geometry} skeleton={<div class="chart-wait">Drawing {machine.name}…</div>}>
          {(drawn) => (
            <Chart
              geometry={drawn}
              overlay={overlay}
              picked={state}
              heat={heat}
              onState={(id) => turnTo({ state: id, arrow: undefined })}
              onTransitions={(indexes) => turnTo({ arrow: indexes.join(" "), state: undefined })}
            />
          )}
        </Answered>
      </div>
      {hasSide ? <StatePanel machine={machine} counts={counts.data} state={state} arrow={arrow} /> : undefined}
    </div>
  );
}
