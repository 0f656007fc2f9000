/** `/inspect`: the WebSocket that Stately's inspector reads. It passes the guard like every request, before it is upgraded. */
import { upgradeWebSocket, type WebSocketLike } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { assertKey, isObjectName, quote } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { Inspector } from "../inspector/inspector.ts";
import type { WireFilter, WireSession } from "../inspector/wire.ts";
import { queryOf } from "./input.ts";

/** A reader that is so far behind is disconnected: it gets everything anew when it comes back. */
const MAX_BEHIND_BYTES = 4 * 1024 * 1024;
const TRY_AGAIN_LATER = 1013;

export function wire(inspector: Inspector): MiddlewareHandler {
  return upgradeWebSocket((c) => {
    const { object: name, key } = queryOf(c, ["object", "key"]);
    const filter = checked({ name, key });
    let session: WireSession | undefined;
    return {
      onOpen: (_, socket) => {
        const { raw } = socket as { raw?: WebSocketLike & { readonly bufferedAmount?: number } };
        const end = (): void => socket.close(TRY_AGAIN_LATER, "read again from the beginning");
        const send = (text: string): void => {
          if ((raw?.bufferedAmount ?? 0) > MAX_BEHIND_BYTES) return end();
          socket.send(text);
        };
        session = inspector.wire(filter, send, end);
      },
      onClose: () => session?.close(),
    };
  });
}

function checked({ name, key }: WireFilter): WireFilter {
  if (name !== undefined && !isObjectName(name)) {
    throw new StatorError("INVALID_REQUEST", `object ${quote(name)} is not the name of an object`);
  }
  if (key !== undefined && name === undefined) throw new StatorError("INVALID_REQUEST", "key needs object");
  if (key !== undefined) assertKey(key);
  return { name, key };
}
