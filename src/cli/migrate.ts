/** `stator migrate [--dry-run]` */

import type { Configure } from "./command.ts";
import type { Io } from "./io.ts";
import { durationMs, positive } from "./options.ts";
import { type Settings, settingsOf } from "./settings.ts";

interface Options {
  readonly dryRun?: true;
  readonly partitions?: string;
  readonly horizon?: string;
}

const HELP = `
Examples:
  $ stator migrate --postgres postgres://…
  $ stator migrate --namespace billing --partitions 512 --horizon 14d
  $ stator migrate --dry-run

Hosts do this at their start. It may run beside them and more than once. Needs a direct connection, no pooler.`;

export const migrate: Configure = (command, io) => {
  command
    .option("--dry-run", "say what would be done, change nothing")
    .option("--partitions <n>", "of a namespace that does not exist yet; fixed from then on (256)")
    .option("--horizon <duration>", "how long a new namespace remembers message ids; fixed from then on (7d)")
    .addHelpText("after", HELP)
    .action(async ({ dryRun, partitions, horizon }: Options) => {
      const settings = settingsOf(command, io);
      if (dryRun) {
        show(await pendingOf(settings), settings, io);
        return;
      }
      const wishes = {
        ...(partitions === undefined ? {} : { partitions: positive(partitions, "--partitions") }),
        ...(horizon === undefined ? {} : { horizonMs: durationMs(horizon, "--horizon") }),
      };
      const { migrate: bringUpToDate } = await import("../postgres/migrate.ts");
      const { namespace } = settings;
      show({ namespace, ...(await bringUpToDate(settings.postgres(), { namespace, ...wishes })) }, settings, io);
    });
};

interface Facts {
  readonly namespace: string;
  readonly version: number;
  readonly applied?: readonly number[];
  /** Of a dry run. */
  readonly pending?: readonly number[];
}

function show(facts: Facts, settings: Settings, io: Io): void {
  if (settings.output !== "table") {
    io.out(`${JSON.stringify(facts)}\n`);
    return;
  }
  const { namespace, version, applied = [], pending = [] } = facts;
  const now = version === 0 ? "has no tables" : `is at version ${version}`;
  if (pending.length > 0) io.out(`namespace ${namespace} ${now}; would apply ${pending.join(", ")}\n`);
  else if (applied.length > 0) io.out(`namespace ${namespace}: applied ${applied.join(", ")}; it ${now}\n`);
  else io.out(`namespace ${namespace} ${now}: nothing to do\n`);
}

async function pendingOf({ namespace, postgres }: Settings): Promise<Facts> {
  const { inspect } = await import("./database.ts");
  const { findings } = await inspect(postgres(), namespace);
  const found = findings.find(({ name }) => name === "schema_version");
  const version = found?.value === "none" ? 0 : Number(found?.value);
  const known = Number(found?.wanted);
  return {
    namespace,
    version,
    pending: Array.from({ length: Math.max(0, known - version) }, (_, i) => version + i + 1),
  };
}
