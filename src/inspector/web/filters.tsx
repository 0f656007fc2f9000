/** The filters of a list, each a part of the address. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { MachinesView, MachineView } from "../api.ts";
import { useAnswer } from "./ask.ts";
import { Icon } from "./icon.tsx";
import { CONDITIONS } from "./parts.tsx";
import { type Query, turnTo, usePlace } from "./place.ts";

export const FILTERS: readonly string[] = [
  "name",
  "state",
  "tag",
  "condition",
  "flag",
  "status",
  "version",
  "q",
  "where",
];
/** Shown as a chip that can be taken away; the others have fields of their own. */
const CHIPS: readonly string[] = ["tag", "flag", "status", "version"];

export function Filters(): JSX.Element {
  const { query } = usePlace();
  const name = query.get("name") ?? "";
  const machines = useAnswer<MachinesView>("machines");
  const machine = useAnswer<MachineView>(name === "" ? undefined : `machine/${encodeURIComponent(name)}`);
  const states = machine.data?.model.states ?? [];
  const root = states[0]?.id ?? name;
  return (
    <search class="filters">
      <Text name="q" label="Key begins with" value={query.get("q") ?? ""} placeholder="key…" />
      <label>
        <span>machine</span>
        <select
          value={name}
          onChange={(event) => turnTo({ name: event.currentTarget.value, state: undefined, where: undefined })}
        >
          <option value="">any</option>
          {(machines.data?.machines ?? []).map((one) => (
            <option key={one.name} value={one.name}>
              {one.name}
            </option>
          ))}
          {name !== "" && machines.data?.machines.every((one) => one.name !== name) ? (
            <option value={name}>{name}</option>
          ) : undefined}
        </select>
      </label>
      <label>
        <span>state</span>
        <select
          value={query.get("state") ?? ""}
          onChange={(event) => turnTo({ state: event.currentTarget.value })}
          disabled={name === ""}
        >
          <option value="">any</option>
          {states
            .filter(({ kind, parent }) => kind !== "history" && parent !== undefined)
            .map(({ id }) => (
              <option key={id} value={id}>
                {id.startsWith(`${root}.`) ? id.slice(root.length + 1) : id}
              </option>
            ))}
          {isStrange(query.get("state"), states) ? (
            <option value={query.get("state") ?? ""}>{query.get("state")}</option>
          ) : undefined}
        </select>
      </label>
      <label>
        <span>condition</span>
        <select
          value={query.get("condition") ?? ""}
          onChange={(event) => turnTo({ condition: event.currentTarget.value })}
        >
          <option value="">any</option>
          {CONDITIONS.map((condition) => (
            <option key={condition} value={condition}>
              {condition}
            </option>
          ))}
        </select>
      </label>
      <Text
        name="where"
        label="A field of the context; this looks at every object"
        value={query.get("where") ?? ""}
        placeholder="context: total>500"
      />
      <Chips query={query} />
    </search>
  );
}

const isStrange = (state: string | null, states: MachineView["model"]["states"]): boolean =>
  state !== null && state !== "" && states.every(({ id }) => id !== state);

function Chips({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const set = CHIPS.filter((name) => (query.get(name) ?? "") !== "");
  const isAny = FILTERS.some((name) => (query.get(name) ?? "") !== "");
  const none: Query = Object.fromEntries(FILTERS.map((name) => [name, undefined]));
  return (
    <>
      {set.map((name) => (
        <button
          key={name}
          type="button"
          class="chip"
          onClick={() => turnTo({ [name]: undefined })}
          aria-label={`Remove the filter ${name}`}
        >
          {name}: {query.get(name)} <Icon name="close" />
        </button>
      ))}
      {isAny ? (
        <button type="button" class="link" onClick={() => turnTo(none)}>
          Clear
        </button>
      ) : undefined}
    </>
  );
}

const SETTLE_MS = 300;

/** Looks once the reader has stopped typing. */
function Text({
  name,
  label,
  value,
  placeholder,
}: {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
}): JSX.Element {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => turnTo({ [name]: text.trim() }, "replace"), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      type="search"
      aria-label={label}
      title={label}
      class={`filter-${name}`}
      placeholder={placeholder}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
    />
  );
}
