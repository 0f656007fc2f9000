/** One masked field in the clear, for somebody who said why: written down before it is read. */
import { type Address, formatAddress } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { Views } from "../ports/views.ts";
import type { Actions } from "./act.ts";
import type { Revealed, RevealRequest } from "./api.ts";
import { viewOf } from "./journal.ts";
import type { Machine } from "./machines.ts";
import { below, type FieldPath, isHidden } from "./sensitive.ts";
import { show } from "./show.ts";

export interface RevealParts {
  readonly views: Pick<Views, "turns">;
  readonly actions: Pick<Actions, "noteReveal">;
  readonly machine: Machine;
}

export async function reveal(
  { views, actions, machine }: RevealParts,
  address: Address,
  { field, turn, ...request }: RevealRequest,
): Promise<Revealed> {
  const name = `context.${field.join(".")}`;
  if (!isMasked(machine.about.sensitive.context, field)) {
    throw new StatorError("INVALID_REQUEST", `${name} of ${formatAddress(address)} is not masked`);
  }
  const [row] = await views.turns(address, { before: turn + 1, after: turn - 1 }, 1);
  if (row === undefined) {
    throw new StatorError("INVALID_REQUEST", `${formatAddress(address)} has no turn ${turn} in its journal`);
  }
  await actions.noteReveal(address, `${name} at turn ${turn}`, request);
  return { value: show(fieldOf(viewOf(row).context, field)) };
}

/** It is a secret itself, or stands inside of one. */
function isMasked(secret: readonly FieldPath[], [first, ...rest]: FieldPath): boolean {
  if (isHidden(secret)) return true;
  return first !== undefined && isMasked(below(secret, first), rest);
}

const fieldOf = (value: unknown, field: FieldPath): unknown =>
  field.reduce<unknown>(
    (at, key) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, key)
        ? (at as Record<string, unknown>)[key]
        : undefined,
    value,
  );
