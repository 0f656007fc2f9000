/** Who sends what to whom, and where it piles up. */
import type { JSX } from "preact";
import type { MessagesView } from "../../api.ts";
import { useAnswer } from "../ask.ts";
import { count, plural } from "../format.ts";
import { ofMachine, SLOW_MS, useChanges } from "../live.ts";
import { Ago, Answered, Empty } from "../parts.tsx";
import { addressOf, go } from "../place.ts";
import { type Column, Table } from "../table.tsx";
import { addressOfObject } from "./timers.tsx";

type Way = MessagesView["ways"][number];
type Backlog = MessagesView["backlogs"][number];
const REFRESH_MS = 5_000;

export function MessagesPage(): JSX.Element {
  const answer = useAnswer<MessagesView>("messages", REFRESH_MS);
  useChanges(ofMachine(undefined), answer.reload, SLOW_MS);
  return (
    <div class="page">
      <h1>Messages</h1>
      <Answered answer={answer}>{(data) => <Content data={data} />}</Answered>
    </div>
  );
}

function Content({ data }: { readonly data: MessagesView }): JSX.Element {
  const { ways, backlogs, isCut } = data;
  if (ways.length === 0) {
    return (
      <Empty title="No messages yet">
        What objects send to each other appears here with the first one that arrives.
      </Empty>
    );
  }
  const waiting = ways.reduce((sum, way) => sum + way.waiting, 0);
  const oldest = backlogs.flatMap(({ oldestAt }) => oldestAt ?? []).toSorted()[0];
  return (
    <>
      <p class="lead">
        {waiting === 0 ? "Nothing waits: all that was sent has arrived." : `${plural(waiting, "message")} on the way.`}
        {oldest === undefined ? undefined : (
          <>
            {" "}
            The oldest was sent <Ago at={oldest} /> ago.
          </>
        )}
        {isCut ? " There are more than were looked at." : ""}
      </p>
      <section class="panel" aria-labelledby="ways">
        <h2 id="ways">Who sends to whom</h2>
        <Table label="Ways" columns={WAYS} rows={ways} keyOf={({ from, kind, to }) => `${from} ${kind} ${to}`} />
      </section>
      {backlogs.length === 0 ? undefined : (
        <section class="panel" aria-labelledby="backlogs">
          <h2 id="backlogs">Deepest backlogs</h2>
          <Table
            label="Backlogs"
            columns={BACKLOGS}
            rows={backlogs}
            keyOf={({ object }) => object}
            onOpen={({ object }) => go(addressOfObject(object))}
          />
        </section>
      )}
    </>
  );
}

const machine = (name: string): JSX.Element => <a href={addressOf(["machines", name])}>{name}</a>;
const number = (value: number): JSX.Element | string => (value === 0 ? <span class="nought">–</span> : count(value));
const parked = (value: number): JSX.Element | string =>
  value === 0 ? (
    number(0)
  ) : (
    <a class="number bad" href={addressOf(["dead-letters"])}>
      {count(value)}
    </a>
  );

const WAYS: readonly Column<Way>[] = [
  { id: "from", title: "from", look: "wide", cell: ({ from }) => machine(from) },
  {
    id: "to",
    title: "to",
    look: "wide",
    cell: ({ kind, to }) => (kind === "object" ? machine(to) : <span class="mono">{`${kind} ${to}`}</span>),
  },
  { id: "pairs", title: "pairs", look: "num", cell: ({ pairs }) => number(pairs) },
  {
    id: "last",
    title: "last arrived",
    cell: ({ lastAt }) => (lastAt === undefined ? "" : <Ago at={lastAt} suffix=" ago" />),
  },
  { id: "waiting", title: "on the way", look: "num", cell: ({ waiting }) => number(waiting) },
  { id: "parked", title: "parked", look: "num", cell: (way) => parked(way.parked) },
];

const BACKLOGS: readonly Column<Backlog>[] = [
  {
    id: "object",
    title: "sender",
    look: "wide",
    cell: ({ object }) => (
      <a class="ellipsis" href={addressOfObject(object)}>
        {object}
      </a>
    ),
  },
  { id: "waiting", title: "on the way", look: "num", cell: ({ waiting }) => number(waiting) },
  { id: "parked", title: "parked", look: "num", cell: (backlog) => parked(backlog.parked) },
  { id: "oldest", title: "oldest", cell: ({ oldestAt }) => (oldestAt === undefined ? "" : <Ago at={oldestAt} />) },
];
