/** What lies outside an object, as XState's interfaces want to see it: a parent of the root, and a clock nobody may use. */

/** What the host's side of the system looks like to XState: the root's parent. */
export interface Outside {
  readonly id: string;
  readonly sessionId: string;
  readonly system: unknown;
}

export const ignore = (): undefined => undefined;

export const NO_CLOCK = {
  setTimeout(): never {
    throw new Error("the clock of an object is the store's");
  },
  clearTimeout: ignore,
};

/** Whether an event tells an actor's parent how it ended. */
export const isOutcome = (type: string): boolean =>
  type.startsWith("xstate.done.actor.") || type.startsWith("xstate.error.actor.");

export const noCreator = (): Error =>
  new Error("sendParent from the machine of an object that no other object invoked: it has no parent");
