/**
 * Sessions of browsers, which cannot add a header to what they load: the token is exchanged for a cookie that scripts
 * cannot read. Nothing is kept: the cookie is a time and a code over it that only who has the token can make, so every
 * host with the same token takes it, and another token ends all of them.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../ports/clock.ts";

const COOKIE = "stator-session";
const LIFE_MS = 12 * 3_600_000;

export class Sessions {
  readonly #token: string;
  readonly #clock: Pick<Clock, "wallMs">;

  constructor(token: string, clock: Pick<Clock, "wallMs">) {
    this.#token = token;
    this.#clock = clock;
  }

  /** The value of a `Set-Cookie` header; undefined where the token is another. */
  begin(given: string): string | undefined {
    if (!isSame(this.#code(`token ${given}`), this.#code(`token ${this.#token}`))) return undefined;
    const until = String(this.#clock.wallMs() + LIFE_MS);
    const value = `${until}.${this.#code(until).toString("base64url")}`;
    return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${LIFE_MS / 1_000}`;
  }

  /** Whether a `Cookie` header holds a session that has not run out. */
  isIn(header: string | undefined): boolean {
    for (const part of (header ?? "").split(";")) {
      const [, until = "", code = ""] = SESSION.exec(part.trim()) ?? [];
      if (until === "" || Number(until) <= this.#clock.wallMs()) continue;
      if (isSame(Buffer.from(code, "base64url"), this.#code(until))) return true;
    }
    return false;
  }

  #code(text: string): Buffer {
    return createHmac("sha256", this.#token).update(text).digest();
  }
}

const SESSION = new RegExp(`^${COOKIE}=(\\d{1,15})\\.([\\w-]{43})$`);
const isSame = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
