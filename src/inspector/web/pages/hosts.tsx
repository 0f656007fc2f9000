/** Who serves what, and which keys. */
import type { JSX } from "preact";
import type { HostsView } from "../../api.ts";
import { useAnswer } from "../ask.ts";
import { plural } from "../format.ts";
import { Answered, Empty, Until } from "../parts.tsx";

type Host = HostsView["hosts"][number];
type Group = HostsView["groups"][number];
const REFRESH_MS = 2_000;
const COLORS = 6;

export function HostsPage(): JSX.Element {
  const answer = useAnswer<HostsView>("hosts", REFRESH_MS);
  return (
    <div class="page">
      <h1>Hosts</h1>
      <Answered answer={answer}>
        {({ hosts, groups }) => (
          <>
            {hosts.length === 0 ? (
              <Empty title="No host runs" command="npx stator host ./actors/index.ts">
                Messages wait with their senders until one does.
              </Empty>
            ) : undefined}
            <div class="cards">
              {hosts.map((host, i) => (
                <HostCard key={host.id} host={host} color={i % COLORS} />
              ))}
            </div>
            {groups.map((group) => (
              <GroupPanel key={group.group} group={group} hosts={hosts} />
            ))}
          </>
        )}
      </Answered>
    </div>
  );
}

function HostCard({ host, color }: { readonly host: Host; readonly color: number }): JSX.Element {
  const { id, label, group, objects, expiresAt, isAlive, partitions } = host;
  return (
    <div class={`card${isAlive ? "" : " gone"}`} data-host={id}>
      <span class="card-head">
        <span class={`swatch h-${color}`} aria-hidden="true" />
        <b>{label}</b>
        <span class="card-total">{plural(partitions.length, "partition")}</span>
      </span>
      <dl class="facts-list">
        <div>
          <dt>state</dt>
          <dd>
            {isAlive ? "alive" : <b class="bad">no sign of life</b>}, lease ends <Until at={expiresAt} />
          </dd>
        </div>
        <div>
          <dt>group</dt>
          <dd>{group}</dd>
        </div>
        <div>
          <dt>serves</dt>
          <dd>{objects.join(", ")}</dd>
        </div>
        <div>
          <dt>id</dt>
          <dd class="mono wrap">{id}</dd>
        </div>
      </dl>
    </div>
  );
}

function GroupPanel({ group, hosts }: { readonly group: Group; readonly hosts: readonly Host[] }): JSX.Element {
  const owners = new Map(
    hosts.flatMap((host, i) => host.partitions.map((partition) => [partition, { host, color: i % COLORS }] as const)),
  );
  const mine = hosts.filter((host) => host.group === group.group);
  return (
    <section class="panel" aria-label={`Partitions of group ${group.group}`}>
      <h2>
        Group {group.group}: {plural(group.partitions, "partition")},{" "}
        {group.unowned.length === 0 ? "all owned" : <b class="bad">{group.unowned.length} not owned</b>}
      </h2>
      <div
        class="partitions"
        role="img"
        aria-label={mine.map((host) => `${host.label}: ${host.partitions.length}`).join(", ")}
      >
        {Array.from({ length: group.partitions }, (_, partition) => {
          const owner = mine.length === 0 ? undefined : owners.get(partition);
          const title = `partition ${partition}, epoch ${group.epochs[partition] ?? 0}, ${owner?.host.label ?? "not owned"}`;
          return (
            <span
              key={partition}
              class={`partition ${owner === undefined ? "h-none" : `h-${owner.color}`}`}
              title={title}
            />
          );
        })}
      </div>
    </section>
  );
}
