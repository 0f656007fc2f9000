/** `stator resume name/key` */
import { operation } from "./operate.ts";

const HELP = `
Ends a pause: what waited goes on at once, in its order.

Examples:
  $ stator ls --paused
  $ stator resume order/o-1 --reason "the bank is back"`;

export const resume = operation("resume", { help: HELP });
