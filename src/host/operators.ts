/**
 * Orders of operators, at the owner of the object. Each is written to the audit before it is carried out, and its end
 * after it; what is done to the object itself is a turn, or a flag beside its state.
 *
 *   any host (`admin.ts`) ─▶ the owner: see ─▶ audit ─▶ carry out ─▶ audit ─▶ answer
 */
import { type Address, formatAddress } from "../core/address.ts";
import { assertNever, StatorError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { pausedText, pauseReason } from "../core/parking.ts";
import type { Ordered } from "../core/wire.ts";
import type { AuditRecord } from "../ports/store.ts";
import type { Logger } from "../ports/telemetry.ts";
import type { DrainableSubscription } from "../ports/transport.ts";
import type { Attempts } from "./attempts.ts";
import { Desk, type DeskParts, hadEnded, ordered, type Sight } from "./desk.ts";
import { Ending } from "./ending.ts";
import type { OperatorBody } from "./internal.ts";
import type { Invocations } from "./invocations.ts";
import type { Hosted, Objects } from "./objects.ts";
import { Purging } from "./purge.ts";
import type { Relay } from "./relay.ts";
import { Release } from "./release.ts";
import type { Timers } from "./timers.ts";

export interface OperatorsParts extends DeskParts {
  readonly hosted: ReadonlyMap<string, Hosted>;
  readonly objects: Pick<Objects, "unpark" | "pause">;
  readonly relay: Relay;
  readonly timers: Timers;
  readonly invocations: Invocations;
  readonly attempts: Attempts;
  readonly log: Logger;
}

export class Operators {
  readonly #parts: OperatorsParts;
  readonly #desk: Desk;
  readonly #ending: Ending;
  readonly #purging: Purging;
  readonly #release: Release;

  constructor(parts: OperatorsParts) {
    this.#parts = parts;
    this.#desk = new Desk(parts);
    this.#ending = new Ending({ ...parts, desk: this.#desk });
    this.#purging = new Purging({ ...parts, desk: this.#desk });
    this.#release = new Release({ ...parts, desk: this.#desk });
  }

  /** Any host may hold what waits for an object that was released elsewhere. */
  listen(): DrainableSubscription {
    const { transport, subjects, relay } = this.#parts;
    return transport.subscribe(subjects.admin("released"), ({ data }) => {
      const { object, key } = parseJson(data) as { readonly object: string; readonly key: string };
      relay.released({ name: object, key });
    });
  }

  /** Answers the JSON text of what the verb answers. */
  async act(order: OperatorBody): Promise<string> {
    const sight = await this.#desk.see(order.to);
    if (order.preview) return JSON.stringify(await this.#carryOut(order, sight));
    const record = recordOf(order, sight);
    await this.#parts.store.audit(record);
    let answer: Ordered;
    try {
      answer = await this.#carryOut(order, sight);
    } catch (cause) {
      // one that may be tried again under its id has no end yet
      if (cause instanceof StatorError && !cause.retryable)
        await this.#close({ ...record, result: cause.code }, order.to);
      throw cause;
    }
    await this.#close({ ...record, result: answer.changed ? "done" : "unchanged" }, order.to);
    return JSON.stringify(answer);
  }

  /** The order is carried out or refused: that this cannot be written down must not be taken for a failure of it. */
  async #close(record: AuditRecord, of: Address): Promise<void> {
    const { store, log } = this.#parts;
    const { verb, by, reason, result, orderId } = record;
    const fields = { object: of.name, key: of.key, by, reason, result, orderId };
    log.warn(fields, `operator: ${verb}`);
    try {
      await store.audit({ ...record, after: (await this.#desk.see(of)).state });
    } catch (cause) {
      log.error({ err: cause, ...fields }, "the end of an order could not be written to the audit");
    }
  }

  async #carryOut(order: OperatorBody, sight: Sight): Promise<Ordered> {
    const { verb } = order;
    switch (verb) {
      case "cancel":
        return this.#ending.cancel(order, sight);
      case "kill":
        return this.#ending.kill(order, sight);
      case "pause":
        return this.#pause(order, sight);
      case "resume":
        return this.#resume(order, sight);
      case "reveal":
        return ordered(order, sight, { changed: false, message: `${formatAddress(order.to)} is as it was` });
      case "purge":
        return this.#purging.purge(order, sight);
      case "retry":
      case "skip": {
        const answer = await this.#release.act({ ...order, verb }, sight);
        if (answer.changed) this.#wake(order.to);
        return answer;
      }
      default:
        return assertNever(verb);
    }
  }

  async #pause(order: OperatorBody, sight: Sight): Promise<Ordered> {
    const { to, by, reason } = order;
    const of = formatAddress(to);
    if (sight.row.status !== "active") return hadEnded(order, sight);
    if (sight.row.paused !== undefined) {
      const message = `${of} was paused before by ${pauseReason(sight.row.paused)}`;
      return ordered(order, sight, { changed: false, message });
    }
    const since = new Date(this.#parts.clock.wallMs()).toISOString();
    await this.#parts.objects.pause(to, pausedText({ by, reason, since }));
    return ordered(order, sight, { changed: true, message: `${of} is paused: it takes nothing until it is resumed` });
  }

  async #resume(order: OperatorBody, sight: Sight): Promise<Ordered> {
    const of = formatAddress(order.to);
    const { paused } = sight.row;
    if (paused === undefined) return ordered(order, sight, { changed: false, message: `${of} is not paused` });
    await this.#parts.objects.pause(order.to, undefined);
    this.#wake(order.to);
    return ordered(order, sight, { changed: true, message: `${of} goes on; it was paused by ${pauseReason(paused)}` });
  }

  #wake(address: Address): void {
    const { attempts, invocations, timers, transport, subjects } = this.#parts;
    attempts.released(address);
    invocations.released(address);
    timers.wake();
    transport.publish(subjects.admin("released"), JSON.stringify({ object: address.name, key: address.key }));
  }
}

function recordOf({ to, orderId, verb, by, reason }: OperatorBody, { state }: Sight): AuditRecord {
  const { name: object, key } = to;
  return { orderId, verb, object, key, by, reason, before: state, after: null, result: "unknown" };
}
