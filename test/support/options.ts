/** The options of the commands that run tests at length: `--help` tells of them, and so does one that does not exist. */
import { type ParseArgsConfig, parseArgs } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>["values"];

/** Ends the process where help was asked for (0) or where the arguments are wrong (2). */
export function readOptions<O extends Options>(help: string, options: O): Parsed<O> {
  try {
    if (process.argv.slice(2).includes("--help")) end(process.stdout, help, 0);
    return parseArgs({ options }).values as Parsed<O>;
  } catch (cause) {
    return end(process.stderr, `${(cause as Error).message}\n\n${help}`, 2);
  }
}

/** A whole number of at least `least`; else the process ends and says what would be right. */
export function wholeNumber(name: string, given: string, least: number): number {
  const number = Number(given);
  if (Number.isSafeInteger(number) && number >= least) return number;
  return end(process.stderr, `--${name} takes a whole number from ${least}, not '${given}'\n`, 2);
}

function end(to: NodeJS.WriteStream, text: string, code: number): never {
  to.write(text);
  process.exit(code);
}
