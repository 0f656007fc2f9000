/** `stator skip name/key` */
import { operation } from "./operate.ts";

const HELP = `
Takes out for good what is parked: a message counts as delivered and changes nothing, a step that the machine parked gets
SKIP. The journal keeps who did it and why.

Examples:
  $ stator ls --parked
  $ stator skip order/o-1 --reason "paid by hand, ticket 7"
  $ stator skip trip/rome --step hotel --reason "the hotel has closed"`;

export const skip = operation("skip", { help: HELP, mayName: true });
