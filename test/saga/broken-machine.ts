/** A machine that does not undo the step that fails, two imports away from the module that is checked. */
import { small, step } from "./small.ts";

export const broken = small({
  root: { id: "broken" },
  states: (states) => ({ ...states, do_ship: step("ship", "do_charge", "undo_reserve") }),
});
