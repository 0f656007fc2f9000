/** The table of routes: what is served, described in `/openapi.json`, and told to whoever misses it. */
import type { Context } from "hono";
import { StatorError } from "../core/errors.ts";
import { errorResponse } from "./respond.ts";

export interface Route {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** As OpenAPI writes it: `/objects/{object}/{key}`. */
  readonly path: string;
  readonly summary: string;
  /** Takes an operator's order, and answers what it came to. */
  readonly isOrder?: boolean;
  readonly handle: (c: Context) => Response | Promise<Response>;
}

export const honoPath = (path: string): string => path.replace(/\{(\w+)\}/g, ":$1");
const pattern = (path: string): RegExp => new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`);

/** The answer where no route took the request: the path is served with another method, or not at all. */
export function unrouted(c: Context, routes: readonly Route[]): Response {
  const { pathname } = new URL(c.req.url);
  const methods = routes.filter(({ path }) => pattern(path).test(pathname)).map(({ method }) => method);
  if (methods.length > 0) {
    const allow = [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))].join(", ");
    const message = `${c.req.method} is not allowed on ${pathname.slice(0, 64)}; allowed: ${allow}`;
    return errorResponse(new StatorError("METHOD_NOT_ALLOWED", message), { Allow: allow });
  }
  const known = routes.map(({ method, path }) => `${method} ${path}`).join(", ");
  return errorResponse(new StatorError("INVALID_REQUEST", `there is no such path; there are: ${known}`), {}, 404);
}
