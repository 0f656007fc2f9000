/** What needs somebody, by cause: many objects with one reason are one line. */
import type { JSX } from "preact";
import type { Incident, IncidentsView, Verb } from "../api.ts";
import { get, Refused } from "./ask.ts";
import { give } from "./bulk.tsx";
import { count, versionText } from "./format.ts";
import { Icon, type IconName } from "./icon.tsx";
import { notify } from "./notice.tsx";
import { Ago, Until } from "./parts.tsx";
import { addressOf, objectAddress } from "./place.ts";

const LOOKS: Readonly<Record<Incident["kind"], { readonly icon: IconName; readonly word: string }>> = {
  parked: { icon: "stop", word: "parked" },
  outgoing: { icon: "letter", word: "undelivered" },
  retrying: { icon: "retry", word: "retrying" },
};

export interface IncidentRowsProps {
  readonly incidents: readonly Incident[];
  readonly reload: () => void;
}

export function IncidentRows({ incidents, reload }: IncidentRowsProps): JSX.Element {
  return (
    <div class="incidents">
      {incidents.map((incident) => (
        <Row key={incident.id} incident={incident} ask={(verb) => void order(incident, verb, reload)} />
      ))}
    </div>
  );
}

async function order(incident: Incident, verb: Verb, onDone: () => void): Promise<void> {
  try {
    give({ verb, objects: await objectsOf(incident), onDone });
  } catch (cause) {
    notify("error", cause instanceof Refused ? cause.message : String(cause));
  }
}

/** The overview names only the first few of many; the order is for all of them. */
async function objectsOf({ id, count: many, objects }: Incident): Promise<readonly string[]> {
  if (objects.length >= many) return objects;
  const { incidents } = await get<IncidentsView>("incidents");
  return incidents.find((one) => one.id === id)?.objects ?? objects;
}

/** Where its objects are listed: the one, or all of them. */
export function incidentAddress({ kind, name, count: many, objects, ...incident }: Incident): string {
  const [first = ""] = objects;
  const state = stateQuery(incident.state);
  if (many === 1 && first !== "") return objectAddress(name, first.slice(name.length + 1));
  return addressOf(["objects"], { name, state, ...(kind === "outgoing" ? {} : { flag: kind }) });
}

/** `booking › hotel` as a filter; of several regions at once there is none. */
function stateQuery(state: string | undefined): string | undefined {
  return state === undefined || /[‖(]/.test(state) ? undefined : state.replaceAll(" › ", ".");
}

function Row({ incident, ask }: { readonly incident: Incident; readonly ask: (verb: Verb) => void }): JSX.Element {
  const { kind, name, version, cause, error, state, count: many, since, nextAt, lastAt } = incident;
  const { icon, word } = LOOKS[kind];
  return (
    <div class={`incident incident-${kind}`} data-incident={incident.id}>
      <span class="incident-sign">
        <Icon name={icon} />
        {count(many)} {word}
      </span>
      <span class="incident-what">
        <b>{cause}</b>
        {error === "" ? undefined : <span class="incident-error">{error}</span>}
      </span>
      <span class="incident-where">
        <a href={addressOf(["machines", name])}>{name}</a>
        {state === undefined ? undefined : <span class="quiet"> in {state}</span>}
        {version === undefined ? undefined : <span class="quiet"> · {versionText(version)}</span>}
      </span>
      <span class="incident-when quiet">
        {kind === "retrying" && nextAt !== undefined ? (
          <>
            next <Until at={nextAt} canBeLate={false} />
            {lastAt === undefined || lastAt === nextAt ? undefined : (
              <>
                , last <Until at={lastAt} canBeLate={false} />
              </>
            )}
          </>
        ) : since === undefined ? undefined : (
          <>
            since <Ago at={since} />
          </>
        )}
      </span>
      <span class="incident-do">
        <a class="button small" href={incidentAddress(incident)}>
          Open
        </a>
        <button type="button" class="button small" onClick={() => ask("retry")}>
          {many > 1 ? "Retry all…" : "Retry…"}
        </button>
        {kind === "retrying" ? undefined : (
          <button type="button" class="button small" onClick={() => ask("skip")}>
            Skip…
          </button>
        )}
      </span>
    </div>
  );
}
