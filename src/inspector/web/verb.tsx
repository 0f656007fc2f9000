/** Operator verbs: the consequence first, then a reason, then the deed. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Consequences, Verb, VerbRequest, VerbResult } from "../api.ts";
import { keyText } from "../visible.ts";
import { post, Refused, useAnswer } from "./ask.ts";
import { Dialog, FormFoot, useFirstFocus } from "./dialog.tsx";
import { notify } from "./notice.tsx";
import { Answered, Skeleton } from "./parts.tsx";

export const VERBS: Readonly<Record<Verb, string>> = {
  retry: "Retry now",
  skip: "Skip",
  pause: "Pause",
  resume: "Resume",
  cancel: "Cancel",
  kill: "Kill",
  purge: "Purge",
};

export const DANGEROUS: readonly (Verb | "reveal")[] = ["kill", "cancel", "skip", "purge"];

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
    <Dialog title={`${VERBS[verb]}: ${name}/${keyText(objectKey)}`} onClose={onClose}>
      <Answered answer={answer} skeleton={<Skeleton rows={2} />}>
        {({ verbs }) => {
          const known = verbs.find((one) => one.verb === verb);
          const isOffered = known?.isOffered ?? false;
          return (
            <>
              <p class={DANGEROUS.includes(verb) ? "consequence danger" : "consequence"}>
                {known?.consequence ?? "This host does not offer it."}
              </p>
              <Reason
                verb={verb}
                label={`${VERBS[verb]} ${name}/${keyText(objectKey)}`}
                isOn={isOffered}
                carry={carry}
              />
            </>
          );
        }}
      </Answered>
    </Dialog>
  );
}

interface ReasonProps {
  readonly verb: Verb | "reveal";
  readonly label: string;
  readonly isOn: boolean;
  readonly carry: (request: VerbRequest) => Promise<void>;
}

/** Who and why stand in the audit. */
export function Reason({ verb, label, isOn, carry }: ReasonProps): JSX.Element {
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
      <FormFoot
        failure={failure}
        label={isBusy ? "…" : label}
        isDanger={DANGEROUS.includes(verb)}
        isOff={!isOn || isBusy || reason.trim() === ""}
      />
    </form>
  );
}
