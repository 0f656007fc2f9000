/** The OpenAPI description, made from the routes as they are and the schemas of the definitions that are hosted. */
import { z } from "zod";
import { ERROR_STATUS } from "../core/errors.ts";
import { STATUSES } from "../core/message.ts";
import { DEFAULT_PAGE, MAX_PAGE, OPERATOR_VERBS } from "../core/wire.ts";
import type { Route } from "./route.ts";

/** What of an `ObjectDefinition` the description shows. */
export interface ObjectSchemas {
  readonly name: string;
  readonly private: boolean;
  readonly events: ReadonlyMap<string, z.ZodType>;
  readonly input: z.ZodType | undefined;
}

type Json = Record<string, unknown>;

export function openApi(
  routes: readonly Route[],
  options: { readonly version: string; readonly objects: readonly ObjectSchemas[] },
): Json {
  const paths: Record<string, Json> = {};
  const add = (path: string, method: string, operation: Json): void => {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  };
  for (const object of options.objects.filter((candidate) => !candidate.private)) {
    for (const route of routes.filter(isMessage)) {
      const path = route.path.replace("{object}", object.name);
      add(path, route.method, operationOf({ ...route, path }, bodyOf(route, object), object.name));
    }
  }
  for (const route of routes) add(route.path, route.method, operationOf(route, bodyOf(route, undefined)));
  return {
    openapi: "3.1.0",
    info: { title: "Stator", version: options.version },
    paths,
    components: { schemas: SCHEMAS, securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    security: [{}, { token: [] }],
  };
}

/** A create or a send: its body follows the object's schemas. */
const isMessage = ({ method, isOrder }: Route): boolean => method !== "GET" && isOrder !== true;

function operationOf(route: Route, body: Json | undefined, name = "{object}"): Json {
  const isChange = route.method !== "GET";
  return {
    operationId: `${route.method} ${route.path}`.replace(/[^A-Za-z0-9]+/g, "_").replace(/_$/, ""),
    summary: route.summary,
    tags: [name === "{object}" ? "any object" : name],
    parameters: [...pathParameters(route.path), ...(QUERY[route.path] ?? []), ...(isChange ? headersOf(route) : [])],
    ...(body === undefined ? {} : { requestBody: { required: route.method !== "PUT", content: content(body) } }),
    responses: { "200": answerOf(route), default: { description: ERRORS, content: content(ref("Error")) } },
  };
}

/** The body of a create, a send or an order; undefined where the route takes none. */
function bodyOf({ method, isOrder }: Route, object: ObjectSchemas | undefined): Json | undefined {
  if (method === "GET") return undefined;
  if (isOrder === true) return ref("Order");
  if (object === undefined) return method === "PUT" ? {} : ref("Event");
  if (method === "PUT") return object.input === undefined ? { not: {} } : schemaOf(object.input);
  return { oneOf: [...object.events].map(([type, schema]) => eventSchema(type, schema)) };
}

function eventSchema(type: string, schema: z.ZodType): Json {
  const { $schema: _, properties, required, ...rest } = schemaOf(schema);
  return {
    ...rest,
    properties: { type: { const: type }, ...(properties as Json | undefined) },
    required: ["type", ...((required as string[] | undefined) ?? [])],
  };
}

/** Of what a caller sends. A schema that JSON Schema cannot say is shown as any object. */
function schemaOf(schema: z.ZodType): Json {
  try {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", cycles: "throw" });
    return json;
  } catch {
    return { type: "object" };
  }
}

function answerOf({ path, method, isOrder }: Route): Json {
  if (isOrder === true) return { description: "Done, or nothing to do", content: content(ref("Ordered")) };
  if (path.endsWith("/changes")) {
    return { description: "A stream of changes", content: { "text/event-stream": { schema: ref("Change") } } };
  }
  const isObject = path.startsWith("/objects/") && !path.endsWith("/journal");
  const schema = method === "GET" ? ref("Snapshot") : ref("Receipt");
  return { description: "Done", content: content(isObject ? schema : { type: "object" }) };
}

const content = (schema: Json): Json => ({ "application/json": { schema } });
const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
    ...(name === "key" ? { description: "Percent-encoded, slashes too. '.' and '..' cannot stand in a URL." } : {}),
  }));
}

const query = (name: string, description: string, schema: Json = { type: "string" }): Json => ({
  name,
  in: "query",
  description,
  schema,
});
const LIMIT = query("limit", `${DEFAULT_PAGE} unless given`, { type: "integer", minimum: 1, maximum: MAX_PAGE });
const MATCHES = query("matches", "A state value as dotted path, or as JSON");
const LAST_ID: Json = {
  name: "Last-Event-ID",
  in: "header",
  description: "The last revision that was seen: the stream begins after it",
  schema: { type: "integer" },
};
const QUERY: Readonly<Record<string, readonly Json[]>> = {
  "/objects": [
    query("object", "Name of the definition"),
    query("matches", "A state value as dotted path"),
    query("tag", "A tag of the state"),
    query("status", "active, done, error, stopped, or purged: those are listed only so"),
    query("q", "Beginning of the key"),
    query("after", "`next` of the page before"),
    LIMIT,
  ],
  "/objects/{object}/{key}/journal": [query("after", "Entries above this revision", { type: "integer" }), LIMIT],
  "/objects/{object}/{key}/wait": [
    MATCHES,
    query("tag", "A tag of the state"),
    query("status", "active, done, error or stopped"),
    query("timeout", "30s unless given; at most 10m"),
  ],
  "/objects/{object}/{key}/changes": [LAST_ID],
  "/changes": [query("object", "Name of the definition"), MATCHES],
};

const header = (name: string, description: string): Json => ({
  name,
  in: "header",
  description,
  schema: { type: "string" },
});
const MESSAGE_HEADERS: readonly Json[] = [
  header("Idempotency-Key", "The message id: the same key is applied once, and answered the same"),
  header("Stator-Sent-At", "When a key that is no UUIDv7 was first sent"),
  header("Stator-Delay", "5m, 1500ms or an ISO date: stored now, delivered then"),
];

const ORDER_HEADERS: readonly Json[] = [
  header("Idempotency-Key", "The order's id: the same key is carried out once, and audited once"),
];
const headersOf = ({ isOrder }: Route): readonly Json[] => (isOrder === true ? ORDER_HEADERS : MESSAGE_HEADERS);

const ERRORS = `An error; its code has this number: ${Object.entries(ERROR_STATUS)
  .map(([code, status]) => `${code} ${status}`)
  .join(", ")}`;

const STATE: Json = {
  ok: { const: true },
  object: { type: "string" },
  key: { type: "string" },
  revision: { type: "integer" },
  status: { enum: STATUSES },
  value: {},
  tags: { type: "array", items: { type: "string" } },
  context: {},
  output: {},
};
const SCHEMAS: Json = {
  Event: { type: "object", properties: { type: { type: "string", minLength: 1 } }, required: ["type"] },
  Snapshot: { type: "object", properties: STATE },
  Receipt: { type: "object", properties: { ...STATE, messageId: { type: "string" }, duplicate: { type: "boolean" } } },
  Change: {
    type: "object",
    properties: {
      object: { type: "string" },
      key: { type: "string" },
      revision: { type: "integer" },
      messageId: { type: "string" },
      event: { type: "string" },
      before: {},
      after: {},
      status: { enum: STATUSES },
      tags: { type: "array", items: { type: "string" } },
      at: { type: "string", format: "date-time" },
    },
  },
  Order: {
    type: "object",
    properties: {
      reason: { type: "string", minLength: 1, description: "Why; kept in the audit" },
      by: { type: "string", minLength: 1, description: "Who; 'http' unless given" },
      orderId: { type: "string", description: "The same as Idempotency-Key" },
      messageId: { type: "string", description: "Of retry and skip: which message, where several are parked" },
      step: { type: "string", description: "Of retry and skip: which step of a saga, where several are parked" },
      preview: { type: "boolean", description: "Of kill: only say what would stand" },
    },
    required: ["reason"],
    additionalProperties: false,
  },
  Ordered: {
    type: "object",
    properties: {
      ok: { const: true },
      object: { type: "string" },
      key: { type: "string" },
      verb: { enum: OPERATOR_VERBS },
      changed: { type: "boolean", description: "False where there was nothing left to do" },
      message: { type: "string", description: "One sentence, for people" },
      status: { enum: STATUSES },
      value: {},
    },
  },
  Error: {
    type: "object",
    properties: {
      ok: { const: false },
      error: {
        type: "object",
        properties: {
          code: { enum: Object.keys(ERROR_STATUS) },
          message: { type: "string" },
          retryable: { type: "boolean" },
          details: { type: "object" },
        },
        required: ["code", "message", "retryable"],
      },
    },
  },
};
