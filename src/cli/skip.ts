/** `stator skip name/key` */
import { operation } from "./operate.ts";

const HELP = `
Takes a parked message out for good: it counts as delivered and changes nothing. The journal keeps who did it and why.

Examples:
  $ stator ls --parked
  $ stator skip order/o-1 --reason "paid by hand, ticket 7"`;

export const skip = operation("skip", HELP);
