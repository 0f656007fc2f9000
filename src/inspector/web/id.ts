/** Message ids: UUIDs of version 7, so that the hosts know when they were made. */
import { now } from "./clock.ts";

/** `crypto.randomUUID` is missing on pages that came over plain HTTP from another machine. */
export function newMessageId(): string {
  const random = [...crypto.getRandomValues(new Uint8Array(10))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  const time = now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
