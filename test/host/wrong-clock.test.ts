import { expect, test } from "vitest";
import { counter, rig } from "./rig.ts";

const HOUR_MS = 3_600_000;
const ADD = { type: "ADD", amount: 1 } as const;

for (const [how, clockAheadMs] of [
  ["behind", -HOUR_MS],
  ["ahead", HOUR_MS],
] as const) {
  test(`a host whose clock is an hour ${how} takes messages and delays as one whose clock is right`, async () => {
    const { host, client, run, clock } = rig();
    await host({ clockAheadMs });
    const c1 = client.object(counter, "c1");
    expect(await run(c1.send(ADD))).toMatchObject({ revision: 1 });
    await run(c1.send(ADD, { delay: new Date(clock.wallMs() + 30_000) }));
    await clock.advance(29_000);
    expect(await run(c1.get())).toMatchObject({ context: { count: 1 } });
    await clock.advance(3_000);
    expect(await run(c1.get())).toMatchObject({ context: { count: 2 } });
  });
}
