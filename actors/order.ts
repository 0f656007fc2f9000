/**
 * `stator create order/o-1 total=10`, then `stator send order/o-1 PAY method=card`.
 *
 * NOTIFY_LOG names a file that gets one line of JSON per notification, since this double sends no mail.
 */
import { defineObject } from "stator";
import { order } from "../machines/order.ts";
import { payment } from "./payment.ts";
import { testify } from "./witness.ts";

const { NOTIFY_LOG } = process.env;

export const orderObject = defineObject({
  name: "order",
  machine: order,
  actors: { charge: payment },
  actions: {
    notify: ({ params, idempotencyKey }) => testify(NOTIFY_LOG, { idempotencyKey, text: params.text }),
  },
});
