/**
 * Send an event: what the state accepts comes first, a form from its schema, the turn as it would be, and only then the
 * deed. The preview runs the machine itself on the committed snapshot and commits nothing.
 */
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { EventSchema, MachineView, NextBranch, ObjectView, Preview, Sent } from "../api.ts";
import { keyText } from "../visible.ts";
import { post, Refused, useAnswer } from "./ask.ts";
import { Dialog, useFirstFocus } from "./dialog.tsx";
import { Form, JsonText } from "./form.tsx";
import { duration } from "./format.ts";
import { Icon } from "./icon.tsx";
import { newMessageId } from "./id.ts";
import { notify } from "./notice.tsx";
import { pathOf } from "./pages/state.tsx";
import { Answered, Empty } from "./parts.tsx";
import { Payloads } from "./payloads.tsx";
import { turnTo, usePlace } from "./place.ts";
import { firstValue, type JsonSchema, problemsOf } from "./schema.ts";
import { Diff } from "./value.tsx";
import { apiPath } from "./verb.tsx";

export interface SendProps {
  readonly object: ObjectView;
  readonly onClose: () => void;
}

export function SendDrawer({ object, onClose }: SendProps): JSX.Element {
  const machine = useAnswer<MachineView>(`machine/${encodeURIComponent(object.name)}`);
  const { query } = usePlace();
  return (
    <Dialog look="drawer" title={`Send an event to ${object.name}/${keyText(object.key)}`} onClose={onClose}>
      <Answered answer={machine}>
        {(data) => <Events object={object} machine={data} chosen={query.get("event") ?? undefined} onClose={onClose} />}
      </Answered>
    </Dialog>
  );
}

interface EventsProps {
  readonly object: ObjectView;
  readonly machine: MachineView;
  readonly chosen: string | undefined;
  readonly onClose: () => void;
}

function Events({ object, machine, chosen, onClose }: EventsProps): JSX.Element {
  const outside = machine.events.filter(({ isInternal }) => !isInternal);
  const accepted = outside.filter(({ type }) => object.accepts.includes(type));
  const idle = accepted.filter(({ type }) => changesNothing(object, type));
  const moving = accepted.filter((event) => !idle.includes(event));
  const others = outside.filter(({ type }) => !object.accepts.includes(type));
  const event = accepted.find(({ type }) => type === chosen) ?? moving[0] ?? idle[0];
  const choices = (title: string, group: string, events: readonly EventSchema[]): JSX.Element | undefined =>
    events.length === 0 ? undefined : (
      <section aria-label={title} data-group={group}>
        <h3>{title}</h3>
        <div class="choices">
          {events.map(({ type }) => (
            <button
              key={type}
              type="button"
              class="choice"
              aria-pressed={type === event?.type}
              onClick={() => turnTo({ event: type }, "replace")}
            >
              <b class="mono">{type}</b>
              <span class="quiet">{leadsTo(object, machine, type)}</span>
            </button>
          ))}
        </div>
      </section>
    );
  return (
    <div class="send">
      {accepted.length === 0 ? <p class="quiet">No event from outside is accepted in {object.state}.</p> : undefined}
      {choices("Accepted now", "accepted", moving)}
      {choices("Accepted without change", "idle", idle)}
      <NotAccepted object={object} machine={machine} events={others} />
      {event === undefined ? undefined : (
        <EventForm key={event.type} object={object} machine={machine} event={event} onClose={onClose} />
      )}
    </div>
  );
}

interface NotAcceptedProps {
  readonly object: ObjectView;
  readonly machine: MachineView;
  readonly events: readonly EventSchema[];
}

/** Why not: where it would be accepted instead. */
function NotAccepted({ object, machine, events }: NotAcceptedProps): JSX.Element | undefined {
  if (events.length === 0) return undefined;
  const title = object.status === "active" ? `Not accepted in ${object.state}` : "Not accepted: it has ended";
  return (
    <section aria-label={title} data-group="refused">
      <h3>{title}</h3>
      <div class="choices">
        {events.map(({ type, acceptedIn }) => (
          <button key={type} type="button" class="choice" disabled>
            <b class="mono">{type}</b>
            <span class="quiet">
              {acceptedIn.length === 0
                ? "no state has a transition for it"
                : `accepted in ${acceptedIn.map((id) => pathOf(machine.model, id)).join(", ")}`}
            </span>
          </button>
        ))}
      </div>
    </section>
  );
}

const branchesOf = ({ next }: ObjectView, type: string): readonly NextBranch[] =>
  next.filter(({ kind, event }) => kind === "event" && event === type).flatMap((step) => step.branches);

/** Its turn is recorded, but whichever branch is taken, the object stays as it is. */
const changesNothing = (object: ObjectView, type: string): boolean =>
  branchesOf(object, type).every(({ targets, actions }) => targets.length === 0 && actions.length === 0);

function leadsTo(object: ObjectView, { model }: MachineView, type: string): string {
  const targets = branchesOf(object, type).flatMap(({ targets, actions }) => {
    if (targets.length > 0) return targets.map((id) => `→ ${pathOf(model, id)}`);
    return actions.length > 0 ? [`stays, ${actions.join(", ")}`] : ["stays as it is"];
  });
  return [...new Set(targets)].join(" or ");
}

interface EventFormProps extends Omit<EventsProps, "chosen"> {
  readonly event: EventSchema;
}

function EventForm({ object, machine, event, onClose }: EventFormProps): JSX.Element {
  const schema = event.schema as JsonSchema;
  const [value, setValue] = useState<unknown>(() => firstValue(schema));
  const [isJson, setJson] = useState(false);
  const [isTried, setTried] = useState(false);
  const [isTouched, setTouched] = useState(false);
  const [failure, setFailure] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [filled, setFilled] = useState(0);
  const form = useFirstFocus<HTMLFormElement>("input, select, textarea, [type=submit]");
  const problems = useMemo(() => problemsOf(schema, value ?? {}), [schema, value]);
  const change = (next: unknown): void => {
    setValue(next);
    setTouched(true);
  };
  const whole = useMemo(() => ({ ...(value as object), type: event.type }), [value, event.type]);
  const preview = usePreview(object, whole, problems.length === 0);
  const send = async (submitted: Event): Promise<void> => {
    submitted.preventDefault();
    setTried(true);
    if (problems.length > 0) return;
    setBusy(true);
    setFailure("");
    try {
      const { revision, state } = await post<Sent>(apiPath(object.name, object.key, "send"), {
        event: whole,
        messageId: newMessageId(),
      });
      notify("ok", `${event.type} is turn ${revision}: now in ${state}`);
      onClose();
    } catch (cause) {
      setFailure(cause instanceof Refused ? cause.message : String(cause));
    } finally {
      setBusy(false);
    }
  };
  const shown = isTried || isTouched ? problems : [];
  return (
    <form ref={form} onSubmit={(submitted) => void send(submitted)} noValidate>
      <Payloads
        object={object}
        event={event}
        onPick={(fields) => {
          change(fields);
          setFilled(filled + 1);
        }}
      />
      <div class="tabs tabs-pills" role="tablist">
        <button type="button" role="tab" aria-selected={!isJson} onClick={() => setJson(false)}>
          Form
        </button>
        <button type="button" role="tab" aria-selected={isJson} onClick={() => setJson(true)}>
          JSON
        </button>
      </div>
      {isJson ? (
        <JsonText key={filled} value={value} onChange={change} />
      ) : (
        <Form key={filled} schema={schema} value={value} problems={shown} onChange={change} />
      )}
      {isJson
        ? shown.map(({ path, message }) => (
            <p key={path} class="field-error" role="alert">
              {path} {message}
            </p>
          ))
        : undefined}
      <PreviewPart preview={preview} machine={machine} isReady={problems.length === 0} />
      {failure === "" ? undefined : (
        <p class="field-error" role="alert">
          {failure}
        </p>
      )}
      <footer class="over-foot">
        <button type="submit" class="button button-main" disabled={isBusy}>
          <Icon name="send" /> Send {event.type}
        </button>
      </footer>
    </form>
  );
}

const SETTLE_MS = 250;

/** Again whenever the event or the object changes. */
function usePreview(object: ObjectView, event: object, isReady: boolean): Preview | Refused | undefined {
  const [preview, setPreview] = useState<Preview | Refused | undefined>(undefined);
  useEffect(() => {
    setPreview(undefined);
    if (!isReady) return;
    const asked = new AbortController();
    const timer = setTimeout(async () => {
      try {
        setPreview(await post<Preview>(apiPath(object.name, object.key, "preview"), { event }, asked.signal));
      } catch (cause) {
        if (!asked.signal.aborted) setPreview(cause instanceof Refused ? cause : new Refused("FAILED", String(cause)));
      }
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [object.lastTurn, event, isReady]);
  return preview;
}

interface PreviewPartProps {
  readonly preview: Preview | Refused | undefined;
  readonly machine: MachineView;
  readonly isReady: boolean;
}

function PreviewPart({ preview, machine, isReady }: PreviewPartProps): JSX.Element {
  return (
    <section class="preview" aria-live="polite">
      <h3>What it would do</h3>
      {preview === undefined ? <p class="quiet">{isReady ? "…" : "Fill in the fields to see it."}</p> : undefined}
      {preview instanceof Refused ? <p class="field-error">{preview.message}</p> : undefined}
      {preview === undefined || preview instanceof Refused ? undefined : (
        <PreviewText preview={preview} machine={machine} />
      )}
    </section>
  );
}

function PreviewText({ preview, machine }: { readonly preview: Preview; readonly machine: MachineView }): JSX.Element {
  const {
    outcome,
    message,
    from,
    to,
    guards,
    actions,
    invoked,
    aborted,
    timersSet,
    timersCleared,
    sends,
    diff,
    isDiffCut,
    revision,
  } = preview;
  if (outcome !== "handled")
    return <Empty title={outcome === "failed" ? "The turn would fail" : "Not accepted"}>{message}</Empty>;
  const list = (title: string, items: readonly string[]): JSX.Element | undefined =>
    items.length === 0 ? undefined : (
      <div>
        <dt>{title}</dt>
        <dd>{items.join(", ")}</dd>
      </div>
    );
  return (
    <>
      <p class="preview-way" data-preview-to={to}>
        {from} <Icon name="right" /> <b>{to}</b>{" "}
        <small class="quiet">
          on turn {revision} of {machine.name}
        </small>
      </p>
      <dl class="facts-list">
        {list(
          "guards",
          guards.map(({ name, passed }) => `${name} ${passed ? "✓" : "✕"}`),
        )}
        {list("actions", actions)}
        {list(
          "starts",
          invoked.map(({ actor }) => actor),
        )}
        {list("stops", aborted)}
        {list(
          "sets timers",
          timersSet.map(({ label, delayMs }) => `${label} in ${duration(delayMs)}`),
        )}
        {list(
          "clears timers",
          timersCleared.map(({ label }) => label),
        )}
        {list(
          "sends",
          sends.map(({ kind, target }) => `${kind} ${target}`),
        )}
      </dl>
      <Diff entries={diff} isCut={isDiffCut} />
    </>
  );
}
