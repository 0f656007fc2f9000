/** Subscribes straight to nats-server and writes down what hosts publish: the changes feed, and emitted events. */
import type { NatsConnection } from "nats";
import { type Change, HEADER } from "../../src/core/wire.ts";

export class Witness {
  readonly changes: Change[] = [];
  readonly emitted: string[] = [];

  constructor(connection: NatsConnection, namespace: string) {
    connection.subscribe(`stator.${namespace}.changed.>`, {
      callback: (error, message) => {
        if (error !== null) return;
        const change = JSON.parse(message.string()) as Change;
        if (change.object !== "probe") this.changes.push(change);
      },
    });
    connection.subscribe(`stator.${namespace}.emitted.>`, {
      callback: (error, message) => {
        if (error === null) this.emitted.push(message.headers?.get(HEADER.effectId) ?? "");
      },
    });
  }
}
