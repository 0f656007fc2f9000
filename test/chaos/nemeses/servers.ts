/** Strikes at nats-server and Postgres as processes. */
import type { Field } from "../field.ts";

export async function killNats(field: Field): Promise<void> {
  const { chance, prober, servers } = field.parts;
  while (!field.isOver) {
    const downMs = chance.fraction() < 0.5 ? 0 : chance.between(200, 6_000);
    field.note("kill nats", { downMs });
    const keys = [prober.key(0), prober.key(1), prober.key(2)];
    await field.measured(downMs === 0 ? "kill nats" : "kill nats, down for a while", keys, () =>
      servers.killNats(downMs),
    );
    await field.wait(3_000, 7_000);
  }
}

export async function pauseNats(field: Field): Promise<void> {
  const { servers } = field.parts;
  while (!field.isOver) {
    field.note("pause nats");
    servers.pauseNats();
    await field.wait(1_000, 6_000);
    servers.resumeNats();
    await field.wait(2_000, 5_000);
  }
}

export async function killPostgres(field: Field): Promise<void> {
  const { chance, prober, servers } = field.parts;
  while (!field.isOver) {
    const how = chance.pick(["kill", "immediate"] as const);
    const downMs = chance.fraction() < 0.5 ? 0 : chance.between(200, 5_000);
    field.note(`postgres ${how}`, { downMs });
    const keys = [prober.key(0), prober.key(1), prober.key(2)];
    const after = downMs === 0 ? "kill postgres" : "kill postgres, down for a while";
    await field.measured(after, keys, () => servers.breakPostgres(how, downMs));
    await field.wait(3_000, 8_000);
  }
}
