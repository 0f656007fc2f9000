/** Operator verbs: the consequence first, then a reason, then the deed. Of one object, or of many, one after the other. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { BulkProgress, BulkRequest, Consequences, Verb, VerbRequest, VerbResult } from "../api.ts";
import { type Answer, get, post, Refused, useAnswer } from "./ask.ts";
import { Dialog, useFirstFocus } from "./dialog.tsx";
import { count, plural } from "./format.ts";
import { notify } from "./notice.tsx";
import { Answered, Skeleton } from "./parts.tsx";

export const VERBS: Readonly<Record<Verb, string>> = {
  retry: "Retry now",
  skip: "Skip",
  pause: "Pause",
  resume: "Resume",
  cancel: "Cancel",
  kill: "Kill",
};

/** What a verb does, where each object differs. */
const MANY: Readonly<Record<Verb, string>> = {
  retry: "Tries again, at once, what is parked or waits for its next attempt.",
  skip: "Takes the parked messages out for good. Nothing of them happens.",
  pause: "New turns wait. A running invocation finishes; timers fire on resume; messages queue up.",
  resume: "Waiting messages and timers are handled, in order.",
  cancel: "Sends CANCEL, so each machine undoes what it did, by its own rules. Objects that do not accept it refuse.",
  kill: "Stops at once. No compensation runs: whatever they booked stays booked.",
};

export const DANGEROUS: readonly Verb[] = ["kill", "cancel", "skip"];

const NAME = "stator-operator";

export const apiPath = (name: string, key: string, rest = ""): string =>
  `object/${encodeURIComponent(name)}/${encodeURIComponent(key)}${rest === "" ? "" : `/${rest}`}`;

export interface OneProps {
  readonly name: string;
  readonly objectKey: string;
  readonly verb: Verb;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function VerbDialog({ name, objectKey, verb, onClose, onDone }: OneProps): JSX.Element {
  const answer = useAnswer<Consequences>(apiPath(name, objectKey, "consequences"));
  const carry = async (request: VerbRequest): Promise<void> => {
    const { message } = await post<VerbResult>(apiPath(name, objectKey, verb), request);
    notify("ok", message);
    onDone();
    onClose();
  };
  return (
    <Dialog title={`${VERBS[verb]}: ${name}/${objectKey}`} onClose={onClose}>
      <Answered answer={answer} skeleton={<Skeleton rows={2} />}>
        {({ verbs }) => {
          const known = verbs.find((one) => one.verb === verb);
          const isOffered = known?.isOffered ?? false;
          return (
            <>
              <p class={DANGEROUS.includes(verb) ? "consequence danger" : "consequence"}>
                {known?.consequence ?? "This host does not offer it."}
              </p>
              <Reason verb={verb} label={`${VERBS[verb]} ${name}/${objectKey}`} isOn={isOffered} carry={carry} />
            </>
          );
        }}
      </Answered>
    </Dialog>
  );
}

interface ReasonProps {
  readonly verb: Verb;
  readonly label: string;
  readonly isOn: boolean;
  readonly carry: (request: VerbRequest) => Promise<void>;
}

/** Who and why stand in the audit. */
function Reason({ verb, label, isOn, carry }: ReasonProps): JSX.Element {
  const [reason, setReason] = useState("");
  const [by, setBy] = useState(window.localStorage.getItem(NAME) ?? "");
  const [failure, setFailure] = useState("");
  const [isBusy, setBusy] = useState(false);
  const field = useFirstFocus<HTMLInputElement>();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailure("");
    window.localStorage.setItem(NAME, by.trim());
    try {
      await carry({ reason: reason.trim(), ...(by.trim() === "" ? {} : { by: by.trim() }) });
    } catch (cause) {
      setFailure(cause instanceof Refused ? cause.message : String(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      <label>
        Reason
        <input
          required
          ref={field}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
          placeholder="for the audit"
          disabled={!isOn}
        />
      </label>
      <label>
        Your name
        <input
          value={by}
          onInput={(event) => setBy(event.currentTarget.value)}
          placeholder="optional"
          disabled={!isOn}
          autocomplete="name"
        />
      </label>
      {failure === "" ? undefined : (
        <p class="field-error" role="alert">
          {failure}
        </p>
      )}
      <footer class="over-foot">
        <button
          type="submit"
          class={`button ${DANGEROUS.includes(verb) ? "button-danger" : "button-main"}`}
          disabled={!isOn || isBusy || reason.trim() === ""}
        >
          {isBusy ? "…" : label}
        </button>
      </footer>
    </form>
  );
}

export interface ManyProps {
  readonly verb: Verb;
  /** `name/key` each. */
  readonly objects: readonly string[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const RATE = 20;

export function BulkDialog({ verb, objects, onClose, onDone }: ManyProps): JSX.Element {
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
    if (isOneFirst) await untilOver(begun);
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
              Try one, then the rest: stops where the first one fails
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

/** Rejects where the one failed: the rest is not tried. */
async function untilOver({ id }: BulkProgress): Promise<void> {
  for (;;) {
    const { isOver, failed, failures } = await get<BulkProgress>(`bulk/${id}`);
    if (failed > 0)
      throw new Refused("FAILED", `The first one failed, the rest was not touched: ${failures[0]?.message ?? ""}`);
    if (isOver) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
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
              {object}: {message}
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
