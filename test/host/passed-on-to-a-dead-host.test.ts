/** What was passed on to a host that then died must come back, also where its leases end before it was asked. */
import { expect, test } from "vitest";
import { Owners } from "../../src/host/owners.ts";
import { VirtualClock } from "../../src/memory/clock.ts";
import { MemoryBroker } from "../../src/memory/transport.ts";
import type { LeaseView } from "../../src/ports/leases.ts";

const self = { id: "self", objects: [], label: "" };
const dead = { id: "dead", objects: [], label: "" };
const view = (owner: string | undefined, hosts: LeaseView["hosts"]): LeaseView => ({
  kept: new Set(),
  hosts,
  owners: new Map(owner === undefined ? [] : [[0, owner]]),
  wallMs: 0,
});

test("a message passed on to a dead host comes back though the host is forgotten by the group a moment later", async () => {
  const clock = new VirtualClock();
  const transport = new MemoryBroker({ clock }).connect({ name: "self" });
  const back: string[] = [];
  const owners = new Owners<string>(
    transport,
    clock,
    (id) => `host.${id}`,
    (messages) => back.push(...messages),
  );
  owners.viewed(view("dead", [self, dead]));
  owners.passedOn("dead", "m1");
  owners.viewed(view(undefined, [self]));
  await clock.advance(1_000);
  expect(back).toEqual(["m1"]);
});
