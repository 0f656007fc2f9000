/** `stator pause name/key` */
import { operation } from "./operate.ts";

const HELP = `
No new turns until \`resume\`: callers are refused (OBJECT_PAUSED), timers, results and messages of other objects wait.
Steps that run now end; a restart changes nothing of it.

Examples:
  $ stator pause order/o-1 --reason "the bank is being migrated"
  $ stator ls --paused`;

export const pause = operation("pause", { help: HELP });
