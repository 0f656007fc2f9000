/** Texts of users beside our own. No imports: pages use it too. */

/** Characters that turn the direction of all that stands after them in a line. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;

/** With such characters written out, so that what is ours stays as it was written. Arabic and Hebrew stay as they are. */
export const visible = (text: string): string =>
  text.replace(TURNING, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** A key as it is shown where it stands alone: in quotes where blanks or control characters would hide what it is. */
export function keyText(key: string): string {
  const isPlain = key === key.trim() && !/\p{Cc}/u.test(key) && visible(key) === key;
  return isPlain ? key : visible(JSON.stringify(key));
}
