/** Subscriptions with wildcards, and who of them hears a subject: looked up once, as long as none comes or goes. */

/** Inboxes come and go: nothing is remembered of them. */
export const INBOX = "_INBOX.memory.";
/** Subjects remembered; then all are looked up anew. */
const MAX_SUBJECTS = 10_000;

/** A subscription's filter, split at its dots. */
export interface Filtered {
  readonly tokens: readonly string[];
}

export class Wildcards<S extends Filtered> {
  readonly #all = new Set<S>();
  /** Those that may match an inbox. */
  readonly #ofInboxes = new Set<S>();
  readonly #bySubject = new Map<string, readonly S[]>();

  add(subscription: S): void {
    this.#all.add(subscription);
    if (mayMatchInbox(subscription)) this.#ofInboxes.add(subscription);
    this.#bySubject.clear();
  }

  delete(subscription: S): void {
    if (this.#all.delete(subscription)) this.#bySubject.clear();
    this.#ofInboxes.delete(subscription);
  }

  /** Those that hear the subject. */
  of(subject: string): readonly S[] {
    const known = this.#bySubject.get(subject);
    if (known !== undefined) return known;
    const tokens = subject.split(".");
    const isInbox = subject.startsWith(INBOX);
    const found = [...(isInbox ? this.#ofInboxes : this.#all)].filter((each) => matches(each.tokens, tokens));
    if (isInbox) return found;
    if (this.#bySubject.size >= MAX_SUBJECTS) this.#bySubject.clear();
    this.#bySubject.set(subject, found);
    return found;
  }
}

export const isWild = ({ tokens }: Filtered): boolean => tokens.includes("*") || tokens.at(-1) === ">";

const mayMatchInbox = ({ tokens: [first = ""] }: Filtered): boolean => ["*", ">", "_INBOX"].includes(first);

function matches(filter: readonly string[], subject: readonly string[]): boolean {
  for (const [i, token] of filter.entries()) {
    if (token === ">") return subject.length > i;
    if (token !== "*" && token !== subject[i]) return false;
    if (subject[i] === undefined) return false;
  }
  return filter.length === subject.length;
}
