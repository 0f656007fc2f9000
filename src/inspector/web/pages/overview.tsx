/** Is anything stuck, is it getting better? */
import type { JSX } from "preact";
import type { Condition, MachineSummary, Overview } from "../../api.ts";
import { useAnswer } from "../ask.ts";
import { count, plural } from "../format.ts";
import { Icon } from "../icon.tsx";
import { IncidentRows } from "../incident.tsx";
import { ofMachine, SLOW_MS, useChanges } from "../live.ts";
import { Ago, Answered, Empty, Skeleton } from "../parts.tsx";
import { addressOf } from "../place.ts";

const REFRESH_MS = 10_000;

export function OverviewPage(): JSX.Element {
  const answer = useAnswer<Overview>("overview", REFRESH_MS);
  useChanges(ofMachine(undefined), answer.reload, SLOW_MS);
  return (
    <div class="page">
      <Answered answer={answer} skeleton={<Skeleton rows={8} />}>
        {(data) => <Content data={data} reload={answer.reload} />}
      </Answered>
    </div>
  );
}

function Content({ data, reload }: { readonly data: Overview; readonly reload: () => void }): JSX.Element {
  const { sentence, isHealthy, needsYou, stuck, machines, total, system } = data;
  return (
    <>
      <h1 class={`sentence ${isHealthy ? "good" : "bad"}`}>
        <Icon name={isHealthy ? "check" : "warn"} />
        {sentence}
      </h1>
      {needsYou.length === 0 ? undefined : (
        <section class="panel" aria-labelledby="needs">
          <h2 id="needs">{needsYou.every(({ kind }) => kind === "retrying") ? "Being tried again" : "Needs you"}</h2>
          <IncidentRows incidents={needsYou} reload={reload} />
        </section>
      )}
      {stuck.length === 0 ? undefined : <Stuck stuck={stuck} />}
      <section class="panel" aria-labelledby="machines">
        <h2 id="machines">Machines</h2>
        {total === 0 ? (
          <Empty title="No objects yet" command={firstCommand(machines)}>
            Each appears here as soon as it is committed. Make one:
          </Empty>
        ) : undefined}
        {machines.length === 0 ? undefined : <Machines machines={machines} />}
      </section>
      <System system={system} />
    </>
  );
}

/** What makes the first object, of the simplest machine that is served. */
function firstCommand(machines: readonly MachineSummary[]): string | undefined {
  const names = machines.filter(({ version }) => version !== undefined).map(({ name }) => name);
  if (names.includes("counter")) return "npx stator send counter/c1 ADD amount=2";
  return names[0] === undefined ? undefined : `npx stator create ${names[0]}/first`;
}

function Stuck({ stuck }: { readonly stuck: Overview["stuck"] }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="stuck">
      <h2 id="stuck">Stuck</h2>
      {stuck.map(({ name, count: many }) => (
        <p key={name}>
          <a class="number" href={addressOf(["objects"], { name, flag: "stuck" })}>
            {count(many)} {name}
          </a>{" "}
          <span class="quiet">longer in a state than its limit</span>
        </p>
      ))}
    </section>
  );
}

const SHOWN: readonly Condition[] = ["waiting", "running", "retrying", "compensating", "paused", "parked"];
const ENDED: readonly Condition[] = ["done", "failed", "canceled", "killed"];

function Machines({ machines }: { readonly machines: readonly MachineSummary[] }): JSX.Element {
  return (
    <div class="table-frame">
      <table class="machines">
        <thead>
          <tr>
            <th scope="col">machine</th>
            <th scope="col" class="num">
              objects
            </th>
            {SHOWN.map((condition) => (
              <th key={condition} scope="col" class="num">
                {condition}
              </th>
            ))}
            <th scope="col" class="num">
              ended
            </th>
          </tr>
        </thead>
        <tbody>
          {machines.map((machine) => (
            <Machine key={machine.name} machine={machine} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Machine({ machine }: { readonly machine: MachineSummary }): JSX.Element {
  const { name, version, total, conditions, versions, isSaga } = machine;
  const others = Object.keys(versions).filter((one) => one !== version);
  const ended = ENDED.reduce((sum, condition) => sum + (conditions[condition] ?? 0), 0);
  return (
    <tr data-key={name}>
      <td>
        <a class="strong" href={addressOf(["machines", name])}>
          {name}
        </a>{" "}
        {isSaga ? <span class="tag">saga</span> : undefined}
        {version === undefined ? <span class="tag tag-warn">no host serves it</span> : undefined}
        {others.length > 0 ? <small class="quiet"> {plural(others.length, "other version")}</small> : undefined}
      </td>
      <td class="num">
        <Figure value={total} href={addressOf(["objects"], { name })} />
      </td>
      {SHOWN.map((condition) => (
        <td key={condition} class="num">
          <Figure
            value={conditions[condition] ?? 0}
            href={addressOf(["objects"], { name, condition })}
            look={condition}
          />
        </td>
      ))}
      <td class="num quiet">{ended === 0 ? "–" : count(ended)}</td>
    </tr>
  );
}

function Figure({
  value,
  href,
  look = "",
}: {
  readonly value: number;
  readonly href: string;
  readonly look?: string;
}): JSX.Element {
  if (value === 0) return <span class="nought">–</span>;
  return (
    <a href={href} class={`number n-${look}`}>
      {count(value)}
    </a>
  );
}

function System({ system }: { readonly system: Overview["system"] }): JSX.Element {
  const { hosts, partitions, owned, lateTimers, unsent, oldestUnsentAt } = system;
  return (
    <section class="facts" aria-label="System">
      <Fact name="hosts" value={count(hosts)} isBad={hosts === 0} href={addressOf(["hosts"])} />
      <Fact
        name="partitions owned"
        value={`${count(owned)} of ${count(partitions)}`}
        isBad={owned < partitions}
        href={addressOf(["hosts"])}
      />
      <Fact name="late timers" value={count(lateTimers)} isBad={lateTimers > 0} href={addressOf(["timers"])} />
      <Fact
        name="unsent messages"
        href={addressOf(["messages"])}
        value={
          oldestUnsentAt === undefined ? (
            count(unsent)
          ) : (
            <>
              {count(unsent)}, oldest <Ago at={oldestUnsentAt} />
            </>
          )
        }
      />
    </section>
  );
}

interface FactProps {
  readonly name: string;
  readonly value: JSX.Element | string;
  readonly isBad?: boolean;
  readonly href?: string;
}

function Fact({ name, value, isBad = false, href }: FactProps): JSX.Element {
  const inner = (
    <>
      <span class="fact-name">{name}</span>
      <span class={`fact-value${isBad ? " bad" : ""}`}>{value}</span>
    </>
  );
  return href === undefined ? (
    <div class="fact">{inner}</div>
  ) : (
    <a class="fact" href={href}>
      {inner}
    </a>
  );
}
