/** How far forward, how far back, for all sagas of a kind. */
import type { JSX } from "preact";
import type { SagasView } from "../../api.ts";
import { useAnswer } from "../ask.ts";
import { count } from "../format.ts";
import { ofMachine, SLOW_MS, useChanges } from "../live.ts";
import { Answered, Empty } from "../parts.tsx";
import { addressOf, type Query } from "../place.ts";

type Saga = SagasView["sagas"][number];

const COLUMNS: readonly (readonly [keyof Saga, string, Query | undefined])[] = [
  ["total", "sagas", {}],
  ["forward", "going forward", undefined],
  ["compensating", "compensating", { condition: "compensating" }],
  ["parked", "parked", { condition: "parked" }],
  ["succeeded", "succeeded", { condition: "done" }],
  ["compensated", "compensated", { condition: "canceled" }],
  ["abandoned", "abandoned", undefined],
];

export function SagasPage(): JSX.Element {
  const answer = useAnswer<SagasView>("sagas", 10_000);
  useChanges(ofMachine(undefined), answer.reload, SLOW_MS);
  return (
    <div class="page">
      <h1>Sagas</h1>
      <p class="lead">
        Changes across objects that undo themselves when a step fails. The lanes of each are on its own page.
      </p>
      <Answered answer={answer}>
        {({ sagas }) =>
          sagas.length === 0 ? (
            <Empty title="No sagas are served">
              A machine that was built with `saga(…)`, or whose states are tagged `compensation`, appears here.
            </Empty>
          ) : (
            <section class="panel table-frame" aria-label="Sagas">
              <table>
                <thead>
                  <tr>
                    <th scope="col">saga</th>
                    {COLUMNS.map(([id, title]) => (
                      <th key={id} scope="col" class="num">
                        {title}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {sagas.map((saga) => (
                    <tr key={saga.name}>
                      <td>
                        <a class="strong" href={addressOf(["machines", saga.name])}>
                          {saga.name}
                        </a>
                      </td>
                      {COLUMNS.map(([id, , query]) => (
                        <td key={id} class="num">
                          <Cell
                            value={Number(saga[id])}
                            href={
                              query === undefined ? undefined : addressOf(["objects"], { name: saga.name, ...query })
                            }
                          />
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )
        }
      </Answered>
    </div>
  );
}

function Cell({ value, href }: { readonly value: number; readonly href: string | undefined }): JSX.Element {
  if (value === 0) return <span class="nought">–</span>;
  return href === undefined ? (
    <span>{count(value)}</span>
  ) : (
    <a class="number" href={href}>
      {count(value)}
    </a>
  );
}
