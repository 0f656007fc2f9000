/** Two small switches at the top: whether the page follows what happens, and whether it is dark. */
import type { JSX } from "preact";
import { behindSince } from "./ask.ts";
import { useNow } from "./clock.ts";
import { whole } from "./format.ts";
import { Icon } from "./icon.tsx";
import { live, pauseLive } from "./live.ts";
import { useStore } from "./store.ts";
import { nextTheme, theme } from "./theme.ts";

export function LiveDot(): JSX.Element {
  const { state: heard, heardAt } = useStore(live);
  const since = useStore(behindSince);
  // the stream tells what happens, but what it makes the page ask for is not answered
  const isBehind = heard === "live" && since !== undefined;
  const state = isBehind ? "reconnecting" : heard;
  useNow();
  const text = {
    connecting: "connecting",
    live: "live",
    reconnecting: `reconnecting, data from ${whole(Date.now() - (isBehind ? since : heardAt))} ago`,
    paused: "paused by you",
  }[state];
  const isPaused = state === "paused";
  return (
    <button
      type="button"
      class={`live live-${state}`}
      title={isPaused ? "Follow what happens" : "Hold the page as it is"}
      onClick={() => pauseLive(!isPaused)}
    >
      <span class="live-dot" aria-hidden="true" />
      <span role="status">{text}</span>
    </button>
  );
}

export function ThemeButton(): JSX.Element {
  const chosen = useStore(theme);
  const icon = { system: "system", light: "sun", dark: "moon" } as const;
  return (
    <button
      type="button"
      class="icon-button"
      onClick={nextTheme}
      aria-label={`Colors: ${chosen}`}
      title={`Colors: ${chosen}`}
    >
      <Icon name={icon[chosen]} />
    </button>
  );
}
