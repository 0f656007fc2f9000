/**
 * An operator's orders inside a turn: a cancel that waits for the objects it concerns first, and RETRY or SKIP brought to
 * the very actor that is parked, however deep in the tree it is. Kill needs no machine: see `killed.ts`.
 */
import { StatorError } from "../core/errors.ts";
import type { EventObject } from "../core/message.ts";
import type { CancelOrder, PendingCancel, ReleaseOrder } from "../core/order.ts";
import type { ActorNode } from "./internals.ts";
import { actorName, ROOT } from "./refs.ts";
import { nameWithin, parkedEntries } from "./sagas.ts";
import type { DurableSystem } from "./system.ts";

export class Orders {
  readonly #system: DurableSystem;
  pending: PendingCancel | undefined;

  constructor(system: DurableSystem) {
    this.#system = system;
  }

  cancel({ event, after, isNarrowing }: CancelOrder, root: ActorNode): void {
    this.pending = { event: isNarrowing && this.pending !== undefined ? this.pending.event : event, after };
    this.proceed(root);
    if (this.pending !== undefined) this.#system.handled = true; // it is taken, and kept
  }

  /** The parent compensates after what it invoked has ended: called after each message. */
  proceed(root: ActorNode): void {
    if (this.pending === undefined) return;
    const { event } = this.pending;
    const running = new Set([...this.#system.invocations.values()].map(({ id }) => id));
    const after = this.pending.after.filter((id) => running.has(id));
    this.pending = after.length > 0 ? { event, after } : undefined;
    if (this.pending === undefined && root.getSnapshot().status === "active") {
      this.#system._relay(undefined, root, event);
    }
  }

  /** Of several parked steps a skip must name one; a retry without a name means all. */
  release({ verb, step, by, reason }: ReleaseOrder, name: string): void {
    const parked = this.#parked();
    const meant = step === undefined ? parked : parked.filter((each) => each.name === step);
    const names = parked.map((each) => each.name).join(", ");
    if (step !== undefined && meant.length === 0) throw invalid(`${name} has no parked step '${step}'`, names);
    if (verb === "skip" && meant.length > 1) throw invalid(`${name} has several parked steps; name one`, names);
    for (const { node, entry } of meant) {
      const event: EventObject = {
        type: verb.toUpperCase(),
        ...(entry === undefined ? {} : { step: entry }),
        by,
        reason,
      };
      this.#system._relay(undefined, node, event);
    }
  }

  /** The parked actors themselves, not those that only show that one inside of them is. */
  #parked(): readonly { readonly node: ActorNode; readonly name: string; readonly entry: string | undefined }[] {
    const nodes = [...this.#system.livePaths].filter(([, node]) => isParked(node));
    const leaves = nodes.filter(([path]) => !nodes.some(([other]) => isInside(other, path)));
    return leaves.flatMap(([path, node]) => {
      const { context, value } = node.getSnapshot();
      return parkedEntries({ context, value }).map(({ entry, shown }) => {
        return { node, entry, name: nameWithin(path === ROOT ? [] : path.split("/").map(actorName), shown) };
      });
    });
  }
}

function isParked(node: ActorNode): boolean {
  const { status, tags } = node.getSnapshot();
  return status === "active" && tags?.has("parked") === true;
}

const isInside = (path: string, parent: string): boolean =>
  path !== parent && (parent === ROOT || path.startsWith(`${parent}/`));

const invalid = (what: string, parked: string): StatorError =>
  new StatorError("INVALID_REQUEST", `${what}: ${parked === "" ? "nothing" : parked} is parked`);
