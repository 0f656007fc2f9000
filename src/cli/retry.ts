/** `stator retry name/key` */
import { operation } from "./operate.ts";

const HELP = `
Tries again, at once, what is parked of an object: the object itself, what it sends, or a step that its machine parked
(which gets RETRY).

Examples:
  $ stator ls --parked
  $ stator retry order/o-1 --reason "the bank is back"`;

export const retry = operation("retry", { help: HELP, mayName: true });
