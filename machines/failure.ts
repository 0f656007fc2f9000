/** Why a promise actor failed, in words. Its error comes back as data: `{ name, message, code?, data? }`. */
export function failureText(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : String(error);
}
