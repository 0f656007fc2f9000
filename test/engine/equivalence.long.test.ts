/** The contract test for XState's internals: the engine and plain XState do the same, turn by turn. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { tortureObject } from "./equivalence.ts";
import { report, runScripts } from "./scripts.ts";

vi.spyOn(console, "warn").mockReturnValue(); // plain XState warns about events to actors that have stopped

/** Half of the thousand under each build of xstate: other checks, other warnings, the same traces. */
test.concurrent.each([
  ["production", 1],
  ["development", 501],
])(
  "500 random scripts have the same trace on the engine and on plain XState (%s build)",
  { timeout: 300_000 },
  async (build, seed) => {
    const conditions = build === "development" ? ["--conditions=development"] : [];
    const main = fileURLToPath(new URL("main.ts", import.meta.url));
    const args = [...conditions, "--import", "tsx", main, "--scripts", "500", "--seed", String(seed), "--build", build];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
    const code = await new Promise((resolve) => child.on("exit", resolve));
    expect(said).toContain("500 scripts");
    expect(said).toContain("identical");
    expect(code).toBe(0);
  },
);

test("the scripts crash, restore and repeat often enough to mean something", async () => {
  const { difference, figures } = await runScripts(tortureObject(), 2_001, 40);
  expect(difference && report(difference)).toBeUndefined();
  expect(figures.crashes).toBeGreaterThan(40);
  expect(figures.restores).toBeGreaterThan(500);
  expect(figures.repeats).toBeGreaterThan(20);
});

/** As if a timer knew only the path of its target: what it was for may have been stopped and spawned again. */
function withoutIncarnation(text: string): string {
  const envelope = JSON.parse(text) as {
    readonly sessions: Record<string, string>;
    readonly timers: { readonly target: string; targetSession: string }[];
  };
  for (const timer of envelope.timers) timer.targetSession = envelope.sessions[timer.target] ?? timer.targetSession;
  return JSON.stringify(envelope);
}

test("a planted fault, timers without the incarnation of their target, is found among the first thousand and shrunk", async () => {
  const { difference } = await runScripts(tortureObject(), 298, 1, withoutIncarnation); // the first that finds it
  expect(difference?.actual).toBe('act cAct {"got":"delayed"}');
  expect(difference?.script.length).toBeLessThan(10);
  expect(difference && report(difference)).toContain("SENDD");
});
