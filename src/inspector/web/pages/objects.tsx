/** Find one; find all that look like this. Every filter is in the address. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ObjectRow, Verb } from "../../api.ts";
import { keyText } from "../../visible.ts";
import { give } from "../bulk.tsx";
import { FILTERS, Filters } from "../filters.tsx";
import { count, versionText } from "../format.ts";
import { pagesOf, useList } from "../list.ts";
import { ofMachine, useChanges } from "../live.ts";
import { notify } from "../notice.tsx";
import { Ago, ConditionMark, Empty, Failure, Skeleton, StuckMark, Until } from "../parts.tsx";
import { addressOf, go, objectAddress, usePlace } from "../place.ts";
import { type Column, Table } from "../table.tsx";
import { VERBS } from "../verb.tsx";

const idOf = ({ name, key }: ObjectRow): string => `${name}/${key}`;
/** As many as one order may name. */
const MAX_BULK = 10_000;

export function ObjectsPage(): JSX.Element {
  const { query } = usePlace();
  const filter = new URLSearchParams([...query].filter(([name]) => FILTERS.includes(name)));
  const list = useList(filter.toString());
  const [changes, setChanges] = useState(0);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [isHovered, setHovered] = useState(false);
  const name = query.get("name") ?? undefined;
  useChanges(ofMachine(name), (events) => {
    const isBusy = picked.size > 0 || list.pages > 1 || (isHovered && list.rows.length > 0);
    const seen = events.reduce(
      (sum, event) => sum + (event.kind === "changed" ? Math.max(1, event.objects.length) : 1),
      0,
    );
    if (isBusy) setChanges((before) => before + seen);
    else list.reload();
  });
  const show = (): void => {
    setChanges(0);
    list.reload();
  };
  const { data, error } = list;
  return (
    <div class="page page-full">
      <div class="head-line">
        <h1>Objects</h1>
        {data === undefined ? undefined : (
          <span class="total" data-total={data.total}>
            {data.isAtLeast ? `${count(data.total)}+` : count(data.total)}
          </span>
        )}
        {changes > 0 ? (
          <button type="button" class="pill-button" onClick={show}>
            {count(changes)} changed · show
          </button>
        ) : undefined}
      </div>
      <Filters />
      <Selection
        picked={picked}
        setPicked={setPicked}
        filter={filter.toString()}
        total={data?.total ?? 0}
        onDone={show}
      />
      {error === undefined ? undefined : <Failure error={error} at={list.at} reload={list.reload} />}
      {data === undefined && error === undefined ? <Skeleton rows={12} /> : undefined}
      {data !== undefined && list.rows.length === 0 ? <Nothing filter={filter} /> : undefined}
      {list.rows.length === 0 ? undefined : (
        // biome-ignore lint/a11y/noStaticElementInteractions: only to know that a pointer is over the rows
        <div
          class={`fill${error === undefined ? "" : " stale"}`}
          onMouseEnter={() => setHovered(true)}
          onMouseLeave={() => setHovered(false)}
        >
          <Table
            label="Objects"
            isLong
            columns={columnsOf(name === undefined || name === "", picked, setPicked)}
            rows={list.rows}
            keyOf={idOf}
            isPicked={(row) => picked.has(idOf(row))}
            onOpen={(row) => go(objectAddress(row.name, row.key))}
            onEnd={list.more}
          />
        </div>
      )}
    </div>
  );
}

type SetPicked = (next: ReadonlySet<string>) => void;

function columnsOf(hasName: boolean, picked: ReadonlySet<string>, setPicked: SetPicked): readonly Column<ObjectRow>[] {
  const toggle = (row: ObjectRow): void => {
    const next = new Set(picked);
    if (!next.delete(idOf(row))) next.add(idOf(row));
    setPicked(next);
  };
  return [
    {
      id: "pick",
      title: <span class="sr">picked</span>,
      look: "narrow",
      cell: (row) => (
        <input
          type="checkbox"
          checked={picked.has(idOf(row))}
          onChange={() => toggle(row)}
          aria-label={`Pick ${idOf(row)}`}
        />
      ),
    },
    {
      id: "key",
      title: hasName ? "object" : "key",
      look: "wide",
      cell: (row) => (
        <a class="strong ellipsis" href={objectAddress(row.name, row.key)} title={idOf(row)}>
          {hasName ? <span class="quiet">{row.name}/</span> : undefined}
          {keyText(row.key)}
        </a>
      ),
    },
    {
      id: "state",
      title: "state",
      look: "wide",
      cell: ({ state }) => (
        <span class="ellipsis" title={state}>
          {state}
        </span>
      ),
    },
    {
      id: "condition",
      title: "condition",
      cell: ({ condition, stuck }) => (
        <>
          <ConditionMark is={condition} /> {stuck === undefined ? undefined : <StuckMark text={stuck} />}
        </>
      ),
    },
    { id: "since", title: "in state", look: "num", cell: ({ since }) => <Ago at={since} /> },
    {
      id: "next",
      title: "next",
      look: "wide",
      cell: ({ next, nextAt }) => (
        <span class="ellipsis" title={next}>
          {next === "" ? <span class="nought">–</span> : next}{" "}
          {nextAt === undefined ? undefined : <Until at={nextAt} canBeLate={false} />}
        </span>
      ),
    },
    { id: "version", title: "version", cell: ({ version }) => <span class="mono quiet">{versionText(version)}</span> },
  ];
}

interface SelectionProps {
  readonly picked: ReadonlySet<string>;
  readonly setPicked: SetPicked;
  readonly filter: string;
  readonly total: number;
  readonly onDone: () => void;
}

const OFFERED: readonly Verb[] = ["retry", "skip", "pause", "resume", "cancel", "kill", "purge"];

function Selection({ picked, setPicked, filter, total, onDone }: SelectionProps): JSX.Element | undefined {
  const order = (verb: Verb): void =>
    give({ verb, objects: [...picked], onDone: () => [setPicked(new Set()), onDone()] });
  const pickAll = async (): Promise<void> => {
    const all = new Set<string>();
    try {
      for await (const page of pagesOf(filter)) {
        for (const row of page.rows) all.add(idOf(row));
        if (all.size >= MAX_BULK) break;
      }
      setPicked(all);
    } catch (cause) {
      notify("error", cause instanceof Error ? cause.message : String(cause));
    }
  };
  if (picked.size === 0) return undefined;
  return (
    <div class="selection" role="toolbar" aria-label="What to do with the picked objects">
      <b>{count(picked.size)} picked</b>
      {picked.size < Math.min(total, MAX_BULK) ? (
        <button type="button" class="link" onClick={() => void pickAll()}>
          Pick all {count(Math.min(total, MAX_BULK))}
        </button>
      ) : undefined}
      <button type="button" class="link" onClick={() => setPicked(new Set())}>
        None
      </button>
      <span class="gap" />
      {OFFERED.map((one) => (
        <button
          key={one}
          type="button"
          class={`button small${one === "kill" || one === "purge" ? " danger" : ""}`}
          onClick={() => order(one)}
        >
          {VERBS[one]}…
        </button>
      ))}
    </div>
  );
}

function Nothing({ filter }: { readonly filter: URLSearchParams }): JSX.Element {
  const name = filter.get("name") ?? "";
  const given = [...filter].filter(([field]) => field !== "name");
  if (given.length === 0) {
    return (
      <Empty
        title="No objects yet"
        command={
          name === "" || name === "counter"
            ? "npx stator send counter/c1 ADD amount=2"
            : `npx stator create ${name}/first`
        }
      >
        Each appears here as soon as it is committed.
      </Empty>
    );
  }
  const [last] = given.slice(-1);
  const others = Object.fromEntries([...filter].filter(([field]) => field !== last?.[0]));
  return (
    <Empty title="Nothing matches">
      <a href={addressOf(["objects"], others)}>
        Without {last?.[0]} {last?.[1]}
      </a>{" "}
      · <a href={addressOf(["objects"], { name })}>without any filter</a>
    </Empty>
  );
}
