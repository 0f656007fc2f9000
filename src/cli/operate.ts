/** What the commands of operators have in common: who, why, and an answer that says what was changed. */
import type { Client } from "../client/client.ts";
import { type Address, formatAddress } from "../core/address.ts";
import type { OperatorVerb, Ordered } from "../core/wire.ts";
import { addressOf } from "./address.ts";
import type { Configure } from "./command.ts";
import { withClient } from "./connect.ts";
import { UsageError } from "./exit.ts";
import type { Io } from "./io.ts";
import { settingsOf } from "./settings.ts";

interface Given {
  readonly reason?: string;
  readonly by?: string;
  readonly message?: string;
  readonly step?: string;
  readonly yes?: true;
}

export interface Signed {
  readonly by: string;
  readonly reason: string;
  readonly messageId?: string;
  readonly step?: string;
}

/** Throws where the person does not want it. */
export type Confirm = (client: Client, address: Address, order: Signed, yes: boolean) => Promise<void>;

interface Form {
  readonly help: string;
  /** Of several parked things one can be meant. */
  readonly mayName?: boolean;
  readonly confirm?: Confirm;
}

export function operation(verb: OperatorVerb, { help, mayName = false, confirm }: Form): Configure {
  return (command, io) => {
    command
      .argument("<object>", "as name/key")
      .option("--reason <text>", "why; kept with what is done")
      .option("--by <name>", "who (USER)");
    if (mayName) {
      command
        .option("--message <id>", "which message, where several are parked")
        .option("--step <name>", "which step of a saga, where several are parked");
    }
    if (confirm !== undefined) command.option("--yes", "do not ask");
    command.addHelpText("after", help).action(async (object: string, given: Given) => {
      const settings = settingsOf(command, io);
      const address = addressOf(object);
      const order = signed(given, io);
      const answer = await withClient(settings, async (client) => {
        await confirm?.(client, address, order, given.yes === true);
        return client.object(address.name, address.key)[verb](order);
      });
      if (settings.output !== "table") io.out(`${JSON.stringify(answer)}\n`);
      else show(answer, io);
    });
  };
}

function signed({ by: given, reason, message, step }: Given, io: Io): Signed {
  const by = given ?? io.env["USER"] ?? "";
  if (by === "") throw new UsageError("--by must say who does this");
  if (reason === undefined) throw new UsageError("--reason must say why");
  return { by, reason, ...(message && { messageId: message }), ...(step && { step }) };
}

/** What was changed goes to stdout, that nothing was to stderr. */
function show({ changed, message }: Ordered, io: Io): void {
  if (changed) io.out(`${message}\n`);
  else io.err(`${message}\n`);
}

/** Asks a person to type the object's name; elsewhere `--yes` must have said so. */
export async function confirmed(io: Io, address: Address, consequence: string): Promise<void> {
  const name = formatAddress(address);
  if (!io.isInteractive) throw new UsageError(`${consequence}. Add --yes to do it`);
  io.err(`${consequence}.\nType ${name} to go on: `);
  if ((await firstLine(io)) !== name) throw new UsageError("nothing was done");
}

async function firstLine({ stdin }: Io): Promise<string> {
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: stdin });
  try {
    for await (const line of lines) return line.trim();
    return "";
  } finally {
    lines.close();
  }
}
