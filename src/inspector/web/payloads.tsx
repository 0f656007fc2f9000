/** What was sent lately under the same type: a press fills the form. */
import type { JSX } from "preact";
import type { EventSchema, ObjectView, PayloadsView } from "../api.ts";
import { useAnswer } from "./ask.ts";
import { Ago } from "./parts.tsx";
import { oneLine } from "./value.tsx";

export interface PayloadsProps {
  readonly object: ObjectView;
  readonly event: EventSchema;
  readonly onPick: (fields: unknown) => void;
}

export function Payloads({ object, event, onPick }: PayloadsProps): JSX.Element | undefined {
  const query = new URLSearchParams({ event: event.type, key: object.key });
  const { data } = useAnswer<PayloadsView>(`machine/${encodeURIComponent(object.name)}/payloads?${query}`);
  if (data === undefined || data.payloads.length === 0) return undefined;
  return (
    <details class="payloads">
      <summary>Sent lately</summary>
      <ul>
        {data.payloads.map(({ at, object: to, fields }) => (
          <li key={at}>
            <button type="button" class="choice" onClick={() => onPick(fillable(fields))}>
              <span class="mono">{oneLine(fields)}</span>
              <small class="quiet">
                to {to}, <Ago at={at} suffix=" ago" />
              </small>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Without what the server did not show: a mask is nothing to send. */
function fillable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fillable).filter((item) => item !== undefined);
  if (typeof value !== "object" || value === null) return value;
  if ("$masked" in value || "$cut" in value) return undefined;
  const fields = Object.entries(value).map(([name, inner]) => [name, fillable(inner)] as const);
  return Object.fromEntries(fields.filter(([, inner]) => inner !== undefined));
}
