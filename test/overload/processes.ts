/** The host and the generator of an overload test, each a real process. What a test starts ends with the test. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { compiled } from "../support/compiled.ts";
import type { GeneratorConfig, HostConfig, HostFigures, Load, Outcomes } from "./protocol.ts";

async function start(main: string, config: object): Promise<ChildProcess> {
  const file = compiled(`test/overload/${main}`);
  const child = fork(file, [JSON.stringify(config)], { execArgv: ["--expose-gc"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${main} ended with ${code} before it was ready`);
  });
  await Promise.race([once(child, "message"), ended]);
  ended.catch(() => undefined);
  return child;
}

async function ask<T>(child: ChildProcess, question: object | string): Promise<T> {
  const answer = once(child, "message");
  child.send(question);
  const [said] = (await answer) as [T];
  return said;
}

export interface Host {
  figures(): Promise<HostFigures>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export async function startHost(config: HostConfig): Promise<Host> {
  const child = await start("host-main.ts", config);
  return {
    figures: () => ask(child, "figures"),
    async kill() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

export async function startGenerator(config: GeneratorConfig): Promise<(load: Load) => Promise<Outcomes>> {
  const child = await start("generator-main.ts", config);
  return (load) => ask(child, load);
}
