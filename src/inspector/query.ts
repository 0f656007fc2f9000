/** Filters as people give them, checked, and as the views take them. */
import { isObjectName, quote } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import type { Condition, FieldTest, Flag, ObjectsQuery } from "../ports/views.ts";
import type { Machines } from "./machines.ts";
import { touches } from "./sensitive.ts";
import { limitsOf } from "./stuck.ts";

/** As in the query of a URL. */
export interface ListFilter {
  readonly name?: string;
  readonly state?: string;
  readonly tag?: string;
  readonly condition?: string;
  readonly flag?: string;
  readonly status?: string;
  readonly version?: string;
  readonly q?: string;
  readonly where?: readonly string[];
}

const CONDITIONS: readonly Condition[] = [
  "parked",
  "compensating",
  "retrying",
  "paused",
  "running",
  "waiting",
  "done",
  "failed",
  "canceled",
  "killed",
];
/** Not stored: it follows from the time, and from what the machine says of its states. */
const STUCK = "stuck";
const FLAGS: readonly Flag[] = ["parked", "retrying", "paused", "running"];
const STATUSES = ["active", "done", "error", "stopped"] as const;

export function objectsQuery(filter: ListFilter, machines: Machines): Omit<ObjectsQuery, "after" | "limit"> {
  const { name, state, tag, version, q } = filter;
  if (name !== undefined && !isObjectName(name)) throw invalid(`name ${quote(name)} is not the name of an object`);
  if (state !== undefined && name === undefined) throw invalid("state needs name: it is a state of a machine");
  const isStuck = filter.flag === STUCK;
  if (isStuck && name === undefined) throw invalid("flag stuck needs name: each machine has its own limits");
  const path =
    state === undefined || name === undefined ? [] : (machines.find(name)?.pathOf(state) ?? state.split("."));
  return {
    name,
    path: path.length === 0 ? undefined : path,
    tag,
    condition: oneOf("condition", filter.condition, CONDITIONS),
    flag: isStuck ? undefined : oneOf("flag", filter.flag, FLAGS),
    stuck: isStuck && name !== undefined ? limitsOf(machines.get(name)) : undefined,
    status: oneOf("status", filter.status, STATUSES),
    version,
    prefix: q === "" ? undefined : q,
    where: (filter.where ?? []).map((text) => shownField(fieldTest(text), name, machines)),
  };
}

function oneOf<Word extends string>(what: string, given: string | undefined, words: readonly Word[]): Word | undefined {
  if (given === undefined) return undefined;
  const word = words.find((one) => one === given);
  if (word === undefined) throw invalid(`${what} ${quote(given)} must be one of ${words.join(", ")}`);
  return word;
}

/** A masked field cannot be asked about either: the answers would spell it out. */
function shownField(test: FieldTest, name: string | undefined, machines: Machines): FieldTest {
  const asked = machines.all().filter(({ about }) => name === undefined || about.name === name);
  if (!asked.some(({ about }) => touches(about.sensitive.context, test.path))) return test;
  throw new StatorError("FORBIDDEN", `field ${quote(test.path.join("."))} is masked, and so cannot be filtered by`);
}

/** `total>500`, `plan=pro`, `items.0.sku=a-1` */
function fieldTest(text: string): FieldTest {
  const [, path = "", is = "", value = ""] = /^([^=<>]+)([=<>])(.*)$/s.exec(text) ?? [];
  if (path === "") throw invalid(`where ${quote(text)} must be like total>500, plan=pro or age<7`);
  return { path: path.trim().split("."), is: is as FieldTest["is"], value: value.trim() };
}

const invalid = (message: string): StatorError => new StatorError("INVALID_REQUEST", message);
