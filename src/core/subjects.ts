/**
 * Every NATS subject of Stator is built and parsed here and nowhere else: fixed words, namespace, object name, key token.
 *
 * Client libraries let `*`, `>` and empty tokens through in a published subject; these functions do not.
 */
import { type Address, isObjectName, keyOfToken, keyToken, quote } from "./address.ts";
import { StatorError } from "./errors.ts";

/** What a caller can ask of one object. */
export const VERBS = ["create", "send", "get", "wait"] as const;
export type Verb = (typeof VERBS)[number];
const isVerb = (text: string): text is Verb => (VERBS as readonly string[]).includes(text);

export interface Target {
  readonly verb: Verb;
  readonly address: Address;
}

export class Subjects {
  readonly #root: string;

  /** `namespace` must already be valid. */
  constructor(namespace: string) {
    this.#root = `stator.${namespace}`;
  }

  /** The front door of one object: `stator.<ns>.<verb>.<object>.<key>`. */
  door(target: Target): string {
    return `${this.#root}.${target.verb}.${target.address.name}.${keyToken(target.address.key)}`;
  }

  /** What hosts subscribe to, in the queue group of the object: `stator.<ns>.<verb>.<object>.*`. */
  doors(verb: Verb, name: string): string {
    return `${this.#root}.${verb}.${name}.*`;
  }

  parseDoor(subject: string): Target {
    if (!subject.startsWith(`${this.#root}.`)) throw badSubject(subject);
    return parseTarget(subject.slice(this.#root.length + 1));
  }

  changed(address: Address): string {
    return `${this.#root}.changed.${address.name}.${keyToken(address.key)}`;
  }

  /** Subscription to changes: of one key, of all keys of an object, or of everything. */
  changes(name = "*", key?: string): string {
    return `${this.#root}.changed.${name}.${key === undefined ? "*" : keyToken(key)}`;
  }

  emitted(address: Address, eventType: string): string {
    return `${this.#root}.emitted.${address.name}.${keyToken(address.key)}.${keyToken(eventType)}`;
  }

  partition(group: string, partition: number): string {
    return `${this.#root}.part.${group}.${partition}`;
  }

  /** One host, asked by others whether it is there. */
  host(hostId: string): string {
    return `${this.#root}.host.${hostId}`;
  }

  admin(verb: string): string {
    return `${this.#root}.admin.${verb}`;
  }
}

/** `<verb>.<object>.<key token>`: the target header of a message on a partition subject. */
export function formatTarget(target: Target): string {
  return `${target.verb}.${target.address.name}.${keyToken(target.address.key)}`;
}

export function parseTarget(text: string): Target {
  const [verb = "", name = "", token = "", ...rest] = text.split(".");
  if (rest.length > 0 || !isVerb(verb) || !isObjectName(name)) throw badSubject(text);
  return { verb, address: { name, key: keyOfToken(token) } };
}

function badSubject(subject: string): StatorError {
  return new StatorError(
    "INVALID_REQUEST",
    `subject ${quote(subject)} must be stator.<namespace>.<${VERBS.join("|")}>.<object>.<key>`,
  );
}
