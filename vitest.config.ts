import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const alias = {
  "stator/define": source("src/core/define.ts"),
  "stator/saga": source("src/saga/index.ts"),
  "stator/client": source("src/client/index.ts"),
  "stator/testing": source("src/testing/index.ts"),
  stator: source("src/index.ts"),
};

/**
 * Three projects. `unit` needs no server and is part of `npm run check`; `long` needs none either but takes minutes
 * (`*.long.test.ts`: simulation, equivalence); `services` runs against the real Postgres and nats-server that
 * `test/support/stack.ts` starts (`*.services.test.ts`).
 */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          isolate: false,
          testTimeout: 30_000,
          include: ["test/**/*.test.ts"],
          exclude: ["**/*.{services,long}.test.ts"],
        },
      },
      {
        resolve: { alias },
        test: { name: "long", include: ["test/**/*.long.test.ts"], testTimeout: 300_000 },
      },
      {
        resolve: { alias },
        test: {
          name: "services",
          include: ["test/**/*.services.test.ts"],
          globalSetup: ["test/support/stack.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
