/** `stator retry name/key` */
import { operation } from "./operate.ts";

const HELP = `
Tries again, at once, what is parked of an object: the object itself, or what it sends.

Examples:
  $ stator ls --parked
  $ stator retry order/o-1 --reason "the bank is back"`;

export const retry = operation("retry", HELP);
