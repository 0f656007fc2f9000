/** An object of 300 states for the journeys: thirty groups, each of nine states with shortcuts. */
import { defineMachine, defineObject } from "stator/define";
import { z } from "zod";
import { manyStatesOf } from "../inspector/many-states.ts";

const [GROUPS, SIZE] = [30, 9];
const shortcuts = Array.from({ length: SIZE }, (_, i) => `SKIP_${i}`);
const events = Object.fromEntries(["NEXT", "GO", ...shortcuts].map((type) => [type, z.object({})]));

const machine = defineMachine({ context: z.object({}), events })
  .setup({})
  .createMachine({ ...manyStatesOf(GROUPS, SIZE), context: {} });

// biome-ignore lint/style/noDefaultExport: the form of a module that a host loads
export default [defineObject({ name: "maze", machine })];
