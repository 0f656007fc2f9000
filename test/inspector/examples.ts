/** All machines that a chart must be able to show well. */
import type { AnyStateMachine } from "xstate";
import { account } from "../../machines/account.ts";
import { checkoutByHand } from "../../machines/checkout-by-hand.ts";
import { counter } from "../../machines/counter.ts";
import { order } from "../../machines/order.ts";
import { streaming } from "../../machines/streaming.ts";
import { subscription } from "../../machines/subscription.ts";
import { transfer } from "../../machines/transfer.ts";
import { trip } from "../../machines/trip.ts";
import { type ChartGeometry, chartOf, type Detail, layoutChart } from "../../src/inspector/chart/index.ts";
import { constructs } from "./constructs.ts";

export interface Example {
  readonly name: string;
  readonly machine: AnyStateMachine;
  /** Most crossings that its chart may have. */
  readonly crossings: number;
}

export const examples: readonly Example[] = [
  { name: "counter", machine: counter, crossings: 0 },
  { name: "account", machine: account, crossings: 0 },
  { name: "order", machine: order, crossings: 0 },
  { name: "subscription", machine: subscription, crossings: 0 },
  { name: "transfer", machine: transfer, crossings: 0 },
  { name: "checkout-by-hand", machine: checkoutByHand, crossings: 0 },
  { name: "streaming", machine: streaming, crossings: 1 },
  { name: "trip", machine: trip, crossings: 0 },
  { name: "constructs", machine: constructs, crossings: 0 },
];

const known = new Map<AnyStateMachine, Map<Detail, Promise<ChartGeometry>>>();

/** Laid out once in a test file. */
export function drawn(machine: AnyStateMachine, detail: Detail = "full"): Promise<ChartGeometry> {
  const details = known.get(machine) ?? new Map<Detail, Promise<ChartGeometry>>();
  known.set(machine, details);
  const geometry = details.get(detail) ?? layoutChart(chartOf(machine), { detail });
  details.set(detail, geometry);
  return geometry;
}
