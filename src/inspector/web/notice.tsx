/** Short news at the edge of the page: what a verb came to. */
import type { JSX } from "preact";
import { Icon } from "./icon.tsx";
import { Store, useStore } from "./store.ts";

export interface Notice {
  readonly id: number;
  readonly kind: "ok" | "error";
  readonly text: string;
}

const SHOWN_MS = 8_000;
const notices = new Store<readonly Notice[]>([]);
let lastId = 0;

export function notify(kind: Notice["kind"], text: string): void {
  const notice = { id: ++lastId, kind, text };
  notices.set([...notices.value.slice(-2), notice]);
  setTimeout(() => dismiss(notice.id), SHOWN_MS);
}

const dismiss = (id: number): void => notices.set(notices.value.filter((notice) => notice.id !== id));

export function Notices(): JSX.Element {
  const shown = useStore(notices);
  return (
    <div class="notices" role="status">
      {shown.map(({ id, kind, text }) => (
        <div key={id} class={`notice notice-${kind}`}>
          <Icon name={kind === "ok" ? "check" : "warn"} />
          <span>{text}</span>
          <button type="button" class="icon-button" onClick={() => dismiss(id)} aria-label="Dismiss">
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
