/**
 * A payment provider's double, in the process. By method of payment:
 *
 *   card      succeeds            flaky     fails twice, for reasons that pass, then succeeds
 *   declined  fails for good      slow      succeeds after PAYMENT_SLOW_MS (3000 unless set)
 *
 * Like a real provider it remembers idempotency keys: the same key is charged once and answered with the same charge. Its
 * memory is the process's own, so a host that is killed makes it forget; a real provider does not.
 *
 * PAYMENT_LOG names a file that gets one line of JSON per attempt: {"idempotencyKey","attempt","pid","at"}.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type RunArguments, TerminalError } from "stator";
import { testify } from "./witness.ts";

interface Charge {
  readonly amount: number;
  readonly method: string;
}

type Attempt = Pick<RunArguments<Charge>, "input" | "idempotencyKey" | "attempt" | "signal">;

const { PAYMENT_LOG, PAYMENT_SLOW_MS } = process.env;
const SLOW_MS = Number(PAYMENT_SLOW_MS || 3_000);
const MAX_REMEMBERED = 100_000;
const charges = new Map<string, { readonly chargeId: string }>();

/** Implements the promise actor `charge` of `machines/charge.ts`. */
export const payment = {
  retry: { maxAttempts: 5, initialMs: 100, maxMs: 2_000 },
  timeoutMs: 10_000,
  run: async ({ input, idempotencyKey, attempt, signal }: Attempt): Promise<{ chargeId: string }> => {
    testify(PAYMENT_LOG, { idempotencyKey, attempt });
    const known = charges.get(idempotencyKey);
    if (known !== undefined) return known;
    await authorize(input.method, attempt, signal);
    const charge = { chargeId: `ch_${charges.size + 1}_${process.pid}` };
    if (charges.size < MAX_REMEMBERED) charges.set(idempotencyKey, charge);
    return charge;
  },
};

async function authorize(method: string, attempt: number, signal: AbortSignal): Promise<void> {
  switch (method) {
    case "flaky":
      if (attempt <= 2) throw new Error(`the provider does not answer (attempt ${attempt})`);
      return;
    case "declined":
      throw new TerminalError("the card was declined", { code: "CARD_DECLINED", data: { method } });
    case "slow":
      await pause(SLOW_MS, undefined, { signal });
      return;
    default:
      return;
  }
}
