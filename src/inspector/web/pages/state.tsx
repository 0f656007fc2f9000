/** Beside the chart: the state or the arrow that was clicked, and the objects there. */
import type { JSX } from "preact";
import type { CountsView, MachineView, ObjectsPage } from "../../api.ts";
import type { ChartModel, ChartState, ChartTransition } from "../../chart/model.ts";
import { keyText } from "../../visible.ts";
import { useAnswer } from "../ask.ts";
import { count, duration, plural } from "../format.ts";
import { Icon } from "../icon.tsx";
import { ofMachine, useChanges } from "../live.ts";
import { Ago, Answered, ConditionMark, Skeleton } from "../parts.tsx";
import { addressOf, objectAddress, turnTo, usePlace } from "../place.ts";
import { percent, useLately } from "./paint.tsx";

export interface StatePanelProps {
  readonly machine: MachineView;
  readonly counts: CountsView | undefined;
  readonly state: string | undefined;
  /** Indexes of transitions. */
  readonly arrow: string | undefined;
}

export function StatePanel({ machine, counts, state, arrow }: StatePanelProps): JSX.Element {
  const { model } = machine;
  const transitions = (arrow ?? "").split(" ").flatMap((index) => model.transitions[Number(index)] ?? []);
  const found = model.states.find(({ id }) => id === state);
  const title = found === undefined ? "Transitions" : pathOf(model, found.id);
  return (
    <aside class="side-panel" aria-label={title}>
      <header class="side-panel-head">
        <h2>{title}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label="Close"
          onClick={() => turnTo({ state: undefined, arrow: undefined })}
        >
          <Icon name="close" />
        </button>
      </header>
      {found === undefined ? (
        <Arrow model={model} name={machine.name} transitions={transitions} />
      ) : (
        <State machine={machine} state={found} counts={counts} />
      )}
    </aside>
  );
}

/** `booking › hotel`, without the machine itself. */
export function pathOf(model: ChartModel, id: string): string {
  const state = model.states.find((one) => one.id === id);
  if (state?.parent === undefined) return state?.key ?? id;
  const above = model.states.find((one) => one.id === state.parent);
  return above?.parent === undefined ? state.key : `${pathOf(model, above.id)} › ${state.key}`;
}

function State({
  machine,
  state,
  counts,
}: {
  readonly machine: MachineView;
  readonly state: ChartState;
  readonly counts: CountsView | undefined;
}): JSX.Element {
  const { total = 0, retrying = 0, parked = 0 } = counts?.states[state.id] ?? {};
  const leaves = machine.model.transitions.filter(({ source }) => source === state.id);
  const query = state.parent === undefined ? { name: machine.name } : { name: machine.name, state: state.id };
  return (
    <>
      <div class="big-number">
        <a href={addressOf(["objects"], query)} data-count-of={state.id}>
          {count(total)}
        </a>
        <span class="quiet">{total === 1 ? "object is" : "objects are"} here</span>
      </div>
      <div class="head-conditions">
        {retrying > 0 ? (
          <a href={addressOf(["objects"], { ...query, flag: "retrying" })}>
            <ConditionMark is="retrying" text={`${count(retrying)} retrying`} />
          </a>
        ) : undefined}
        {parked > 0 ? (
          <a href={addressOf(["objects"], { ...query, flag: "parked" })}>
            <ConditionMark is="parked" text={`${count(parked)} parked`} />
          </a>
        ) : undefined}
      </div>
      <Lately name={machine.name} id={state.id} />
      {state.description === undefined ? undefined : <p>{state.description}</p>}
      <dl class="facts-list">
        <Names title="runs" names={state.invokes.map(({ src }) => src)} />
        <Names title="on entry" names={state.entry} />
        <Names title="on exit" names={state.exit} />
        <Names title="tags" names={state.tags} />
        <Names title="undoes" names={state.undoes === undefined ? [] : [state.undoes]} />
      </dl>
      {leaves.length === 0 ? undefined : <h3>Leaves by</h3>}
      <Transitions model={machine.model} transitions={leaves} />
      <h3>Objects</h3>
      <Objects query={query} />
    </>
  );
}

/** How long objects stay, and how they leave, where the chart is painted with it. */
function Lately({ name, id }: { readonly name: string; readonly id: string }): JSX.Element | undefined {
  const isPainted = ["dwell", "errors"].includes(usePlace().query.get("paint") ?? "");
  const found = useLately(name, isPainted)?.states[id];
  if (found === undefined) return undefined;
  const { stays, p50Ms, p95Ms, errors } = found;
  return (
    <dl class="facts-list" data-stays={stays}>
      <Names title="stays that ended" names={[count(stays)]} />
      <Names title="median" names={[duration(p50Ms)]} />
      <Names title="95 % within" names={[duration(p95Ms)]} />
      <Names title="ended by an error" names={[`${count(errors)} (${percent(errors / stays)})`]} />
    </dl>
  );
}

function Names({
  title,
  names,
}: {
  readonly title: string;
  readonly names: readonly string[];
}): JSX.Element | undefined {
  if (names.length === 0) return undefined;
  return (
    <div>
      <dt>{title}</dt>
      <dd>{names.join(", ")}</dd>
    </div>
  );
}

const SIGN: Readonly<Record<ChartTransition["trigger"]["kind"], string>> = {
  event: "",
  after: "◷ ",
  always: "⚡ ",
  done: "✓ ",
  error: "✕ ",
  snapshot: "◉ ",
};

export function Transitions({
  model,
  transitions,
}: {
  readonly model: ChartModel;
  readonly transitions: readonly ChartTransition[];
}): JSX.Element {
  return (
    <ul class="transitions">
      {transitions.map(({ index, trigger, guard, targets, actions, priority }) => (
        <li key={index} class={`t-${trigger.kind}`}>
          <b title={trigger.event}>
            {priority === undefined ? "" : `${priority}. `}
            {SIGN[trigger.kind]}
            {trigger.text}
          </b>
          {guard === undefined ? undefined : <span class="quiet"> [{guard}]</span>}
          {targets.length === 0 ? (
            <span class="quiet"> stays</span>
          ) : (
            <span> → {targets.map((id) => pathOf(model, id)).join(", ")}</span>
          )}
          {actions.length === 0 ? undefined : <small class="quiet">{actions.join(", ")}</small>}
        </li>
      ))}
    </ul>
  );
}

function Arrow({
  model,
  name,
  transitions,
}: {
  readonly model: ChartModel;
  readonly name: string;
  readonly transitions: readonly ChartTransition[];
}): JSX.Element {
  const sources = [...new Set(transitions.map(({ source }) => source))];
  return (
    <>
      {sources.map((source) => (
        <div key={source}>
          <h3>From {pathOf(model, source)}</h3>
          <Transitions model={model} transitions={transitions.filter((one) => one.source === source)} />
          <Objects query={{ name, state: source }} />
        </div>
      ))}
    </>
  );
}

const FEW = 12;

/** The first ones, and the way to all; the number is that of the list. */
function Objects({ query }: { readonly query: { readonly name: string; readonly state?: string } }): JSX.Element {
  const answer = useAnswer<ObjectsPage>(`objects?${new URLSearchParams({ ...query, limit: String(FEW) })}`);
  useChanges(ofMachine(query.name), () => answer.reload());
  return (
    <Answered answer={answer} skeleton={<Skeleton rows={4} />}>
      {({ rows, total }) => (
        <>
          <ul class="object-list">
            {rows.map(({ name, key, state, condition, since }) => (
              <li key={key}>
                <a href={objectAddress(name, key)}>{keyText(key)}</a>
                <ConditionMark is={condition} />
                <span class="quiet" title={state}>
                  <Ago at={since} />
                </span>
              </li>
            ))}
          </ul>
          {total > 0 ? (
            <a class="button" href={addressOf(["objects"], query)} data-list-total={total}>
              {total > rows.length ? `All ${plural(total, "object")}` : "Open as a list"}
            </a>
          ) : (
            <p class="quiet">None is there now.</p>
          )}
        </>
      )}
    </Answered>
  );
}
