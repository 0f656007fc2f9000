/** Asks for every object once more when all has come to rest. */
import { formatAddress, keyToken } from "../../src/core/address.ts";
import { type SnapshotView, viewText } from "../../src/core/message.ts";
import type { FinalObject, Read } from "../simulation/history.ts";
import type { Prober } from "./prober.ts";

const AT_ONCE = 40;

export interface Last {
  readonly reads: readonly Read[];
  /** Objects that did not answer in time. */
  readonly silent: readonly string[];
}

interface Refusal {
  readonly ok: false;
  readonly error: { readonly code: string };
}

export async function readBack(
  prober: Prober,
  namespace: string,
  objects: readonly FinalObject[],
  withinMs: number,
): Promise<Last> {
  const reads: Read[] = [];
  const silent: string[] = [];
  const left = [...objects];
  const reader = async (): Promise<void> => {
    for (let object = left.pop(); object !== undefined; object = left.pop()) {
      const { address } = object;
      const subject = `stator.${namespace}.get.${address.name}.${keyToken(address.key)}`;
      const invokedMs = Number.MAX_SAFE_INTEGER - 1; // after everything the clients did
      try {
        const reply = await prober.connection.request(subject, "", { timeout: withinMs });
        const view = JSON.parse(reply.string()) as SnapshotView | Refusal;
        const isHeld = !view.ok && view.error.code === "OBJECT_PAUSED";
        const isGone = !view.ok && view.error.code === "GONE" && object.status === "purged";
        if (isHeld || isGone) continue;
        if (!view.ok) throw new Error(reply.string().slice(0, 300));
        const doneMs = Number.MAX_SAFE_INTEGER;
        reads.push({ address, invokedMs, doneMs, revision: view.revision, view: viewText(view) });
      } catch (cause) {
        silent.push(`${formatAddress(address)} (${cause})`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  return { reads, silent };
}
