/** A machine of any size: groups in a ring, each a ring of states with shortcuts. */
import { type AnyStateMachine, createMachine } from "xstate";

export const manyStates = (groups: number, size: number): AnyStateMachine => createMachine(manyStatesOf(groups, size));

export function manyStatesOf(groups: number, size: number) {
  const ring = (count: number) => Array.from({ length: count }, (_, i) => i);
  const inner = Object.fromEntries(
    ring(size).map((i) => [`s${i}`, { on: { NEXT: `s${(i + 1) % size}`, [`SKIP_${i}`]: `s${(i * 3 + 1) % size}` } }]),
  );
  const states = Object.fromEntries(
    ring(groups).map((i) => [`g${i}`, { initial: "s0", states: inner, on: { GO: `g${(i + 1) % groups}` } }]),
  );
  return { id: "many", initial: "g0", states };
}
