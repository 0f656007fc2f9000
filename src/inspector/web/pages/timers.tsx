/** What fires when; what is late. */
import type { JSX } from "preact";
import type { TimersView } from "../../api.ts";
import { useAnswer } from "../ask.ts";
import { count } from "../format.ts";
import { Answered, At, Empty, Until } from "../parts.tsx";
import { go, objectAddress } from "../place.ts";
import { type Column, Table } from "../table.tsx";

type Timer = TimersView["timers"][number];
const REFRESH_MS = 5_000;
const LIMIT = 200;

export function TimersPage(): JSX.Element {
  const answer = useAnswer<TimersView>(`timers?limit=${LIMIT}`, REFRESH_MS);
  return (
    <div class="page page-full">
      <h1>Timers</h1>
      <Answered answer={answer}>
        {({ timers, late, total, isAtLeast }) =>
          total === 0 ? (
            <Empty title="No timer is set" command="npx stator create order/o-1 total=10">
              `after` and delayed events appear here until they fire.
            </Empty>
          ) : (
            <>
              <p class="lead">
                {count(total)}
                {isAtLeast ? "+" : ""} set{timers.length < total ? `, the next ${count(timers.length)} are shown` : ""}.{" "}
                {late > 0 ? <b class="bad">{count(late)} late.</b> : "None is late."}
              </p>
              <div class="fill">
                <Table
                  label="Timers"
                  isLong
                  columns={COLUMNS}
                  rows={timers}
                  keyOf={({ object, timer }) => `${object} ${timer}`}
                  onOpen={({ object }) => go(addressOfObject(object))}
                />
              </div>
            </>
          )
        }
      </Answered>
    </div>
  );
}

export function addressOfObject(object: string, query = {}): string {
  const at = object.indexOf("/");
  return objectAddress(object.slice(0, at), object.slice(at + 1), query);
}

const COLUMNS: readonly Column<Timer>[] = [
  {
    id: "due",
    title: "fires",
    cell: ({ dueAt, isLate }) => (
      <b class={isLate ? "bad" : ""}>
        <Until at={dueAt} />
      </b>
    ),
  },
  {
    id: "at",
    title: "at",
    cell: ({ dueAt }) => (
      <span class="quiet">
        <At at={dueAt} />
      </span>
    ),
  },
  {
    id: "what",
    title: "what",
    look: "wide",
    cell: ({ label, timer }) => (
      <span class="ellipsis" title={timer}>
        ◷ {label}
      </span>
    ),
  },
  {
    id: "object",
    title: "object",
    look: "wide",
    cell: ({ object }) => (
      <a class="ellipsis" href={addressOfObject(object)}>
        {object}
      </a>
    ),
  },
];
