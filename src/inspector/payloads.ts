/** What was sent lately under one type, each content once, as it may be shown. */
import { formatAddress } from "../core/address.ts";
import type { PayloadRow } from "../ports/views.ts";
import type { PayloadsView } from "./api.ts";
import type { Machine } from "./machines.ts";
import { parsed, show } from "./show.ts";

const MAX_OFFERED = 5;

export function payloadsView(type: string, rows: readonly PayloadRow[], machine: Machine): PayloadsView {
  const { name, sensitive } = machine.about;
  const payloads = new Map<string, PayloadsView["payloads"][number]>();
  for (const { key, event, committedAt } of rows) {
    const { type: _, ...fields } = parsed(event) as Readonly<Record<string, unknown>>;
    const shown = show(fields, sensitive.events[type]);
    const content = JSON.stringify(shown);
    if (content === "{}" || payloads.has(content)) continue;
    payloads.set(content, { at: committedAt, object: formatAddress({ name, key }), fields: shown });
    if (payloads.size === MAX_OFFERED) break;
  }
  return { payloads: [...payloads.values()] };
}
