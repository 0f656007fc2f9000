/** Numbers and times as people read them. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `850 ms`, `1.3 s`, `2 m 08 s`, `6 h 12 m`, `3 d`. */
export function duration(ms: number): string {
  const length = Math.max(0, ms);
  if (length < SECOND) return `${Math.round(length)} ms`;
  if (length < 10 * SECOND) return `${(length / SECOND).toFixed(1)} s`;
  return whole(length);
}

/** As `duration`, without fractions: does not flicker in a countdown. */
export function whole(ms: number): string {
  const length = Math.max(0, ms);
  if (length < MINUTE) return `${Math.floor(length / SECOND)} s`;
  if (length < HOUR) return `${Math.floor(length / MINUTE)} m ${two(Math.floor((length % MINUTE) / SECOND))} s`;
  if (length < DAY) return `${Math.floor(length / HOUR)} h ${two(Math.floor((length % HOUR) / MINUTE))} m`;
  const days = Math.floor(length / DAY);
  const hours = Math.floor((length % DAY) / HOUR);
  return hours === 0 || days >= 10 ? `${days} d` : `${days} d ${hours} h`;
}

const two = (value: number): string => String(value).padStart(2, "0");

export const since = (at: string, now: number): string => whole(now - Date.parse(at));

/** `in 14 s`, `now`, `12 s late`; what is not watched by the second is not called late. */
export function until(at: string, now: number, canBeLate = true): string {
  const left = Date.parse(at) - now;
  if (left >= SECOND) return `in ${whole(left)}`;
  return left > -2 * SECOND || !canBeLate ? "now" : `${whole(-left)} late`;
}

/** `v7`, or the beginning of a hash. */
export const versionText = (version: string): string =>
  /^\d{1,6}$/.test(version) ? `v${version}` : version.slice(0, 10);

/** `09:14:52.644`, with the date where it is another day. */
export function clockTime(at: string, now: number, withMs = false): string {
  const date = new Date(at);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const exact = withMs ? `${time}.${String(date.getMilliseconds()).padStart(3, "0")}` : time;
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? exact : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${exact}`;
}

const grouped = new Intl.NumberFormat("en-US");
export const count = (value: number): string => grouped.format(value);

/** `312`, `1.9k`, `48k`: for places that are narrow. */
export function short(value: number): string {
  if (value < 1_000) return String(value);
  const [unit, size] = value < 999_500 ? ["k", 1_000] : ["M", 1_000_000];
  const scaled = value / Number(size);
  return scaled < 9.95 ? `${scaled.toFixed(1).replace(".0", "")}${unit}` : `${Math.round(scaled)}${unit}`;
}

export function bytes(size: number): string {
  if (size < 1_024) return `${size} B`;
  if (size < 1_048_576) return `${Math.round(size / 1_024)} KB`;
  return `${(size / 1_048_576).toFixed(1)} MB`;
}

/** `1 object`, `4 objects`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A state value as people write it: `booking.hotel`, `settling.(payment.charging, ticketing.issued)`. */
export function stateText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object") return String(value ?? "");
  const parts = Object.entries(value).map(([key, inner]) => {
    const rest = stateText(inner);
    if (rest === "") return key;
    return rest.includes(", ") ? `${key}.(${rest})` : `${key}.${rest}`;
  });
  return parts.join(", ");
}
