/**
 * `cancel` and `kill`, at the owner of the object.
 *
 * A cancel is the machine's own event, and goes to the leaves first: objects that it invoked and that take a CANCEL are
 * told before it, and it hears CANCEL when they have ended, in the turn that brings the last of their results. The wait
 * is part of the snapshot. Sagas nested in the same object pass it down by themselves.
 *
 * A kill needs nobody's consent: one turn ends the object, and brings the same end to the objects that it invoked.
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { ObjectDefinition } from "../core/define.ts";
import { type ErrorCode, StatorError } from "../core/errors.ts";
import type { EventObject } from "../core/message.ts";
import type { CancelOrder, PendingCancel } from "../core/order.ts";
import { parseEvent } from "../core/validate.ts";
import type { CanceledObject, KilledObject, StandingStep } from "../core/wire.ts";
import { type Desk, hadEnded, ordered, type Sight } from "./desk.ts";
import type { OperatorBody } from "./internal.ts";
import type { Hosted } from "./objects.ts";
import { notAccepted, pausedFor, stateText } from "./refusal.ts";

const CANCEL = "CANCEL";

export interface EndingParts {
  readonly desk: Desk;
  readonly hosted: ReadonlyMap<string, Hosted>;
}

export class Ending {
  readonly #parts: EndingParts;

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  async cancel(order: OperatorBody, sight: Sight): Promise<CanceledObject> {
    const { desk } = this.#parts;
    assertItsOwn(order, sight);
    const wasDone = await desk.isDone(order);
    if (!wasDone) {
      if (sight.row.status !== "active") return { ...hadEnded(order, sight), waitsFor: [] };
      const waits = pausedFor(sight.row, undefined);
      if (waits !== undefined) throw waits;
    }
    const isUnderWay = sight.told.cancelAfter !== undefined;
    const event = wasDone || isUnderWay ? undefined : this.#eventFor(order, sight);
    try {
      if (event !== undefined) {
        const after = sight.told.invoked.map(({ invocationId }) => invocationId);
        await this.#place(order, { event, after });
      }
    } catch (cause) {
      if (!isCode(cause, "OBJECT_DONE")) throw cause;
      return { ...hadEnded(order, await desk.see(order.to)), waitsFor: [] };
    }
    // the wait is written down: whoever dies now, the order comes again
    await this.#cancelInvoked(order, await desk.see(order.to));
    return canceled(order, await desk.see(order.to), wasDone || event !== undefined);
  }

  #place(order: OperatorBody, cancel: PendingCancel & Pick<CancelOrder, "isNarrowing">): Promise<void> {
    const { by, reason } = order;
    return this.#parts.desk.place(order, { kind: "order", verb: "cancel", by, reason, ...cancel });
  }

  /** Undefined where a cancel changes nothing any more. Refused before anybody hears of it where the state takes none. */
  #eventFor(order: OperatorBody, { row, view }: Sight): EventObject | undefined {
    const { definition, engine } = this.#hosted(order.to);
    const event = cancelEvent(definition, order);
    const live = engine.restore(row.snapshot, { address: order.to, incarnation: row.incarnation });
    if (!definition.events.has(CANCEL) || live.accepts().includes(CANCEL)) return event;
    if (view?.tags.includes("compensation")) return undefined;
    throw notAccepted(order.to, live, CANCEL);
  }

  /** Those that take no CANCEL are not waited for. */
  async #cancelInvoked(order: OperatorBody, { told }: Sight): Promise<void> {
    const after: string[] = [];
    const awaited = told.invoked.filter(({ invocationId }) => told.cancelAfter?.includes(invocationId));
    for (const [i, { address, invocationId }] of awaited.entries()) {
      try {
        await this.#parts.desk.carry({ ...order, to: address, orderId: `${order.orderId}.${i}`, invocationId });
        after.push(invocationId);
      } catch (cause) {
        if (isCode(cause, "NOT_CREATED")) throw comesSoon(address);
        if (!isCode(cause, "EVENT_NOT_ACCEPTED")) throw cause;
      }
    }
    if (after.length === awaited.length) return;
    const rest = { ...order, orderId: `${order.orderId}.rest` };
    await this.#place(rest, { event: { type: CANCEL }, after, isNarrowing: true }).catch((cause: unknown) => {
      if (!isCode(cause, "OBJECT_DONE")) throw cause; // nobody is waited for any more
    });
  }

  async kill(order: OperatorBody, sight: Sight): Promise<KilledObject> {
    const { desk } = this.#parts;
    const { standing } = sight.told;
    const invoked = sight.told.invoked.map(({ address }) => formatAddress(address));
    const facts = { standing, invoked };
    const consequence = consequenceOf(order.to, standing, invoked);
    if (order.preview && sight.row.status === "active")
      return { ...ordered(order, sight, { changed: false, message: consequence }), ...facts };
    const isDone = await desk.isDone(order);
    if (!isDone && sight.row.status !== "active") return { ...hadEnded(order, sight), standing, invoked: [] };
    const { by, reason } = order;
    try {
      if (!isDone) await desk.place(order, { kind: "order", verb: "kill", by, reason });
    } catch (cause) {
      if (!isCode(cause, "OBJECT_DONE")) throw cause;
      return { ...hadEnded(order, await desk.see(order.to)), standing, invoked: [] };
    }
    return { ...ordered(order, await desk.see(order.to), { changed: true, message: consequence }), ...facts };
  }

  #hosted({ name }: Address): Hosted {
    const hosted = this.#parts.hosted.get(name);
    if (hosted === undefined) throw new Error(`object ${name} is not hosted here`);
    return hosted;
  }
}

/** Somebody else's object under that key must not be canceled in its place. One that has ended has told its maker and forgotten it. */
function assertItsOwn({ to, invocationId }: OperatorBody, { row, told }: Sight): void {
  if (row.status !== "active" || invocationId === undefined || told.creator?.invocationId === invocationId) return;
  throw new StatorError("EVENT_NOT_ACCEPTED", `${formatAddress(to)} was not made by the object that cancels`);
}

/** With who and why where the machine's schema has a place for them; the journal keeps both in any case. */
function cancelEvent(definition: ObjectDefinition, { by, reason }: OperatorBody): EventObject {
  if (!definition.events.has(CANCEL) && !definition.internal.has(CANCEL)) {
    const text = `${definition.name} declares no event ${CANCEL}, so that it cannot be canceled; kill stops it without compensation`;
    throw new StatorError("EVENT_NOT_ACCEPTED", text);
  }
  try {
    return parseEvent(definition, { type: CANCEL, by, reason }, "object");
  } catch (cause) {
    if (!isCode(cause, "INVALID_EVENT")) throw cause;
    return parseEvent(definition, { type: CANCEL }, "object");
  }
}

function canceled(order: OperatorBody, sight: Sight, changed: boolean): CanceledObject {
  const { cancelAfter = [], invoked } = sight.told;
  const waitsFor = invoked
    .filter(({ invocationId }) => cancelAfter.includes(invocationId))
    .map(({ address }) => formatAddress(address));
  const where =
    waitsFor.length > 0 ? `waits for ${waitsFor.join(", ")} to end first` : `is in ${stateText(sight.view)}`;
  const message = `${formatAddress(order.to)} ${changed ? "is canceled" : "was canceled before"} and ${where}`;
  return { ...ordered(order, sight, { changed, message }), waitsFor };
}

function consequenceOf(of: Address, standing: readonly StandingStep[], invoked: readonly string[]): string {
  const steps = (isCertain: boolean): string =>
    standing.flatMap((each) => (each.isCertain === isCertain ? each.step : [])).join(", ");
  const [done, maybe] = [steps(true), steps(false)];
  const parts = [
    `${formatAddress(of)} stops and compensates nothing`,
    ...(done === "" ? [] : [`done and left as it is: ${done}`]),
    ...(maybe === "" ? [] : [`may have happened: ${maybe}`]),
    ...(standing.length === 0 ? ["its machine tells of no step that stands"] : []),
    ...(invoked.length === 0 ? [] : [`killed with it: ${invoked.join(", ")}`]),
  ];
  return parts.join("; ");
}

const comesSoon = (of: Address): StatorError =>
  new StatorError("UNAVAILABLE", `${formatAddress(of)} is about to be made; try again`);

const isCode = (cause: unknown, code: ErrorCode): boolean => cause instanceof StatorError && cause.code === code;
