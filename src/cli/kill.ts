/** `stator kill name/key` */
import type { Configure } from "./command.ts";
import { confirmed, operation } from "./operate.ts";

const HELP = `
Ends an object and those that it invoked, at once, for good. Nothing is compensated: what its steps have done stays as it
is, and the command says what that is before it asks. \`cancel\` rolls back.

Examples:
  $ stator kill trip/rome --reason "the operator went out of business"
  $ stator kill trip/rome --reason "ticket 7" --yes -o json | jq .standing`;

export const kill: Configure = (command, io) => {
  const configure = operation("kill", {
    help: HELP,
    confirm: async (client, address, order, yes) => {
      if (yes) return;
      const { status, message } = await client.object(address.name, address.key).kill({ ...order, preview: true });
      if (status === "active") await confirmed(io, address, message);
    },
  });
  configure(command, io);
};
