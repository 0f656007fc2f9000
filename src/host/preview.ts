/**
 * What an event would do, without doing it: `stator.<ns>.admin.preview.<object>`, answered by any host that serves the
 * object. The stored state is loaded into a live object of its own, which takes the turn and is dropped: the same code
 * as a real turn, so that it tells the truth as long as the revision stands. Nothing is written and nothing leaves.
 */
import { assertKey, formatAddress } from "../core/address.ts";
import { StatorError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import type { Subjects } from "../core/subjects.ts";
import { trailText } from "../core/trail.ts";
import { parseEvent } from "../core/validate.ts";
import type { Previewed, PreviewRequest } from "../core/wire.ts";
import { type EngineTurn, SnapshotError } from "../engine/engine.ts";
import type { Store } from "../ports/store.ts";
import type { DrainableSubscription, Incoming, Transport } from "../ports/transport.ts";
import type { Hosted } from "./objects.ts";
import { gone } from "./refusal.ts";
import type { Replies } from "./replies.ts";

export interface PreviewParts {
  readonly hosted: ReadonlyMap<string, Hosted>;
  readonly store: Store;
  readonly transport: Transport;
  readonly subjects: Subjects;
  readonly replies: Replies;
}

/** One member of the queue answers each request. */
export function listenForPreviews(parts: PreviewParts): DrainableSubscription[] {
  const { hosted, transport, subjects, replies } = parts;
  const answer = (incoming: Incoming): void => {
    preview(parts, incoming).then(
      (body) => replies.text(incoming.reply, JSON.stringify(body)),
      (cause: unknown) => {
        const isOurs = cause instanceof StatorError;
        const error = isOurs ? cause : new StatorError("UNAVAILABLE", "the database does not answer now", { cause });
        replies.error(incoming.reply, error);
      },
    );
  };
  return [...hosted.keys()].map((name) =>
    transport.subscribe(subjects.admin(`preview.${name}`), answer, { queue: "admin" }),
  );
}

async function preview({ hosted, store }: PreviewParts, incoming: Incoming): Promise<Previewed> {
  const { object, key, event: raw } = (parseJson(incoming.data) ?? {}) as Partial<PreviewRequest>;
  const served = hosted.get(object ?? "");
  if (served === undefined || typeof key !== "string") {
    throw new StatorError("INVALID_REQUEST", "a preview needs the object's name and key, and an event");
  }
  assertKey(key);
  const address = { name: served.definition.name, key };
  const event = parseEvent(served.definition, raw);
  const [row] = await store.load([address]);
  if (row === undefined) throw new StatorError("NOT_CREATED", `${formatAddress(address)} does not exist`);
  if (row.status === "purged") throw gone(row);
  const { revision, incarnation } = row;
  try {
    const live = served.engine.restore(row.snapshot, { address, incarnation });
    const before = live.view;
    const turn = live.handle({ kind: "event", event }, { address, incarnation, revision: revision + 1 });
    const { steps, effects } = turn.kind === "settled" ? turn : { steps: { taken: [], guards: [] }, effects: [] };
    const after = turn.kind === "settled" ? turn.view : before;
    return {
      ok: true,
      revision,
      ...outcomeOf(turn),
      before,
      after,
      trail: trailText(served.maker, steps, effects, undefined),
    };
  } catch (cause) {
    if (cause instanceof SnapshotError) throw new StatorError("OBJECT_PAUSED", cause.message, { cause });
    throw cause;
  }
}

function outcomeOf(turn: EngineTurn): Pick<Previewed, "outcome" | "message"> {
  switch (turn.kind) {
    case "settled":
      return { outcome: turn.handled ? "handled" : "not accepted", message: null };
    case "ignored":
      return { outcome: "not accepted", message: "it has ended" };
    case "rejected":
      return { outcome: "failed", message: turn.error.message };
  }
}
