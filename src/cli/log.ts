/** The log of a host, on stderr: short lines for a person at a terminal, pino's JSON for machines. */
import type { Logger } from "../ports/telemetry.ts";
import type { Io } from "./io.ts";
import { printable } from "./table.ts";

export async function newLogger(io: Io): Promise<Logger> {
  if (io.isErrorTerminal) return shortLines(io);
  const { pino } = await import("pino");
  const logger: Logger = pino({ level: io.env["LOG_LEVEL"] || "info" }, pino.destination({ fd: 2, sync: true }));
  return logger;
}

const QUIET: readonly string[] = ["error", "fatal", "silent"];

/** Whether warnings are written at all. */
export const isWarning = (io: Io): boolean => io.isErrorTerminal || !QUIET.includes(io.env["LOG_LEVEL"] ?? "");

function shortLines(io: Io): Logger {
  const isVerbose = io.env["LOG_LEVEL"] === "debug";
  const line =
    (level: string) =>
    (fields: object, text: string): void => {
      const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${valueText(value)}`);
      io.err(`${new Date().toTimeString().slice(0, 8)} ${level}${text}${printable(rest.join(""))}\n`);
    };
  const nothing = (): void => undefined;
  return { debug: isVerbose ? line("debug: ") : nothing, info: line(""), warn: line("warn: "), error: line("error: ") };
}

function valueText(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}
