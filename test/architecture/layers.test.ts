/** Imports point one way, adapters do not know each other, time and chance come through ports. The length of functions is biome's. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What each folder of `src` may import from: itself always, and these. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  engine: ["core"],
  saga: ["core"],
  ports: ["core"],
  clock: ["core", "ports"],
  memory: ["core", "ports"],
  postgres: ["core", "ports"],
  nats: ["core", "ports"],
  host: ["core", "engine", "saga", "ports"],
  client: ["core", "ports"],
  http: ["core", "ports", "client", "inspector"],
  inspector: ["core", "engine", "saga", "ports", "client"],
  testing: ["core", "engine", "ports", "memory", "host", "client"],
  dev: [],
};

/** Files that put a program together and therefore name adapters; everything they may import beyond their folder's list. */
const COMPOSES: Readonly<Record<string, readonly string[]>> = {
  "src/compose.ts": ["clock", "core", "host", "nats", "ports", "postgres", "version.ts"],
  "src/index.ts": ["client", "compose.ts", "core", "postgres", "version.ts"],
  "src/version.ts": [],
  "src/client/connect.ts": ["clock", "nats"],
  "src/dev/demo/sagas.ts": ["client"],
  "src/dev/demo.ts": ["client", "clock", "core", "nats", "ports", "postgres"],
  "src/dev/demo/counting.ts": ["core", "ports"],
  "src/dev/demo/load.ts": ["client", "ports"],
  "src/dev/demo/sales.ts": ["client"],
};

/** Packages that only these folders may import. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  pg: ["postgres", "dev", "cli"],
  nats: ["nats"],
  hono: ["http"],
  "@hono/node-server": ["http"],
  ws: ["http"],
  xstate: ["core", "engine", "saga"],
  commander: ["cli"],
  elkjs: ["inspector"],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file));
}

function importsOf(file: string, text = readFileSync(join(ROOT, file), "utf8")): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found = code.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)"([^"]+)"/gm);
  return [...found].map(([, to = ""]) => ({
    from: file,
    to: to.startsWith(".") ? relative(ROOT, resolve(ROOT, dirname(file), to)) : to,
  }));
}

const folderOf = (file: string): string => file.split("/")[1] ?? "";

function violations(imports: readonly Import[]): string[] {
  return imports.flatMap(({ from, to }) => {
    const folder = folderOf(from);
    const allowed = [...(MAY_IMPORT[folder] ?? []), ...(COMPOSES[from] ?? []), folder];
    if (to.startsWith("src/"))
      return folder === "cli" || allowed.includes(folderOf(to)) ? [] : [`${from} imports ${to}`];
    if (/^(machines|actors|test)\//.test(to)) return [`${from} imports ${to}`];
    const owners = Object.entries(PACKAGES).find(([name]) => to === name || to.startsWith(`${name}/`))?.[1];
    return owners === undefined || owners.includes(folder) ? [] : [`${from} imports the package ${to}`];
  });
}

const all = sources("src").flatMap((file) => importsOf(file));

test("imports point one way and adapters do not import each other", () => {
  expect(violations(all)).toEqual([]);
});

test("the inspector's pages run in a browser, and nothing else imports them", () => {
  const isPage = (file: string): boolean => file.startsWith("src/inspector/web/");
  const pages = sources("src/inspector/web").filter((file) => !file.endsWith("vite.config.ts"));
  const seen = new Set<string>();
  const strange: string[] = [];
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { to } of importsOf(file, withoutTypes(readFileSync(join(ROOT, file), "utf8")))) {
      const isOurs = isPage(to) || to.startsWith("src/inspector/chart/") || to === "src/inspector/visible.ts";
      if (to.endsWith(".css") || to === "preact" || to.startsWith("preact/")) continue;
      if (isOurs) visit(to);
      else strange.push(`${file} imports ${to}`);
    }
  };
  pages.forEach(visit);
  expect(strange).toEqual([]);
  expect(all.filter(({ from, to }) => isPage(to) && !isPage(from))).toEqual([]);
});

const withoutTypes = (text: string): string => text.replace(/^(?:import|export) type [^;]*;/gm, "");

test("the rule itself finds a planted bad import", () => {
  const planted = [
    ...importsOf("src/core/planted.ts", 'import { createHost } from "../compose.ts";'),
    ...importsOf("src/nats/planted.ts", 'export * from "../postgres/store.ts";'),
    ...importsOf("src/host/planted.ts", 'const pg = await import("pg");'),
    ...importsOf("src/host/planted.ts", 'import type { counter } from "../../machines/counter.ts";'),
  ];
  expect(violations(planted)).toHaveLength(4);
});

test("every folder of src has a place in the layers", () => {
  const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const withSources = folders.map((entry) => entry.name).filter((name) => sources(`src/${name}`).length > 0);
  expect(withSources.filter((name) => name !== "cli" && MAY_IMPORT[name] === undefined)).toEqual([]);
});

test("no file imports itself through others, types included", () => {
  const graph = new Map<string, string[]>();
  for (const { from, to } of all) if (to.startsWith("src/")) graph.set(from, [...(graph.get(from) ?? []), to]);
  expect(cycleOf(graph)).toBeUndefined();
  expect(
    cycleOf(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["a"]],
      ]),
    ),
  ).toEqual(["a", "b", "c", "a"]);
});

function cycleOf(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** Where a clock, a random source or the environment may be read. */
const READS: readonly { readonly what: RegExp; readonly in: readonly string[] }[] = [
  {
    what: /\bDate\.now\(|\bperformance\.now\(|\bsetTimeout\((?!\))|\bsetInterval\(|\bhrtime\b/,
    in: ["src/clock/", "src/dev/", "src/cli/", "src/inspector/web/"],
  },
  {
    what: /\bMath\.random\(|\brandomUUID\(|\brandomBytes\(/,
    in: ["src/clock/", "src/dev/", "src/cli/", "src/postgres/migrate.ts"],
  },
  { what: /\bprocess\.env\b|\bprocess\.exit\b|\bprocess\.on\(/, in: ["src/dev/", "src/cli/"] },
];

test("time, chance and the environment are read in one place each", () => {
  const found = sources("src").flatMap((file) => {
    const code = readFileSync(join(ROOT, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    return READS.filter((rule) => rule.what.test(code) && !rule.in.some((place) => file.startsWith(place))).map(
      (rule) => `${file}: ${rule.what.source}`,
    );
  });
  expect(found).toEqual([]);
});

test("machines are pure: they import only xstate, zod and the definition helper", () => {
  const imports = sources("machines").flatMap((file) => importsOf(file));
  const bad = imports.filter(
    ({ to }) => !["xstate", "zod", "stator/define", "stator/saga"].includes(to) && !to.startsWith("machines/"),
  );
  expect(bad).toEqual([]);
});

test("no file has more than 400 lines", () => {
  const folders = ["src", "machines", "actors", "test"];
  const long = folders
    .flatMap(sources)
    .filter((file) => readFileSync(join(ROOT, file), "utf8").split("\n").length > 401);
  expect(long).toEqual([]);
});

test("every source file begins by saying what it is", () => {
  const silent = [...sources("src"), ...sources("machines"), ...sources("actors")].filter((file) => {
    const text = readFileSync(join(ROOT, file), "utf8").replace(/^#!.*\n/, "");
    return !text.startsWith("/**");
  });
  expect(silent).toEqual([]);
});

test("the project names nothing outside itself", () => {
  const files = [
    ...sources("src"),
    ...sources("machines"),
    ...sources("actors"),
    ...sources("test"),
    "README.md",
    "CHANGELOG.md",
    ".ci/run",
  ];
  const outside = new RegExp(["shared", "prototypes"].map((word) => `\\.\\./${word}`).join("|"));
  const pages =
    /\b(guarantees|engine|messaging|architecture|data-path|requirements|testing|inspector|sagas|security|dependencies|style)\.md\b/;
  const naming = files
    .filter((file) => existsSync(join(ROOT, file)) && !file.includes("architecture/"))
    .filter((file) => {
      const text = readFileSync(join(ROOT, file), "utf8");
      return outside.test(text) || pages.test(text);
    });
  expect(naming).toEqual([]);
});
