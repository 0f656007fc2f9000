/** A masked field, in the clear while the dialog is open; that it was read stands in the audit. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Revealed, RevealRequest, VerbRequest } from "../api.ts";
import { keyText } from "../visible.ts";
import { post } from "./ask.ts";
import { Dialog } from "./dialog.tsx";
import { Value } from "./value.tsx";
import { apiPath, Reason } from "./verb.tsx";

export interface RevealProps {
  readonly name: string;
  readonly objectKey: string;
  readonly turn: number;
  readonly field: readonly string[];
  readonly onClose: () => void;
}

export function RevealDialog({ name, objectKey, turn, field, onClose }: RevealProps): JSX.Element {
  const [revealed, setRevealed] = useState<Revealed | undefined>(undefined);
  const what = field.join(".");
  const carry = async (given: VerbRequest): Promise<void> => {
    const request: RevealRequest = { ...given, field, turn };
    setRevealed(await post<Revealed>(apiPath(name, objectKey, "reveal"), request));
  };
  return (
    <Dialog title={`Reveal ${what} of ${name}/${keyText(objectKey)}`} onClose={onClose}>
      {revealed === undefined ? (
        <>
          <p class="consequence">
            Shows what is masked, as it was after turn {turn}. The audit keeps who asked, and why.
          </p>
          <Reason verb="reveal" label={`Reveal ${what}`} isOn carry={carry} />
        </>
      ) : (
        <div data-revealed={what}>
          <Value value={{ [what]: revealed.value }} />
          <p class="quiet">It is masked again when this is closed.</p>
        </div>
      )}
    </Dialog>
  );
}
