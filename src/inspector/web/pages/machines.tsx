/** All machines, a picture of each. */
import type { JSX } from "preact";
import type { MachineSummary, MachinesView } from "../../api.ts";
import { useAnswer } from "../ask.ts";
import { count, plural } from "../format.ts";
import { ofMachine, SLOW_MS, useChanges } from "../live.ts";
import { Answered, CONDITIONS, ConditionMark, Empty, Skeleton } from "../parts.tsx";
import { addressOf } from "../place.ts";

export function MachinesPage(): JSX.Element {
  const answer = useAnswer<MachinesView>("machines");
  useChanges(ofMachine(undefined), answer.reload, SLOW_MS);
  return (
    <div class="page">
      <h1>Machines</h1>
      <Answered answer={answer} skeleton={<Skeleton rows={6} />}>
        {({ machines }) =>
          machines.length === 0 ? (
            <Empty title="No machines yet" command="npx stator host ./actors/index.ts">
              They appear as soon as a host serves them.
            </Empty>
          ) : (
            <div class="cards">
              {machines.map((machine) => (
                <Card key={machine.name} machine={machine} />
              ))}
            </div>
          )
        }
      </Answered>
    </div>
  );
}

function Card({ machine }: { readonly machine: MachineSummary }): JSX.Element {
  const { name, version, total, conditions, versions, isSaga } = machine;
  const others = Object.keys(versions).filter((one) => one !== version).length;
  return (
    <a class="card" href={addressOf(["machines", name])}>
      <span class="card-head">
        <b>{name}</b>
        {isSaga ? <span class="tag">saga</span> : undefined}
        {version === undefined ? <span class="tag tag-warn">no host serves it</span> : undefined}
        <span class="card-total">{plural(total, "object")}</span>
      </span>
      <Shares conditions={conditions} total={total} />
      <span class="card-conditions">
        {total === 0 ? <span class="quiet">no objects yet</span> : undefined}
        {CONDITIONS.filter((condition) => (conditions[condition] ?? 0) > 0).map((condition) => (
          <ConditionMark key={condition} is={condition} text={`${count(conditions[condition] ?? 0)} ${condition}`} />
        ))}
      </span>
      {others > 0 ? <small class="quiet">{plural(others, "other version")} of it</small> : undefined}
    </a>
  );
}

/** The conditions as parts of a line. */
function Shares({
  conditions,
  total,
}: {
  readonly conditions: MachineSummary["conditions"];
  readonly total: number;
}): JSX.Element {
  return (
    <span class="shares" aria-hidden="true">
      {CONDITIONS.map((condition) => {
        const share = total === 0 ? 0 : (conditions[condition] ?? 0) / total;
        return share === 0 ? undefined : (
          <span key={condition} class={`share c-${condition}`} style={{ flexGrow: share }} />
        );
      })}
    </span>
  );
}
