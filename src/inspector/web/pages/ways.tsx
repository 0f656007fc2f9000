/** Why an object goes no other way: of the arrows that were clicked, or of all of its chart. */
import type { JSX } from "preact";
import type { ObjectView, WayShown, WaysView } from "../../api.ts";
import { useAnswer } from "../ask.ts";
import { Icon } from "../icon.tsx";
import { Answered, Skeleton } from "../parts.tsx";
import { turnTo, usePlace } from "../place.ts";
import { apiPath } from "../verb.tsx";

const leaf = (id: string): string => id.slice(id.lastIndexOf(".") + 1);

function pathOf({ name, key, turn }: ObjectView, transitions: string | undefined): string {
  const query = new URLSearchParams({ turn: String(turn), ...(transitions === undefined ? {} : { transitions }) });
  return apiPath(name, key, `ways?${query}`);
}

/** Over the chart, for the arrows in the address. */
export function PickedWays({ object }: { readonly object: ObjectView }): JSX.Element | undefined {
  const { query } = usePlace();
  const arrow = query.get("arrow") ?? "";
  const isValid = /^\d+(,\d+)*$/.test(arrow);
  const answer = useAnswer<WaysView>(isValid ? pathOf(object, arrow) : undefined);
  if (!isValid) return undefined;
  return (
    <section class="ways-picked" aria-label="Why this arrow, or why not">
      <button
        type="button"
        class="icon-button"
        onClick={() => turnTo({ arrow: undefined }, "replace")}
        aria-label="Close"
      >
        <Icon name="close" />
      </button>
      <Answered answer={answer} skeleton={<Skeleton rows={2} />}>
        {({ ways }) => (
          <div class="ways">
            {ways.length === 0 ? <p class="quiet">This version of the machine has no such arrow.</p> : undefined}
            {ways.map((way) => (
              <Way key={way.transition} way={way} />
            ))}
          </div>
        )}
      </Answered>
    </section>
  );
}

/** In words, for those who see no chart: all that cannot happen, and why. */
export function ClosedWays({ object }: { readonly object: ObjectView }): JSX.Element {
  const { query } = usePlace();
  const isOpen = query.get("why") === "all";
  const answer = useAnswer<WaysView>(isOpen ? pathOf(object, undefined) : undefined);
  return (
    <section class="section">
      <button
        type="button"
        class="link"
        aria-expanded={isOpen}
        onClick={() => turnTo({ why: isOpen ? undefined : "all" }, "replace")}
      >
        {isOpen ? "Hide what cannot happen" : "What cannot happen, and why"}
      </button>
      {isOpen ? (
        <Answered answer={answer} skeleton={<Skeleton rows={4} />}>
          {({ ways }) => (
            <div class="ways">
              {ways
                .filter((way) => !way.isOpen)
                .map((way) => (
                  <Way key={way.transition} way={way} />
                ))}
            </div>
          )}
        </Answered>
      ) : undefined}
    </section>
  );
}

function Way({ way }: { readonly way: WayShown }): JSX.Element {
  const { transition, label, source, targets, guard, taken, isOpen, reason } = way;
  return (
    <div class={`step way ${isOpen ? "way-open" : "way-closed"}`} data-way={transition}>
      <p>
        <b>
          {isOpen ? "" : "✕ "}
          {label}
        </b>
        {taken.length === 0 ? undefined : <span class="quiet">turn {taken.join(", ")}</span>}
      </p>
      <p class="step-way">
        {leaf(source)} {guard === undefined ? "" : `[${guard}] `}→{" "}
        {targets.length === 0 ? "stays" : targets.map(leaf).join(", ")}
      </p>
      <p class="way-reason">{reason}</p>
    </div>
  );
}
