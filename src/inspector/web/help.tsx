/** The keys. */
import type { JSX } from "preact";
import { Dialog } from "./dialog.tsx";

const KEYS: readonly (readonly [string, string])[] = [
  ["⌘K  /", "Jump to an object, a machine or a page"],
  ["g  o", "Overview, objects"],
  ["j  k  Enter", "Down, up and open in a list"],
  ["←  →", "On an object: the turn before, the turn after"],
  ["Space", "Play the turns"],
  ["L", "Back to now"],
  ["E", "Send an event"],
  ["R", "Retry now"],
  ["Esc", "Close what is open"],
];

export function Help({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              {key.split("  ").map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
