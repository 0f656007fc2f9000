/** `stator create subscription/alice plan=pro pricePerMonth=12`, then `stator wait subscription/alice --matches active`. */
import { defineObject } from "stator";
import { subscription } from "../machines/subscription.ts";
import { payment } from "./payment.ts";

export const subscriptionObject = defineObject({
  name: "subscription",
  machine: subscription,
  actors: { charge: payment },
});
