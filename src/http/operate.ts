/** Operators' verbs: each is one call of the client, answered as on NATS. `Idempotency-Key` is the order's id. */
import type { Context } from "hono";
import type { Client } from "../client/index.ts";
import { StatorError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import type { OperatorVerb } from "../core/wire.ts";
import { addressOf, bodyOf, queryOf } from "./input.ts";
import { json } from "./respond.ts";
import type { Route } from "./route.ts";

/** Who it was, where a caller does not say. */
const SOMEBODY = "http";
const TEXTS = ["by", "reason", "orderId", "messageId", "step"] as const;

const SUMMARIES: Readonly<Record<Exclude<OperatorVerb, "purge" | "reveal">, string>> = {
  cancel: "Roll it back, by the machine's own CANCEL",
  kill: "End it at once, without compensation; with preview only say what would stand",
  pause: "Let it make no turns",
  resume: "End a pause",
  retry: "Try again what is parked",
  skip: "Take out for good what is parked",
};

export function operatorRoutes(client: Client, object: string): readonly Route[] {
  const verbs = Object.entries(SUMMARIES) as [keyof typeof SUMMARIES, string][];
  return [
    ...verbs.map(([verb, summary]) => routeOf("POST", `${object}/${verb}`, summary, client, verb)),
    routeOf("DELETE", object, "Purge it: of what has ended nothing stays but a tombstone", client, "purge"),
  ];
}

function routeOf(method: "POST" | "DELETE", path: string, summary: string, client: Client, verb: OperatorVerb): Route {
  const handle = async (c: Context): Promise<Response> => {
    queryOf(c, []);
    const { name, key } = addressOf(c);
    return json(await client.object(name, key)[verb](await orderOf(c)));
  };
  return { method, path, summary, isOrder: true, handle };
}

interface Given extends Partial<Record<(typeof TEXTS)[number], string>> {
  readonly by: string;
  readonly reason: string;
  readonly preview?: boolean;
}

/** Whether the texts say enough is for the hosts to judge; that they are texts is not. */
async function orderOf(c: Context): Promise<Given> {
  const value = parseJson(new TextEncoder().encode((await bodyOf(c)) || "{}"));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new StatorError("INVALID_REQUEST", 'the body must be like {"reason":"why"}');
  }
  const orderId = c.req.header("idempotency-key");
  const given: Record<string, unknown> = { by: SOMEBODY, ...(orderId === undefined ? {} : { orderId }), ...value };
  for (const [name, text] of Object.entries(given)) {
    const isRight = name === "preview" ? typeof text === "boolean" : typeof text === "string" && isText(name);
    if (!isRight) throw new StatorError("INVALID_REQUEST", `${name} is not one of: ${TEXTS.join(", ")}, preview`);
  }
  if (given["reason"] === undefined) throw new StatorError("INVALID_REQUEST", "reason must say why");
  return given as unknown as Given;
}

const isText = (name: string): boolean => (TEXTS as readonly string[]).includes(name);
