/** Objects as people write them: `name/key`. */
import { type Address, parseAddress } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { UsageError } from "./exit.ts";

/** Something that is no `name/key` at all is a mistake in the command; a key that is not allowed is the contract's to refuse. */
export function addressOf(text: string): Address {
  try {
    return parseAddress(text);
  } catch (cause) {
    if (cause instanceof StatorError && cause.code === "INVALID_REQUEST")
      throw new UsageError(cause.message, { cause });
    throw cause;
  }
}
