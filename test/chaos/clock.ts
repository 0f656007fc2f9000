/**
 * Processes whose wall clock can be set: Debian's `libfaketime` is loaded into them and reads a file. Monotonic clocks
 * stay true, since Node's timers stand on them.
 */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPostgres } from "../../src/dev/binaries.ts";
import { run } from "../../src/dev/command.ts";
import { fetchFromDebian } from "../../src/dev/debian.ts";
import { readEnvironment } from "../../src/dev/environment.ts";

const LIBRARIES = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/faketime/libfaketimeMT.so.1",
];

/** Where the library is: installed, else fetched below `folder`; undefined where it cannot be had. */
export async function findFaketime(folder: string, say: (line: string) => void): Promise<string | undefined> {
  const installed = await libraryBelow("/");
  if (installed !== undefined) return installed;
  const stage = join(folder, "faketime");
  mkdirSync(stage);
  try {
    const root = await fetchFromDebian("libfaketime", stage, say);
    return root === undefined ? undefined : await libraryBelow(root);
  } catch (cause) {
    say(`libfaketime: ${cause instanceof Error ? cause.message : cause}`);
    return undefined;
  }
}

async function libraryBelow(root: string): Promise<string | undefined> {
  for (const file of LIBRARIES.map((name) => join(root, name))) if ((await run(["test", "-e", file])).isOk) return file;
  return undefined;
}

export function setClock(file: string, seconds: number): void {
  writeFileSync(file, `${seconds < 0 ? "" : "+"}${seconds}s`);
}

export function fakeTime(library: string, file: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

/** A Postgres whose clock can be set; it must be started anew for `isOn` to count. */
export interface PostgresClock {
  readonly file: string;
  /** Scripts of the names of Postgres' binaries: put it first in PATH. */
  readonly binaries: string;
  isOn(on: boolean): void;
}

/** The library must not be loaded before Postgres has become another user than root: so scripts load it, not we. */
export async function wrapPostgres(folder: string, library: string): Promise<PostgresClock> {
  const { dir } = await findPostgres(readEnvironment(), join(folder, "pg-lib"));
  const binaries = join(folder, "bin");
  const [file, preload] = [join(folder, "postgres.clock"), join(folder, "preload")];
  mkdirSync(binaries);
  setClock(file, 0);
  const settings = Object.entries(fakeTime(library, file)).map(([name, value]) => `export ${name}='${value}'`);
  for (const name of ["postgres", "initdb"]) {
    const lines = ["#!/bin/sh", `if [ -e '${preload}' ]; then`, ...settings, "fi", `exec '${join(dir, name)}' "$@"`];
    writeFileSync(join(binaries, name), `${lines.join("\n")}\n`);
    chmodSync(join(binaries, name), 0o755);
  }
  const isOn = (on: boolean): void => (on ? writeFileSync(preload, "") : rmSync(preload, { force: true }));
  return { file, binaries, isOn };
}
