/** How far forward, how far back, what is not undone? */
import type { JSX } from "preact";
import type { SagaCell, SagaLane, SagaShown } from "../../api.ts";
import { Icon, type IconName } from "../icon.tsx";
import { oneLine } from "../value.tsx";

const SIGNS: Readonly<Record<SagaCell, IconName>> = {
  done: "check",
  running: "play",
  failed: "cross",
  waiting: "clock",
  nothing: "minus",
  parked: "stop",
  skipped: "right",
};
const WORDS: Readonly<Record<SagaCell, string>> = {
  done: "done",
  running: "running",
  failed: "failed",
  waiting: "waits",
  nothing: "nothing",
  parked: "parked",
  skipped: "skipped",
};

export function Lanes({ saga }: { readonly saga: SagaShown }): JSX.Element {
  const { lanes, held, pivot, isPastPivot } = saga;
  return (
    <div class="lanes">
      <div class="table-frame">
        <table aria-label="Saga lanes">
          <thead>
            <tr>
              <th scope="col" />
              {lanes.map(({ step, isPivot }) => (
                <th key={step} scope="col">
                  {step} {isPivot ? <span class="tag">pivot</span> : undefined}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">forward</th>
              {lanes.map((lane) => (
                <td key={lane.step}>
                  <Cell is={lane.forward} lane={lane} isForward />
                </td>
              ))}
            </tr>
            <tr>
              <th scope="row">undo</th>
              {lanes.map((lane) => (
                <td key={lane.step}>
                  <Cell is={lane.undo} lane={lane} isForward={false} />
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
      <p class="held">
        <b>Still held: </b>
        {held.length === 0 ? "nothing" : held.join(", ")}
      </p>
      {pivot === undefined ? undefined : (
        <p class="quiet">
          Pivot: {pivot}. {isPastPivot ? "It is done, so there is only forward." : "After it there is only forward."}
        </p>
      )}
    </div>
  );
}

function Cell({
  is,
  lane,
  isForward,
}: {
  readonly is: SagaCell;
  readonly lane: SagaLane;
  readonly isForward: boolean;
}): JSX.Element {
  const { result, error, attempts } = lane;
  const isHere = ["running", "failed", "parked"].includes(is);
  return (
    <div class={`cell cell-${is}`}>
      <span>
        <Icon name={SIGNS[is]} /> {WORDS[is]}
      </span>
      {isForward && result !== undefined && result !== null ? <small class="mono">{oneLine(result)}</small> : undefined}
      {isHere && error !== undefined ? <small class="incident-error">{error.message}</small> : undefined}
      {isHere && attempts !== undefined && attempts > 0 ? <small class="quiet">attempt {attempts}</small> : undefined}
    </div>
  );
}
