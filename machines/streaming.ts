/** A household subscribes: one recurring payment, then one subscription per item of its list. All of it, or none. */

import { promiseActor } from "stator/define";
import { compensation, saga } from "stator/saga";
import { z } from "zod";

export const createPayment = promiseActor({
  input: z.object({ userId: z.string(), stepKey: z.string() }),
  output: z.object({ paymentId: z.string() }),
});
export const createSubscription = promiseActor({
  input: z.object({ userId: z.string(), item: z.string(), paymentId: z.string(), stepKey: z.string() }),
  output: z.object({ subscriptionId: z.string() }),
});

export const streaming = saga("streaming", {
  input: z.object({ userId: z.string().min(1), items: z.array(z.string().min(1)).max(20) }),
})
  .step("payment", {
    do: createPayment,
    input: ({ input }) => ({ userId: input.userId }),
    compensate: compensation(createPayment),
    timeoutMs: 60_000,
  })
  .each("subscription", {
    items: ({ input }) => input.items,
    do: createSubscription,
    input: ({ input, item, results }) => ({ userId: input.userId, item, paymentId: results.payment.paymentId }),
    compensate: compensation(createSubscription),
  })
  .machine({ output: ({ results }) => results.subscription.map(({ subscriptionId }) => subscriptionId) });
