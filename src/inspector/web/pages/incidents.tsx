/** What needs somebody, by cause: parked, retrying, and messages that nobody takes. */
import type { JSX } from "preact";
import type { Incident, IncidentsView } from "../../api.ts";
import { useAnswer } from "../ask.ts";
import { plural } from "../format.ts";
import { IncidentRows } from "../incident.tsx";
import { ofMachine, SLOW_MS, useChanges } from "../live.ts";
import { Answered, Empty } from "../parts.tsx";

const PAGES = {
  parked: {
    kind: "parked",
    title: "Parked",
    about: "These wait for an operator: retry once the cause is gone, or skip for good.",
    empty: "Nothing is parked",
    rest: "What keeps failing until its attempts are used up appears here.",
  },
  retrying: {
    kind: "retrying",
    title: "Retrying",
    about: "These failed and are tried again by themselves. Retry now does not wait for the pause to end.",
    empty: "Nothing is retrying",
    rest: "A promise actor that failed and has attempts left appears here.",
  },
  "dead-letters": {
    kind: "outgoing",
    title: "Dead letters",
    about: "Messages that their receiver refuses for good. They hold those behind them on the same way.",
    empty: "No dead letters",
    rest: "A message between objects that no one accepts appears here.",
  },
} as const satisfies Record<
  string,
  { kind: Incident["kind"]; title: string; about: string; empty: string; rest: string }
>;

const REFRESH_MS = 5_000;

export function IncidentsPage({ page }: { readonly page: keyof typeof PAGES }): JSX.Element {
  const { kind, title, about, empty, rest } = PAGES[page];
  const answer = useAnswer<IncidentsView>("incidents", REFRESH_MS);
  useChanges(ofMachine(undefined), answer.reload, SLOW_MS);
  return (
    <div class="page">
      <h1>{title}</h1>
      <p class="lead">{about}</p>
      <Answered answer={answer}>
        {({ incidents, isCut }) => {
          const mine = incidents.filter((incident) => incident.kind === kind);
          const objects = mine.reduce((sum, { count }) => sum + count, 0);
          if (mine.length === 0) return <Empty title={empty}>{rest}</Empty>;
          return (
            <section class="panel" aria-label={title}>
              <h2>
                {plural(mine.length, "cause")}, {isCut ? "at least " : ""}
                {plural(objects, kind === "outgoing" ? "message" : "object")}
              </h2>
              <IncidentRows incidents={mine} reload={answer.reload} />
            </section>
          );
        }}
      </Answered>
    </div>
  );
}
