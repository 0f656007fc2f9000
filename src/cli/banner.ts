/** What `stator dev` shows when all is up: where things are, and three commands to copy. */

import type { Io } from "./io.ts";
import { colorsOf, printable } from "./table.ts";

/** One of the objects that the host serves, and an event that it knows. */
export interface Sample {
  readonly name: string;
  readonly event: string;
}

export interface BannerFacts {
  readonly postgres: { readonly url: string; readonly origin: string };
  readonly nats: { readonly url: string; readonly origin: string };
  readonly http: string;
  readonly namespace: string;
  readonly folder: string;
  /** Options that commands in another terminal need to find this stack. */
  readonly options: string;
  readonly sample: Sample;
}

export function banner(facts: BannerFacts, io: Io): string {
  const { bold, dim, cyan } = colorsOf(io);
  const { postgres, nats, http, namespace, folder, options, sample } = facts;
  const { name, event } = sample;
  const fields = name === "counter" && event === "ADD" ? { amount: 2 } : {};
  const words = Object.entries(fields).map(([field, value]) => ` ${field}=${value}`);
  const body = JSON.stringify({ type: event, ...fields });
  const server = (title: string, url: string, origin: string): string =>
    `  ${title.padEnd(9)}  ${cyan(withoutPassword(url))}  ${dim(`from ${printable(origin)}`)}`;
  return `
${bold("stator is up")}  ${dim(`namespace ${namespace}, data in ${folder}`)}
${server("Postgres", postgres.url, postgres.origin)}
${server("NATS", nats.url, nats.origin)}
  HTTP       ${cyan(http)}  ${dim("/openapi.json")}
  Inspector  ${cyan(`${http}/inspector/`)}

Try, in another terminal:
  npx stator send ${name}/c1 ${event}${words.join("")}${options}
  curl -s ${http}/objects/${name}/c1/events -H 'content-type: application/json' -d '${body}'
  nats -s ${withoutPassword(nats.url)} req stator.${namespace}.send.${name}.c1 '${body}'

${dim("Ctrl-C stops all of it.")}
`;
}

/** Terminals are shared and recorded. */
function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.password === "") return url;
  parsed.password = "***";
  return parsed.href;
}
