/**
 * The outside world of the example sagas, in the process, and what each step does to it.
 *
 * SAGA_WITNESS names a file that gets one line of JSON per attempt, `{"kind","step","stepKey"}`, before anything else
 * happens. The lines, in their order, *are* the world: an action holds if no compensation of its key came before it or
 * after it. So the file tells of a host that was killed, and the world outlives it. Without a file it lives in memory.
 *
 *   streaming   Netflix: fails for reasons that pass, for ever      Hulu: its removal fails twenty times, then succeeds
 *               Disney: fails for good, all is rolled back          Paramount: its removal fails for good, and parks
 *   trip        to Atlantis: there is no flight                     to Nowhere: there is no car
 *   checkout    more than 1000: the card is declined                sku "gone": nothing is left
 */
import { existsSync, readFileSync } from "node:fs";
import { defineObject, type RunArguments, TerminalError } from "stator";
import { account } from "../machines/account.ts";
import { checkoutByHand } from "../machines/checkout-by-hand.ts";
import { streaming } from "../machines/streaming.ts";
import { transfer } from "../machines/transfer.ts";
import { trip } from "../machines/trip.ts";
import { testify } from "./witness.ts";

const { SAGA_WITNESS } = process.env;
const FOR_EVER = { maxAttempts: Number.POSITIVE_INFINITY, initialMs: 50, maxMs: 2_000 };

export interface Witnessed {
  readonly kind: "do" | "undo" | "confirm";
  readonly step: string;
  readonly stepKey: string;
}

/** What the world holds after these events: step keys whose action was carried out and not undone. */
export function heldAfter(events: readonly Witnessed[]): readonly string[] {
  const held = new Set<string>();
  const undone = new Set<string>();
  for (const { kind, stepKey } of events) {
    if (kind === "do" && !undone.has(stepKey)) held.add(stepKey);
    if (kind !== "undo") continue;
    held.delete(stepKey);
    undone.add(stepKey); // a tombstone: an action that comes late is refused
  }
  return [...held];
}

const remembered: Witnessed[] = [];

/** All that was witnessed so far, by this process or, with a file, by any. */
export function witnessed(): readonly Witnessed[] {
  if (!SAGA_WITNESS) return remembered;
  if (!existsSync(SAGA_WITNESS)) return [];
  const lines = readFileSync(SAGA_WITNESS, "utf8").split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Witnessed);
}

function witness(kind: Witnessed["kind"], step: string, stepKey: string): void {
  if (SAGA_WITNESS) testify(SAGA_WITNESS, { kind, step, stepKey });
  else remembered.push({ kind, step, stepKey });
}

/** An action: refused where its compensation came first. */
function act<I extends { stepKey: string }, O>(step: string, give: (input: I, id: string) => O) {
  return {
    run: ({ input }: RunArguments<I>): O => {
      witness("do", step, input.stepKey);
      if (!heldAfter(witnessed()).includes(input.stepKey)) {
        throw new TerminalError(`${input.stepKey} was undone before it came`, { code: "UNDONE" });
      }
      return give(input, `${step}-${input.stepKey.slice(input.stepKey.indexOf("/") + 1)}`);
    },
  };
}

/** A compensation: safe to repeat, and safe where the action never happened. */
function undo<I extends { stepKey: string }>(step: string, prevent: (args: RunArguments<I>) => void = () => undefined) {
  return {
    run: (args: RunArguments<I>): { undone: string } => {
      prevent(args);
      witness("undo", step, args.input.stepKey);
      return { undone: args.input.stepKey };
    },
  };
}

const confirm = (step: string) => ({
  run: ({ input, idempotencyKey }: RunArguments<{ holdId: string }>) => {
    witness("confirm", step, idempotencyKey);
    return { confirmed: input.holdId !== "" };
  },
});

function assertAvailable({ item }: { readonly item: string }): void {
  if (item === "Netflix") throw new Error("Netflix does not answer");
  if (item === "Disney") throw new TerminalError("Disney is not available", { code: "NOT_AVAILABLE" });
}

function assertRemovable({ input, attempt }: RunArguments<{ asked: { item: string } }>): void {
  const { item } = input.asked;
  if (item === "Hulu" && attempt <= 20) throw new Error(`Hulu does not answer (attempt ${attempt})`);
  if (item === "Paramount") throw new TerminalError("Paramount does not let go", { code: "REFUSED" });
}

const hold = (step: string, missing?: string) =>
  act(step, (input: { to: string; stepKey: string }, holdId) => {
    if (input.to === missing) throw new TerminalError(`there is no ${step} to ${input.to}`, { code: "SOLD_OUT" });
    return { holdId, price: 100 };
  });

export const streamingObject = defineObject({
  name: "streaming",
  machine: streaming,
  actors: {
    payment: act("payment", (_, paymentId) => ({ paymentId })),
    "undo:payment": undo("payment"),
    subscription: {
      retry: FOR_EVER,
      ...act("subscription", (input: { item: string; stepKey: string }, subscriptionId) => {
        assertAvailable(input);
        return { subscriptionId };
      }),
    },
    "undo:subscription": {
      retry: { maxAttempts: 25, initialMs: 10, maxMs: 50 },
      ...undo<{ asked: { item: string }; stepKey: string }>("subscription", assertRemovable),
    },
  },
});

export const tripObject = defineObject({
  name: "trip",
  machine: trip,
  actors: {
    visa: { run: ({ input }) => ({ isNeeded: input.to.length > 6 }) },
    flight: hold("flight", "Atlantis"),
    "confirm:flight": confirm("flight"),
    "undo:flight": undo("flight"),
    hotel: hold("hotel"),
    "confirm:hotel": confirm("hotel"),
    "undo:hotel": undo("hotel"),
    car: hold("car", "Nowhere"),
    "undo:car": undo("car"),
    payment: act("payment", (_, chargeId) => ({ chargeId })),
    "undo:payment": undo("payment"),
    tickets: act("tickets", (_, ticketId) => ({ ticketId })),
    "undo:tickets": undo("tickets"),
  },
});

/** For the checkout by hand, and for the one that is built: `machines/checkout.ts`. */
export const checkoutActors = {
  reserve: act("reserve", (input: { sku: string; stepKey: string }, reservationId) => {
    if (input.sku === "gone") throw new TerminalError("nothing is left", { code: "SOLD_OUT" });
    return { reservationId };
  }),
  "undo:reserve": undo("reserve"),
  charge: act("charge", (input: { amount: number; stepKey: string }, chargeId) => {
    if (input.amount > 1_000) throw new TerminalError("the card was declined", { code: "CARD_DECLINED" });
    return { chargeId };
  }),
  "undo:charge": undo("charge"),
};
export const checkoutObject = defineObject({ name: "checkout", machine: checkoutByHand, actors: checkoutActors });

export const accountObject = defineObject({ name: "account", machine: account });
export const transferObject = defineObject({ name: "transfer", machine: transfer, unhandled: "ignore" });

/** For `actors/index.ts`. */
export const sagaObjects = [streamingObject, tripObject, checkoutObject, accountObject, transferObject];
