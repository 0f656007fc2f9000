/** The oracle of the simulation, and what it does not know: stock, effector and visit. Written without XState. */
import { type Entry, type Model, type Step, step } from "../simulation/oracle.ts";
import { emptyStock, finish, reserve, type Stock } from "./stock.ts";

interface Event {
  readonly type: string;
  readonly [property: string]: unknown;
}

const born = (context: object): Model => ({
  value: "",
  status: "active",
  context: context as Record<string, unknown>,
  armed: new Map(),
  running: undefined,
});

function stepStock(before: Model, { revision, kind, event }: Entry): Step {
  const stock = before.context as unknown as Stock;
  const armed = new Map(before.armed);
  if (kind === "timer") {
    const { generation } = event as { generation: number };
    const id = armed.get(generation);
    if (!armed.delete(generation)) return { model: before, out: [], fault: `timer ${generation} was not armed` };
    return { model: { ...before, armed, context: { ...finish(stock, String(id), "expired") } }, out: [] };
  }
  const { type, id, qty } = event as Event & { readonly id: string; readonly qty: number };
  if (type === "RESERVE") {
    const after = reserve(stock, { id, qty });
    if (after.held[id] !== undefined && stock.held[id] === undefined) armed.set(revision, id);
    return { model: { ...before, armed, context: { ...after } }, out: [] };
  }
  for (const [generation, of] of armed) if (of === id) armed.delete(generation);
  const after = finish(stock, id, type === "CONFIRM" ? "confirmed" : "released");
  return { model: { ...before, armed, context: { ...after } }, out: [] };
}

function stepEffector(before: Model, { event }: Entry): Step {
  const { effects, to } = event as { readonly effects: number; readonly to: string };
  const turns = (before.context["turns"] as number) + 1;
  const out = [...Array.from({ length: effects }, () => "action deliver"), "emit SPREAD_DONE", `send notes/${to}`];
  return { model: { ...before, context: { turns } }, out };
}

function stepVisit(before: Model, { revision, kind, event }: Entry): Step {
  if (kind === "create") {
    const armed = new Map([[revision, undefined]]);
    return { model: { ...before, context: event as Record<string, unknown>, armed }, out: [] };
  }
  if (before.value !== "there")
    return { model: before, out: [], fault: `a ${kind} was applied to a visit that is over` };
  return { model: { ...before, value: "gone", status: "done", armed: new Map() }, out: [] };
}

function purge(before: Model): Step {
  const model = { ...before, value: "", context: {}, status: "purged", armed: new Map(), running: undefined };
  return { model, out: [] };
}

export function stepChaos(name: string, model: Model | undefined, entry: Entry): Step {
  if (entry.kind === "purged" && model !== undefined) return purge(model);
  if (name === "stock") return stepStock(model ?? born(emptyStock), entry);
  if (name === "effector") return stepEffector(model ?? born({ turns: 0 }), entry);
  if (name === "visit") return stepVisit(model ?? { ...born({}), value: "there" }, entry);
  return step(name, model, entry);
}
