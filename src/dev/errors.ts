/**
 * What the dev stack refuses with. The message is for the person at the terminal: what is wrong, and the ways out.
 *
 * Nothing here is thrown across the wire, so these carry no code.
 */
export class DevStackError extends Error {
  override readonly name: string = "DevStackError";
}

/** Somebody took the port between our look and the server's bind. Another port may do. */
export class PortLostError extends DevStackError {
  override readonly name: string = "PortLostError";
}

/** The `code` of a Node.js system error, such as ENOENT; undefined for anything else. */
export function systemCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
