/** Words and values that all answers use. */
import type { OperatorVerb } from "../../core/wire.ts";

export type { ObjectStatus } from "../../core/message.ts";
/** One word for an object; and what the second badge of a state counts, which is not exclusive. */
export type { Condition, Flag } from "../../ports/views.ts";

export type Verb = Exclude<OperatorVerb, "reveal">;

/**
 * A value of a user's, as it may be shown: JSON, in which what is secret, too large or too deep is replaced by one of
 * these. `$date`, `$bigint`, `$map` and `$set` are values that JSON does not know, as the object's codec writes them.
 */
export type Shown = unknown;
export type Replaced =
  | { readonly $masked: true }
  /** `size` in characters, items or fields. */
  | { readonly $cut: "text" | "list" | "object"; readonly size: number; readonly head?: Shown };
