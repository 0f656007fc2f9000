/**
 * Seeds that once broke a promise, each with a sentence on what it was. A seed shows its bug only as long as programs
 * and faults stay as they are: where they change, find new seeds with the fix undone, as it says beside each.
 */
import { expect, test } from "vitest";
import type { Rates } from "./faults.ts";
import { simulate } from "./world.ts";

interface Regression {
  readonly seeds: readonly number[];
  readonly bug: string;
  /** Of the faults that bring it to light, where it is rare. */
  readonly rates?: Rates;
}

const REGRESSIONS: readonly Regression[] = [
  {
    seeds: [23, 65],
    // undone by: Relay.#isSure answers true
    bug: "after a take-over or a commit that landed late, a new row overtook an older one that only the database knew, which was then refused as a duplicate and lost",
  },
  {
    seeds: [16, 65],
    // undone by: Relay.#forget does not call gained
    bug: "a link that was given up while the lease was only late to renew was forgotten, and its next row overtook the forgotten one",
  },
  {
    seeds: [2, 22],
    // undone by: Invocations.#resume takes row.waitMs as it is
    bug: "an invocation that was taken over after the database's clock went back waited for as long as the jump",
  },
  {
    seeds: [244, 334],
    // undone by: Relay.#record does not try again; directed: test/host/parked-and-not-recorded.test.ts
    bug: "a message was parked while the database was down: it waited for an operator, who could not see it",
  },
  {
    seeds: [461],
    // undone by: Relay counts what becomes of a row that is not first any more; directed: test/host/skip-races.test.ts
    bug: "a message that an operator took out while it was tried again came back to the head of its link, unseen, and held it up",
  },
  {
    seeds: [424],
    // undone by: Activation.#decide answers a late timer at once
    bug: "a timer was ignored as late by a state from before the partition was away, again and again, and never fired",
  },
  {
    seeds: [56587],
    // undone by: Owners.viewed forgets whoever is not live; directed: test/host/passed-on-to-a-dead-host.test.ts
    bug: "what was passed on to a host that then died was lost where its leases ended before it was asked: its callers waited in vain",
  },
  {
    seeds: [90550],
    // undone by: receiptText takes an empty view like any other; directed: test/host/sent-again.test.ts
    bug: "the answer to a message that was sent again, and of which no receipt is left, was not JSON: it was sent again for ever",
  },
  {
    seeds: [17, 68, 107],
    rates: { "store.cut-late": 0.4, "store.cut-after": 0.1, "operator.release": 1, "host.kill": 0, "host.stop": 0 },
    // undone by: Relay.#compare leaves alone what is found; directed: test/host/skip-races.test.ts
    bug: "a message stayed parked in the memory of its host, where no operator could see it, after a release whose answer was lost or that landed late",
  },
];

for (const { seeds, bug, rates = {} } of REGRESSIONS) {
  test(`${bug} (seeds ${seeds.join(", ")})`, async () => {
    for (const seed of seeds) {
      const { violations } = await simulate(seed, { plant: { rates, within: seed } });
      expect({ seed, violations }).toEqual({ seed, violations: [] });
    }
  });
}
