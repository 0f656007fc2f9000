/** `stator cancel name/key` */
import { operation } from "./operate.ts";

const HELP = `
Sends the machine its CANCEL: a saga rolls back. Objects that it invoked, and that take a CANCEL too, end before it.
Refused where the state takes none, as after a point of no return (exit code 4).

Examples:
  $ stator cancel trip/rome --reason "the traveler is ill"
  $ stator wait trip/rome --status done`;

export const cancel = operation("cancel", { help: HELP });
