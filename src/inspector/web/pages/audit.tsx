/** Who did what to which object, and why. */
import type { JSX } from "preact";
import type { AuditPage as Page } from "../../api.ts";
import { useAnswer } from "../ask.ts";
import { Answered, At, Empty } from "../parts.tsx";
import { addressOf, usePlace } from "../place.ts";
import { type Column, Table } from "../table.tsx";
import { addressOfObject } from "./timers.tsx";

type Row = Page["rows"][number];
const REFRESH_MS = 5_000;
const LIMIT = 100;

export function AuditPage(): JSX.Element {
  const { query } = usePlace();
  const after = query.get("after") ?? undefined;
  const object = query.get("object") ?? undefined;
  const asked = new URLSearchParams({
    limit: String(LIMIT),
    ...(after === undefined ? {} : { after }),
    ...(object === undefined ? {} : { object }),
  });
  const answer = useAnswer<Page>(`audit?${asked}`, after === undefined ? REFRESH_MS : undefined);
  return (
    <div class="page page-full">
      <h1>Audit</h1>
      <p class="lead">
        Every verb of an operator, newest first.{" "}
        {object === undefined ? undefined : <a href={addressOf(["audit"])}>Of all objects</a>}
      </p>
      <Answered answer={answer}>
        {({ rows, next }) =>
          rows.length === 0 ? (
            <Empty title="No operator has done anything yet" command="npx stator retry order/o-1 --reason …">
              Retry, skip, pause, resume, cancel and kill leave a row here, with the reason.
            </Empty>
          ) : (
            <>
              <div class="fill">
                <Table label="Audit" isLong columns={COLUMNS} rows={rows} keyOf={({ id }) => id} />
              </div>
              {next === null ? undefined : (
                <a class="button" href={addressOf(["audit"], { after: next, object })}>
                  Older
                </a>
              )}
            </>
          )
        }
      </Answered>
    </div>
  );
}

const COLUMNS: readonly Column<Row>[] = [
  { id: "at", title: "when", cell: ({ at }) => <At at={at} /> },
  {
    id: "by",
    title: "who",
    cell: ({ by }) => (
      <span class="ellipsis" title={by}>
        {by}
      </span>
    ),
  },
  { id: "verb", title: "verb", cell: ({ verb }) => <b>{verb}</b> },
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
  {
    id: "reason",
    title: "reason",
    look: "wide",
    cell: ({ reason }) => (
      <span class="ellipsis" title={reason}>
        {reason}
      </span>
    ),
  },
  {
    id: "way",
    title: "before → after",
    look: "wide",
    cell: ({ before, after }) => (
      <span class="ellipsis quiet">
        {before === after || after === undefined ? before : `${before ?? ""} → ${after}`}
      </span>
    ),
  },
  { id: "result", title: "result", cell: ({ result }) => result },
];
