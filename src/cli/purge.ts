/** `stator purge name/key` */
import { formatAddress } from "../core/address.ts";
import type { Configure } from "./command.ts";
import { confirmed, operation } from "./operate.ts";

const HELP = `
Clears an object that has ended: its state and the content of its journal, for good. What it has sent still arrives.
A tombstone stays until the dedupe horizon has passed (7 days): everybody who asks for the object hears that it is gone,
and its key cannot be used. An active object is refused: kill it first, or let it end.

Examples:
  $ stator purge trip/rome --reason "erasure request 12"
  $ stator purge trip/rome --reason "ticket 7" --yes
  $ stator ls trip --status purged`;

export const purge: Configure = (command, io) => {
  const configure = operation("purge", {
    help: HELP,
    confirm: async (_, address, __, yes) => {
      const consequence = `${formatAddress(address)} is cleared for good: its state and all that its journal tells`;
      if (!yes) await confirmed(io, address, consequence);
    },
  });
  configure(command, io);
};
