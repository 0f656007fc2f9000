/** The inspector's sentence about an object, where a dev stack serves one: the same that its page shows. */
import type { Address } from "../core/address.ts";
import { readEndpoints } from "../dev/endpoints.ts";
import type { ObjectView } from "../inspector/api.ts";
import type { Settings } from "./settings.ts";

const TIMEOUT_MS = 1_500;

/** Titles and texts; none where no inspector answers in time, or it is of another namespace. */
export async function verdictRows(address: Address, settings: Settings): Promise<readonly [string, string][]> {
  const url = readEndpoints(settings.dataDir)?.http;
  if (url === undefined) return [];
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const ask = async (path: string): Promise<unknown> => (await fetch(url + path, { signal })).json();
    const { namespace } = (await ask("/healthz")) as { readonly namespace?: unknown };
    if (namespace !== settings.namespace) return [];
    const path = `/inspector/api/object/${address.name}/${encodeURIComponent(address.key)}`;
    const { verdict, next } = (await ask(path)) as Partial<ObjectView>;
    if (typeof verdict !== "string") return [];
    return [
      ["verdict", verdict],
      ...(next ?? []).map(({ label, branches }): [string, string] => ["next", nextText(label, branches)]),
    ];
  } catch {
    return []; // it is an extra: the state itself came from the host
  }
}

function nextText(label: string, branches: ObjectView["next"][number]["branches"]): string {
  const goals = branches.map(({ targets, guard }) => {
    const target = targets.map((id) => id.slice(id.indexOf(".") + 1)).join(", ");
    return `${target === "" ? "stays" : target}${guard === undefined ? "" : ` [${guard}]`}`;
  });
  return `${label} → ${goals.join(" | ")}`;
}
