/** The inspector's routes that change something. Each is a POST with a JSON body, which no form of another site can send. */
import type { Context } from "hono";
import { type Address, quote } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import type { EventObject } from "../core/message.ts";
import { isVerb } from "../inspector/act.ts";
import type { BulkRequest, VerbRequest } from "../inspector/api.ts";
import type { Inspector } from "../inspector/inspector.ts";
import { bodyOf, queryOf } from "./input.ts";
import { json } from "./respond.ts";
import type { Route } from "./route.ts";

export function actRoutes(inspector: Inspector, api: string, objectOf: (c: Context) => Address): readonly Route[] {
  const { actions, bulk } = inspector;
  const post = (path: string, summary: string, act: (c: Context) => Promise<unknown>): Route => ({
    method: "POST",
    path: `${api}/${path}`,
    summary,
    handle: async (c) => {
      queryOf(c, []);
      return json(await act(c));
    },
  });
  const object = "object/{object}/{key}";
  return [
    post(`${object}/preview`, "What an event would do", async (c) => {
      const { event } = await eventIn(c);
      return actions.preview(objectOf(c), event);
    }),
    post(`${object}/send`, "Send an event", async (c) => {
      const { event, messageId } = await eventIn(c);
      return actions.send(objectOf(c), event, messageId);
    }),
    post("bulk", "One verb on many objects", async (c) => bulk.start((await recordIn(c)) as unknown as BulkRequest)),
    post(`${object}/reveal`, "One masked field, with a reason", async (c) => {
      const fields = await recordIn(c);
      return inspector.reveal(objectOf(c), { ...verbIn(fields), field: pathIn(fields), turn: turnIn(fields) });
    }),
    post(`${object}/{verb}`, "An operator's verb", async (c) => {
      const verb = c.req.param("verb") ?? "";
      if (!isVerb(verb)) throw new StatorError("INVALID_REQUEST", `${quote(verb)} is no verb of operators`);
      return actions.operate(objectOf(c), verb, verbIn(await recordIn(c)));
    }),
  ];
}

type Fields = Readonly<Record<string, unknown>>;

export async function recordIn(c: Context): Promise<Fields> {
  const value = parseJson(new TextEncoder().encode(await bodyOf(c)));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new StatorError("INVALID_REQUEST", "the body must be a JSON object");
}

async function eventIn(c: Context): Promise<{ readonly event: EventObject; readonly messageId: string | undefined }> {
  const { event, messageId } = await recordIn(c);
  if (typeof event !== "object" || event === null || typeof (event as Partial<EventObject>).type !== "string") {
    throw new StatorError("INVALID_REQUEST", 'the body must be {"event":{"type":…}}');
  }
  return { event: event as EventObject, messageId: textIn("messageId", messageId) };
}

function pathIn({ field }: Fields): readonly string[] {
  if (Array.isArray(field) && field.length > 0 && field.every((key) => typeof key === "string")) return field;
  throw new StatorError("INVALID_REQUEST", "field must be the keys from the context down to it");
}

function turnIn({ turn }: Fields): number {
  if (typeof turn === "number" && Number.isSafeInteger(turn) && turn > 0) return turn;
  throw new StatorError("INVALID_REQUEST", "turn must be the number of a turn");
}

function verbIn({ reason, by, messageId }: Fields): VerbRequest {
  const who = textIn("by", by);
  const which = textIn("messageId", messageId);
  const rest = { ...(who === undefined ? {} : { by: who }), ...(which === undefined ? {} : { messageId: which }) };
  return { reason: textIn("reason", reason) ?? "", ...rest };
}

export function textIn(name: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw new StatorError("INVALID_REQUEST", `${name} must be a text that is not empty`);
}
