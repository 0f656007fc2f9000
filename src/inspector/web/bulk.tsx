/** A verb for many objects, one after the other, at a rate that hosts do not feel. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { BulkProgress, BulkRequest, Verb, VerbRequest } from "../api.ts";
import { type Answer, get, post, Refused, useAnswer } from "./ask.ts";
import { Dialog } from "./dialog.tsx";
import { count, plural } from "./format.ts";
import { Answered, Skeleton } from "./parts.tsx";
import { Store, useStore } from "./store.ts";
import { DANGEROUS, Reason, VERBS } from "./verb.tsx";

/** What a verb does, where each object differs. */
const MANY: Readonly<Record<Verb, string>> = {
  retry: "Tries again, at once, what is parked or waits for its next attempt.",
  skip: "Takes the parked messages out for good. Nothing of them happens.",
  pause: "New turns wait. A running invocation finishes; timers fire on resume; messages queue up.",
  resume: "Waiting messages and timers are handled, in order.",
  cancel: "Sends CANCEL, so each machine undoes what it did, by its own rules. Objects that do not accept it refuse.",
  kill: "Stops at once. No compensation runs: whatever they booked stays booked.",
  purge: "Empties objects that have ended, journal included, for good. What is not over is refused.",
};

export interface Order {
  readonly verb: Verb;
  /** `name/key` each. */
  readonly objects: readonly string[];
  readonly onDone: () => void;
}

/** Outside of the page that asked: what is done to a list may empty it, and its progress is still to be seen. */
const order = new Store<Order | undefined>(undefined);
export const give = (next: Order): void => order.set(next);

export function BulkOrder(): JSX.Element | undefined {
  const given = useStore(order);
  if (given === undefined) return undefined;
  return <BulkDialog {...given} onClose={() => order.set(undefined)} />;
}

const RATE = 20;

function BulkDialog({ verb, objects, onClose, onDone }: Order & { readonly onClose: () => void }): JSX.Element {
  const [id, setId] = useState<string | undefined>(undefined);
  const [isOneFirst, setOneFirst] = useState(objects.length > 1 && verb === "retry");
  const progress = useAnswer<BulkProgress>(id === undefined ? undefined : `bulk/${id}`, 500);
  const what = plural(objects.length, "object");
  const carry = async (request: VerbRequest): Promise<void> => {
    const body: BulkRequest = {
      ...request,
      verb,
      objects: isOneFirst ? objects.slice(0, 1) : objects,
      ratePerSecond: RATE,
    };
    const begun = await post<BulkProgress>("bulk", body);
    if (isOneFirst) await tryFirst(begun, objects[0] ?? "");
    setId(isOneFirst ? (await post<BulkProgress>("bulk", { ...body, objects: objects.slice(1) })).id : begun.id);
  };
  return (
    <Dialog title={`${VERBS[verb]}: ${what}`} onClose={onClose}>
      <p class={DANGEROUS.includes(verb) ? "consequence danger" : "consequence"}>{MANY[verb]}</p>
      {id === undefined ? (
        <>
          {verb === "retry" && objects.length > 1 ? (
            <label class="check">
              <input
                type="checkbox"
                checked={isOneFirst}
                onChange={(event) => setOneFirst(event.currentTarget.checked)}
              />
              Try one, then the rest: stops where the first one fails again
            </label>
          ) : undefined}
          <p class="quiet">At most {RATE} each second.</p>
          <Reason verb={verb} label={`${VERBS[verb]} ${what}`} isOn carry={carry} />
        </>
      ) : (
        <Progress answer={progress} first={isOneFirst ? 1 : 0} onClose={() => [onDone(), onClose()]} />
      )}
    </Dialog>
  );
}

const LOOK_MS = 250;

/** Rejects where the first one fails or is parked again: the rest is not touched. */
async function tryFirst(begun: BulkProgress, object: string): Promise<void> {
  let { id, isOver, failed, failures } = begun;
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    ({ isOver, failed, failures } = await get<BulkProgress>(`bulk/${id}`));
  }
  if (failed === 0) return;
  const why = failures[0]?.message ?? "";
  throw new Refused("FAILED", `The first one failed, the rest was not touched: ${object}: ${why}`);
}

function Progress({
  answer,
  first,
  onClose,
}: {
  readonly answer: Answer<BulkProgress>;
  readonly first: number;
  readonly onClose: () => void;
}): JSX.Element {
  return (
    <Answered answer={answer} skeleton={<Skeleton rows={2} />}>
      {({ total, done, failed, isOver, failures }) => (
        <div class="progress">
          <progress max={total + first} value={done + failed + first} />
          <p>
            {count(done + first)} of {count(total + first)} done{failed > 0 ? `, ${count(failed)} failed` : ""}
          </p>
          {failures.map(({ object, message }) => (
            <p key={object} class="field-error">
              <bdi>{object}</bdi>: {message}
            </p>
          ))}
          <footer class="over-foot">
            <button type="button" class="button button-main" onClick={onClose}>
              {isOver ? "Done" : "Go on in the background"}
            </button>
          </footer>
        </div>
      )}
    </Answered>
  );
}
