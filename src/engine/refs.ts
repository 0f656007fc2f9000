/** Actors that are not there: another object, and an actor of this object that has stopped. */
import type { EventObject } from "../core/message.ts";
import { OBJECT_PREFIX } from "../core/remote.ts";

/** XState's numbers for `_processingStatus`. */
const RUNNING = 1;
const STOPPED = 2;

/** Another object. What is sent to it becomes a `send` effect. */
export class RemoteRef {
  readonly #outlet: { sendRemote(id: string, event: EventObject): void };
  /** `object:<name>/<key>`. */
  readonly id: string;
  readonly sessionId: string;
  readonly _processingStatus = RUNNING;

  constructor(id: string, outlet: { sendRemote(id: string, event: EventObject): void }) {
    this.id = id;
    this.sessionId = id;
    this.#outlet = outlet;
  }

  get ref(): this {
    return this;
  }

  send(event: EventObject): void {
    this._send(event);
  }

  _send(event: EventObject): void {
    this.#outlet.sendRemote(this.id, event);
  }

  getSnapshot(): undefined {
    return undefined;
  }
}

/** A stopped incarnation: what is sent to it is dropped, its identity survives round trips. */
export class DeadRef {
  readonly id: string;
  readonly path: string;
  readonly sessionId: string;
  readonly _parent: object | undefined;
  readonly _processingStatus = STOPPED;

  constructor(path: string, sessionId: string, parent: object | undefined) {
    this.id = lastId(path);
    this.path = path;
    this.sessionId = sessionId;
    this._parent = parent;
  }

  get ref(): this {
    return this;
  }

  send(): undefined {
    return undefined;
  }

  _send(): undefined {
    return undefined;
  }

  _stop(): this {
    return this;
  }

  getSnapshot(): { readonly status: "stopped" } {
    return { status: "stopped" };
  }
}

export const isRemoteId = (id: string): boolean => id.startsWith(OBJECT_PREFIX);

/** The root's path. A child's is its parent's with one escaped segment more, so ids may hold any character. */
export const ROOT = "";

export function childPath(parent: string, id: string): string {
  const segment = id === "" ? "%" : /[%/#:]/.test(id) ? id.replace(/[%/#:]/g, encodeURIComponent) : id;
  return parent === ROOT ? segment : `${parent}/${segment}`;
}

const lastId = (path: string): string => actorName(path.slice(path.lastIndexOf("/") + 1));

/** The id that a segment of a path stands for. */
export const actorName = (segment: string): string => (segment === "%" ? "" : decodeURIComponent(segment));

export function parentPath(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? ROOT : path.slice(0, slash);
}
