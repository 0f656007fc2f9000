/** The engine of one definition: what never changes between its objects is made once, here. */
import type { ObjectDefinition } from "../core/definition.ts";
import { Logics } from "./capture.ts";
import type { Engine } from "./engine.ts";
import { Mortal, Unrestorable } from "./killed.ts";
import { assertDefinition } from "./lint.ts";
import { type EngineParts, Live } from "./live.ts";
import { Timers } from "./timers.ts";

/** Throws `StartupError` `INVALID_DEFINITION` with everything that is wrong. `newTimers` is for tests. */
export function createEngine(definition: ObjectDefinition, newTimers: () => Timers = () => new Timers()): Engine {
  assertDefinition(definition);
  const parts: EngineParts = { definition, logics: new Logics(definition.machine), newTimers };
  return {
    create: (input, context, first, creator) => {
      const { object, turn } = Live.create(parts, input, context, first, creator);
      return { object: new Mortal(object), turn };
    },
    restore: (snapshot, context) => Mortal.restore(snapshot, () => Live.restore(parts, snapshot, context)),
    unrestorable: (snapshot, status) => new Mortal(new Unrestorable(snapshot, status)),
  };
}
