/** Tells of a failed seed what is wrong, the smallest schedule found, the last events and the command that repeats it. */
import { shrink } from "./shrink.ts";
import { type Run, type RunOptions, simulate } from "./world.ts";

const LAST_EVENTS = 50;

export interface Explaining {
  readonly options: RunOptions;
  readonly planted: string | undefined;
  readonly mayShrink: boolean;
}

/** Lines of text. */
export async function explain(failed: Run, { options, planted, mayShrink }: Explaining): Promise<readonly string[]> {
  const said = [`\nseed ${failed.seed}: ${failed.violations.length} violations`];
  for (const { invariant, object, text } of failed.violations.slice(0, 10))
    said.push(`  ${invariant} ${object}: ${text}`);
  said.push(`  ${repeatCommand(failed.seed, options, planted)}`);
  const small = mayShrink ? await shrink(failed, options) : { run: failed, options };
  if ("faults" in small) {
    said.push(`  smallest: clients ${small.clients}; faults ${small.faults}`);
    said.push(`  ${repeatCommand(failed.seed, small.options, planted)}`);
  }
  const [first] = small.run.violations;
  const lines: string[] = [];
  await simulate(failed.seed, { ...small.options, trace: (line) => lines.push(line) });
  const name = first?.object.split(" ")[0] ?? "";
  said.push(`  the last events of ${name}:`);
  const last = lines.filter((line) => isAbout(line, name)).slice(-LAST_EVENTS);
  return [...said, ...last.map((line) => `    ${line}`)];
}

/** The object's own lines, and what happened to hosts and clocks. */
export const isAbout = (line: string, object: string): boolean =>
  line.includes(object) || / {2}(?:host-\d+:? (?:host\.|starts|leaves|could)|the database|healed)/.test(line);

function repeatCommand(seed: number, options: RunOptions, planted: string | undefined): string {
  const parts = [`npm run simulate -- --seeds 1 --from ${seed}`];
  if (planted !== undefined) parts.push(`--planted '${planted}'`);
  if ((options.without?.size ?? 0) > 0) parts.push(`--without ${[...(options.without ?? [])].join(",")}`);
  if ((options.withoutClients?.size ?? 0) > 0)
    parts.push(`--without-clients ${[...(options.withoutClients ?? [])].join(",")}`);
  if (options.virtualMs !== undefined) parts.push(`--virtual-ms ${options.virtualMs}`);
  return parts.join(" ");
}
