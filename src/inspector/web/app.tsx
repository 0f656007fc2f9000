/** The frame around all pages: navigation, where one is, whether it is live, and the jump. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { keyText } from "../visible.ts";
import { needsToken } from "./ask.ts";
import { BulkOrder } from "./bulk.tsx";
import { Help } from "./help.tsx";
import { Icon } from "./icon.tsx";
import { Jump } from "./jump.tsx";
import { useKeys } from "./keys.ts";
import { watchLive } from "./live.ts";
import { LiveDot, ThemeButton } from "./mood.tsx";
import { Navigation } from "./navigation.tsx";
import { Notices } from "./notice.tsx";
import { AuditPage } from "./pages/audit.tsx";
import { HostsPage } from "./pages/hosts.tsx";
import { IncidentsPage } from "./pages/incidents.tsx";
import { MachinePage } from "./pages/machine.tsx";
import { MachinesPage } from "./pages/machines.tsx";
import { MessagesPage } from "./pages/messages.tsx";
import { ObjectPage } from "./pages/object.tsx";
import { ObjectsPage } from "./pages/objects.tsx";
import { OverviewPage } from "./pages/overview.tsx";
import { SagasPage } from "./pages/sagas.tsx";
import { TimersPage } from "./pages/timers.tsx";
import { Empty } from "./parts.tsx";
import { addressOf, BASE, go, type Place, usePlace } from "./place.ts";
import { useStore } from "./store.ts";
import { TokenDialog } from "./token.tsx";

export function App(): JSX.Element {
  const here = usePlace();
  const [over, setOver] = useState<"jump" | "help" | undefined>(undefined);
  const asksToken = useStore(needsToken);
  useEffect(() => watchLive(watched(here)), [here]);
  useEffect(() => {
    document.title = [...here.path.toReversed(), "Stator inspector"].join(" · ");
  }, [here]);
  useKeys({
    "mod+k": () => setOver("jump"),
    "/": () => setOver("jump"),
    "?": () => setOver("help"),
    g: () => go(addressOf([])),
    o: () => go(addressOf(["objects"])),
  });
  const close = (): void => setOver(undefined);
  return (
    <div class="frame">
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="top">
        <a class="logo" href={BASE}>
          <span class="logo-sign" aria-hidden="true" />
          stator <span class="logo-rest">inspector</span>
        </a>
        <Crumbs here={here} />
        <button type="button" class="search" onClick={() => setOver("jump")}>
          <Icon name="search" />
          <span>Jump to an object, machine or page</span>
          <kbd>⌘K</kbd>
        </button>
        <LiveDot />
        <ThemeButton />
      </header>
      <Navigation here={here} />
      <main id="main" tabIndex={-1}>
        <Page here={here} />
      </main>
      <Notices />
      <BulkOrder />
      {over === "jump" ? <Jump onClose={close} onHelp={() => setOver("help")} /> : undefined}
      {over === "help" ? <Help onClose={close} /> : undefined}
      {asksToken ? <TokenDialog /> : undefined}
    </div>
  );
}

/** What the open stream must tell of. */
function watched({ path, query }: Place): string {
  const [page, name, key] = path;
  if (page === "objects" && name !== undefined && key !== undefined) {
    return new URLSearchParams({ object: `${name}/${key}` }).toString();
  }
  const machine = page === "machines" ? name : page === "objects" ? (query.get("name") ?? undefined) : undefined;
  return machine === undefined || machine === "" ? "" : new URLSearchParams({ name: machine }).toString();
}

function Page({ here }: { readonly here: Place }): JSX.Element {
  const [page, name, key, ...rest] = here.path;
  if (rest.length > 0) return <Nowhere />;
  switch (page) {
    case undefined:
      return <OverviewPage />;
    case "machines":
      return name === undefined ? <MachinesPage /> : <MachinePage key={name} name={name} />;
    case "objects":
      if (name === undefined) return <ObjectsPage />;
      return key === undefined ? <Nowhere /> : <ObjectPage key={`${name}/${key}`} name={name} objectKey={key} />;
    case "sagas":
      return <SagasPage />;
    case "parked":
    case "retrying":
    case "dead-letters":
      return <IncidentsPage key={page} page={page} />;
    case "timers":
      return <TimersPage />;
    case "messages":
      return <MessagesPage />;
    case "hosts":
      return <HostsPage />;
    case "audit":
      return <AuditPage />;
    default:
      return <Nowhere />;
  }
}

function Nowhere(): JSX.Element {
  return (
    <div class="page">
      <Empty title="There is no such page">
        The address may be of another version. <a href={BASE}>To the overview</a>
      </Empty>
    </div>
  );
}

const TITLES: Readonly<Record<string, string>> = {
  machines: "Machines",
  objects: "Objects",
  sagas: "Sagas",
  parked: "Parked",
  retrying: "Retrying",
  "dead-letters": "Dead letters",
  timers: "Timers",
  messages: "Messages",
  hosts: "Hosts",
  audit: "Audit",
};

function Crumbs({ here }: { readonly here: Place }): JSX.Element {
  const [page, name, key] = here.path;
  const title = page === undefined ? "Overview" : (TITLES[page] ?? page);
  return (
    <nav class="crumbs" aria-label="Where you are">
      {page === undefined || name === undefined ? <b>{title}</b> : <a href={addressOf([page])}>{title}</a>}
      {name === undefined ? undefined : key === undefined ? (
        <b>{name}</b>
      ) : (
        <a href={addressOf(["machines", name])}>{name}</a>
      )}
      {key === undefined ? undefined : <b>{keyText(key)}</b>}
    </nav>
  );
}
