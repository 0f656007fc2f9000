/** The right part of an object's page: what can follow, the context, what runs, what waits, where it comes from. */
import type { ComponentChildren, JSX } from "preact";
import type { InvocationShown, JournalRow, NextStep, ObjectView, OutgoingShown } from "../../api.ts";
import { duration } from "../format.ts";
import { At, ConditionMark, Tabs, tabOf, Until } from "../parts.tsx";
import { objectAddress, open, usePlace } from "../place.ts";
import { Diff, oneLine, Value } from "../value.tsx";
import { ClosedWays } from "./ways.tsx";

export interface PanelsProps {
  readonly object: ObjectView;
  /** The turn at the cursor, where it is there already. */
  readonly row: JournalRow | undefined;
  readonly cursor: number;
}

export function ObjectPanels({ object, row, cursor }: PanelsProps): JSX.Element {
  const { query } = usePlace();
  const number = (title: string, many: number): string => (many === 0 ? title : `${title} ${many}`);
  const tabs = [
    ["next", object.isLive ? "Now & next" : "Next"],
    ["context", "Context"],
    ["turn", "Turn"],
    ["runs", number("Runs", object.invocations.length)],
    ["timers", number("Timers", object.timers.length)],
    ["messages", number("Messages", object.incoming.length + object.outgoing.length)],
  ] as const;
  const tab = tabOf(query.get("panel"), tabs);
  const then = thenOf(object, row);
  return (
    <aside class="object-side" aria-label="Now and next">
      <Tabs name="panel" tabs={tabs} on={tab} />
      <div class="object-panel">
        {tab === "next" ? <Next object={object} row={row} cursor={cursor} /> : undefined}
        {tab === "context" ? <Context object={object} row={row} cursor={cursor} /> : undefined}
        {tab === "turn" ? <Turn row={row} cursor={cursor} /> : undefined}
        {tab === "runs" ? <Runs invocations={object.invocations} then={then} /> : undefined}
        {tab === "timers" ? <Timers object={object} then={then} /> : undefined}
        {tab === "messages" ? <Messages object={object} /> : undefined}
      </div>
    </aside>
  );
}

/** The time of a turn that is past; undefined for now. */
const thenOf = ({ isLive }: ObjectView, row: JournalRow | undefined): string | undefined =>
  isLive ? undefined : row?.committedAt;

function Section({ title, children }: { readonly title: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <section class="section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

const leaf = (id: string): string => id.slice(id.lastIndexOf(".") + 1);
const SIGN: Readonly<Record<NextStep["kind"], string>> = {
  event: "",
  done: "✓ ",
  error: "✕ ",
  after: "◷ ",
  snapshot: "◉ ",
};

function Next({ object, row, cursor }: PanelsProps): JSX.Element {
  const { next, parked, status, output, accepts } = object;
  const own = next.filter(({ kind }) => kind !== "event");
  const events = next.filter(({ kind }) => kind === "event");
  return (
    <>
      {parked === undefined ? undefined : (
        <Section title="Parked">
          <p class="incident-error">{parked.reason}</p>
          <p class="quiet">
            {parked.attempts === undefined ? "" : `after ${parked.attempts} attempts `}
            {parked.since === undefined ? undefined : (
              <>
                since <At at={parked.since} />
              </>
            )}
          </p>
        </Section>
      )}
      <Section title={object.isLive ? "What can happen next" : "What could happen next"}>
        {status === "active" ? undefined : (
          <p class="quiet">
            Nothing: it has ended{output === undefined || output === null ? "." : ` with ${oneLine(output)}.`}
          </p>
        )}
        {own.map((step) => (
          <Step key={`${step.kind}${step.event}`} step={step} object={object} then={thenOf(object, row)} />
        ))}
        {events.map((step) => (
          <Step key={`${step.kind}${step.event}`} step={step} object={object} then={thenOf(object, row)} />
        ))}
        {status === "active" && accepts.length === 0 ? (
          <p class="quiet">No event from outside is accepted in this state.</p>
        ) : undefined}
      </Section>
      {object.invocations.length === 0 ? undefined : (
        <Section title="Runs now">
          <Runs invocations={object.invocations} then={thenOf(object, row)} />
        </Section>
      )}
      {status === "active" ? <ClosedWays object={object} /> : undefined}
      <ContextDiff row={row} cursor={cursor} />
      <Links object={object} />
    </>
  );
}

interface StepProps {
  readonly step: NextStep;
  readonly object: ObjectView;
  readonly then: string | undefined;
}

function Step({ step, object, then }: StepProps): JSX.Element {
  const { kind, label, event, branches, dueAt, invocationId } = step;
  const invocation = object.invocations.find(({ id }) => id === invocationId);
  return (
    <div class={`step step-${kind}`} data-next={event}>
      <p>
        <b title={event}>
          {SIGN[kind]}
          {label}
        </b>
        {dueAt === undefined ? undefined : (
          <span class="step-due">
            <Until at={dueAt} from={then} />
          </span>
        )}
      </p>
      {branches.map(({ transition, targets, guard, priority, actions }) => (
        <p key={transition} class="step-way">
          {priority === undefined ? "" : `${priority}. `}
          {guard === undefined ? "" : `[${guard}] `}→ {targets.length === 0 ? "stays" : targets.map(leaf).join(", ")}
          {actions.length === 0 ? undefined : <small class="quiet"> / {actions.join(", ")}</small>}
        </p>
      ))}
      {kind === "error" && invocation?.maxAttempts !== undefined ? (
        <small class="quiet">after {Math.max(0, invocation.maxAttempts - invocation.attempts)} more attempts</small>
      ) : undefined}
    </div>
  );
}

function ContextDiff({ row, cursor }: Omit<PanelsProps, "object">): JSX.Element {
  return (
    <Section title={cursor <= 1 ? "Context at birth" : `Context · turn ${cursor - 1} → ${cursor}`}>
      {row === undefined ? <p class="quiet">…</p> : <Diff entries={row.diff} isCut={row.isDiffCut} />}
    </Section>
  );
}

function Context({ object, row, cursor }: PanelsProps): JSX.Element {
  return (
    <>
      <ContextDiff row={row} cursor={cursor} />
      <Section title={`All of it, at turn ${cursor}`}>
        <Value value={object.context} onReveal={(field) => open({ dialog: "reveal", field: JSON.stringify(field) })} />
      </Section>
      {object.output === undefined || object.output === null ? undefined : (
        <Section title="Output">
          <Value value={object.output} />
        </Section>
      )}
    </>
  );
}

function Facts({ facts }: { readonly facts: readonly (readonly [string, ComponentChildren])[] }): JSX.Element {
  const shown = facts.filter(([, value]) => value !== undefined && value !== "");
  return (
    <dl class="facts-list">
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Turn({ row, cursor }: Omit<PanelsProps, "object">): JSX.Element {
  if (row === undefined) return <p class="quiet section">Turn {cursor} is not there.</p>;
  return (
    <>
      <Section title={`Turn ${row.turn}`}>
        <Facts
          facts={[
            ["event", <b key="event">{row.label}</b>],
            ["kind", row.kind],
            ["from", row.from],
            ["to", row.to],
            ["at", <At key="at" at={row.committedAt} withMs />],
            ["sent by", row.source],
            ["guards", row.guards.map(({ name, passed }) => `${name} ${passed ? "✓" : "✕"}`).join(", ")],
            ["actions", row.actions.join(", ")],
            ["started", row.invoked.map(({ actor }) => actor).join(", ")],
            ["stopped", row.aborted.join(", ")],
            ["timers set", row.timersSet.map(({ label, delayMs }) => `${label} in ${duration(delayMs)}`).join(", ")],
            ["timers cleared", row.timersCleared.map(({ label }) => label).join(", ")],
            ["sent", row.sends.map(({ kind, target }) => `${kind} ${target}`).join(", ")],
            [
              "version",
              <span key="version" class="mono">
                {row.version}
              </span>,
            ],
            ["host", row.host],
            [
              "message",
              <span key="message" class="mono wrap">
                {row.messageId}
              </span>,
            ],
            ["trace", row.traceparent],
          ]}
        />
      </Section>
      <Section title="Event">
        <Value value={row.event} />
      </Section>
      <ContextDiff row={row} cursor={cursor} />
    </>
  );
}

interface RunsProps {
  readonly invocations: readonly InvocationShown[];
  readonly then: string | undefined;
}

function Runs({ invocations, then }: RunsProps): JSX.Element {
  if (invocations.length === 0) return <p class="quiet section">Nothing runs.</p>;
  return (
    <>
      {invocations.map((one) => (
        <div key={one.id} class="run" data-invocation={one.id}>
          <p class="run-head">
            <b>▷ {one.actor}</b>
            <ConditionMark is={one.isParked ? "parked" : one.nextAt === undefined ? "running" : "retrying"} />
          </p>
          <Facts
            facts={[
              [
                "attempt",
                `${one.attempts + (one.isParked ? 0 : 1)}${one.maxAttempts === undefined ? "" : ` of ${one.maxAttempts}`}`,
              ],
              [
                "next attempt",
                one.nextAt === undefined || one.isParked ? undefined : <Until key="next" at={one.nextAt} from={then} />,
              ],
              [
                "last error",
                one.lastError === undefined ? undefined : (
                  <span key="error" class="incident-error">
                    {one.lastError.code === undefined ? "" : `${one.lastError.code}: `}
                    {one.lastError.message}
                  </span>
                ),
              ],
              [
                "input",
                <span key="input" class="mono wrap">
                  {oneLine(one.input)}
                </span>,
              ],
              [
                "idempotency key",
                <span key="key" class="mono wrap">
                  {one.id}
                </span>,
              ],
            ]}
          />
        </div>
      ))}
    </>
  );
}

function Timers({ object, then }: Omit<StepProps, "step">): JSX.Element {
  if (object.timers.length === 0) return <p class="quiet section">No timer is set.</p>;
  return (
    <>
      {object.timers.map(({ timer, label, dueAt, event }) => (
        <div key={timer} class="run" data-timer={timer}>
          <p class="run-head">
            <b>◷ {label}</b>
            <span class="step-due">
              <Until at={dueAt} from={then} />
            </span>
          </p>
          <Facts
            facts={[
              ["due", <At key="due" at={dueAt} />],
              ["event", event === label ? undefined : event],
              [
                "timer",
                <span key="timer" class="mono wrap">
                  {timer}
                </span>,
              ],
            ]}
          />
        </div>
      ))}
    </>
  );
}

function Messages({ object }: { readonly object: ObjectView }): JSX.Element {
  const { incoming, outgoing } = object;
  if (incoming.length + outgoing.length === 0) return <p class="quiet section">No message waits.</p>;
  return (
    <>
      {incoming.length === 0 ? undefined : (
        <Section title="Wait for it, with their senders">
          {incoming.map((message, i) => (
            <Message
              key={`${message.from}.${message.revision}.${i}`}
              title={`${message.kind} ← ${message.from}`}
              {...message}
            />
          ))}
        </Section>
      )}
      {outgoing.length === 0 ? undefined : (
        <Section title="Wait to be sent">
          {outgoing.map((message, i) => (
            <Message key={`${message.revision}.${i}`} title={`${message.kind} → ${message.target}`} {...message} />
          ))}
        </Section>
      )}
    </>
  );
}

interface MessageProps extends Pick<OutgoingShown, "revision" | "body" | "parked"> {
  readonly title: string;
}

function Message({ title, revision, body, parked }: MessageProps): JSX.Element {
  return (
    <div class="run" data-message={title}>
      <p class="run-head">
        <b>{title}</b>
        {parked === undefined ? undefined : <ConditionMark is="parked" />}
      </p>
      <Facts
        facts={[
          ["since turn", String(revision)],
          [
            "why",
            parked === undefined ? undefined : (
              <span key="why" class="incident-error">
                {parked}
              </span>
            ),
          ],
          [
            "body",
            <span key="body" class="mono wrap">
              {oneLine(body)}
            </span>,
          ],
        ]}
      />
    </div>
  );
}

function Links({ object }: { readonly object: ObjectView }): JSX.Element | undefined {
  if (object.links.length === 0) return undefined;
  return (
    <Section title="Linked objects">
      <ul class="object-list">
        {object.links.map(({ object: other, what, turn }) => {
          const [name = "", ...key] = other.split("/");
          return (
            <li key={`${other}${what}${turn}`}>
              <span class="quiet">{what}</span>
              <a href={objectAddress(name, key.join("/"))}>{other}</a>
              {turn === undefined ? undefined : <span class="quiet">turn {turn}</span>}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
