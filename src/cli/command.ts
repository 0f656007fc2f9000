/** What the file of a command exports. */
import type { Command } from "commander";
import type { Io } from "./io.ts";

/** Gives a command its arguments, options, help and action. */
export type Configure = (command: Command, io: Io) => void;
