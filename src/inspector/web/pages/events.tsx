/** What can be sent to a machine: each event with its fields, and where it is accepted. */
import type { JSX } from "preact";
import type { EventSchema, MachineView } from "../../api.ts";
import { Empty } from "../parts.tsx";
import { addressOf } from "../place.ts";
import { fieldsOf, type JsonSchema, typeText } from "../schema.ts";
import { pathOf } from "./state.tsx";

export function Events({ machine }: { readonly machine: MachineView }): JSX.Element {
  const { events, input } = machine;
  return (
    <div class="events">
      {input === undefined ? undefined : (
        <section class="panel">
          <h2>Input of a new {machine.name}</h2>
          <Fields schema={input as JsonSchema} />
        </section>
      )}
      {events.length === 0 ? (
        <Empty title="It takes no events from outside">Its actors and timers drive it.</Empty>
      ) : undefined}
      {events.map((event) => (
        <Event key={event.type} event={event} machine={machine} />
      ))}
    </div>
  );
}

function Event({ event, machine }: { readonly event: EventSchema; readonly machine: MachineView }): JSX.Element {
  const { type, schema, isInternal, acceptedIn } = event;
  return (
    <section class="panel">
      <h2 class="mono">
        {type} {isInternal ? <span class="tag">internal</span> : undefined}
      </h2>
      <Fields schema={schema as JsonSchema} />
      <p>
        <span class="quiet">Accepted in </span>
        {acceptedIn.length === 0 ? "no state" : undefined}
        {acceptedIn.map((id, i) => (
          <span key={id}>
            {i === 0 ? "" : ", "}
            <a href={addressOf(["machines", machine.name], { state: id })}>{pathOf(machine.model, id)}</a>
          </span>
        ))}
      </p>
    </section>
  );
}

function Fields({ schema }: { readonly schema: JsonSchema }): JSX.Element {
  const fields = fieldsOf(schema);
  if (fields.length === 0) return <p class="quiet">No fields.</p>;
  return (
    <dl class="facts-list">
      {fields.map(({ name, schema: one, isRequired }) => (
        <div key={name}>
          <dt class="mono">
            {name}
            {isRequired ? "" : "?"}
          </dt>
          <dd class="quiet">
            {typeText(one)}
            {one.description === undefined ? "" : ` · ${one.description}`}
          </dd>
        </div>
      ))}
    </dl>
  );
}
