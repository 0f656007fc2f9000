/** Asked for only where the host is open to others. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { giveToken, Refused } from "./ask.ts";
import { Dialog, FormFoot } from "./dialog.tsx";

export function TokenDialog(): JSX.Element {
  const [text, setText] = useState("");
  const [failure, setFailure] = useState("");
  const give = async (event: Event): Promise<void> => {
    event.preventDefault();
    setFailure("");
    try {
      await giveToken(text.trim());
    } catch (cause) {
      setFailure(cause instanceof Refused ? cause.message : "The host that serves this page does not answer.");
    }
  };
  return (
    <Dialog title="This host asks for its token" onClose={() => undefined}>
      <p>It was given to the host when it was started. This browser stays signed in for twelve hours.</p>
      <form class="form" onSubmit={(event) => void give(event)}>
        <label>
          Token
          <input
            type="password"
            required
            autocomplete="off"
            aria-invalid={failure !== ""}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <FormFoot failure={failure} label="Go on" />
      </form>
    </Dialog>
  );
}
