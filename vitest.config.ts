import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const alias = {
  "stator/define": source("src/core/define.ts"),
  "stator/saga": source("src/saga/index.ts"),
  "stator/client": source("src/client/index.ts"),
  "stator/testing": source("src/testing/index.ts"),
  stator: source("src/index.ts"),
};

/** Tests of times, and of how often something is tried: nothing else may run beside them. */
const TIMED = [
  "test/overload/**/*.services.test.ts",
  "test/chaos/{recovery,smoke}.services.test.ts",
  "test/browser/{fresh-system,large,many-states}.services.test.ts",
  "test/e2e/saga-crash.services.test.ts",
];

/** Files of half a minute and more, the longest first: one that is begun last runs alone at the end. */
const LONG_FILES = [
  "test/e2e/dev.",
  "test/e2e/cli.",
  "test/chaos/standby.",
  "test/browser/accessible.",
  "test/browser/strange-values.",
  "test/e2e/kill-host.",
  "test/e2e/operators.",
  "test/e2e/paused-owner.",
  "test/e2e/bank.",
  "test/e2e/restart-",
  "test/e2e/raw-client.",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG_FILES.findIndex((name) => moduleId.includes(name));
      return at < 0 ? LONG_FILES.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

/** What tests on real servers have in common. */
const onServers = {
  globalSetup: ["test/support/stack.ts"],
  setupFiles: ["test/support/each-file.ts"],
  testTimeout: 60_000,
  hookTimeout: 120_000,
};

/**
 * Four projects. `unit` needs no server and is part of `npm run check`; `long` needs none either but takes minutes
 * (`*.long.test.ts`: simulation, equivalence); `services` runs against the real Postgres and nats-server that
 * `test/support/stack.ts` starts (`*.services.test.ts`), three files at a time, since
 * most of them wait most of the time; `timed` does so one file after the other.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          isolate: false,
          testTimeout: 30_000,
          include: ["test/**/*.test.ts"],
          exclude: ["**/*.{services,long}.test.ts"],
          maxWorkers: 2, // by default one core of two stays idle
        },
      },
      {
        resolve: { alias },
        test: {
          name: "long",
          include: ["test/**/*.long.test.ts"],
          testTimeout: 300_000,
          maxWorkers: 2,
          execArgv: ["--max-semi-space-size=64"], // as in scripts/simulate.mjs: a fifth less time
        },
      },
      {
        resolve: { alias },
        test: {
          name: "services",
          include: ["test/**/*.services.test.ts"],
          exclude: TIMED,
          maxWorkers: 3,
          isolate: false, // each file would load its modules anew: a minute of the processor
          ...onServers,
        },
      },
      {
        resolve: { alias },
        test: { name: "timed", include: TIMED, fileParallelism: false, ...onServers },
      },
    ],
  },
});
