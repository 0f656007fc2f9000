/** Takes money once. A machine needs only its schemas; what it does is `actors/payment.ts`. */

import { promiseActor } from "stator/define";
import { z } from "zod";

export const charge = promiseActor({
  input: z.object({ amount: z.number().positive(), method: z.string().min(1) }),
  output: z.object({ chargeId: z.string() }),
});
