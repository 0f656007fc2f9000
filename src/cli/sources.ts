/** Watches the folders that a host's code comes from. An editor's burst of changes is one change. */
import { existsSync, type FSWatcher, watch } from "node:fs";
import { join } from "node:path";

const SETTLE_MS = 150;
const CODE = /\.(?:[cm]?[jt]s|json)$/;
const FOREIGN = /(?:^|[\\/])(?:node_modules|\.git|\.stator|dist)(?:[\\/]|$)/;

export function watchSources(
  folders: readonly string[],
  onChange: (file: string) => void,
  onError: (cause: Error) => void,
): { close(): void } {
  let settling: NodeJS.Timeout | undefined;
  const changed = (file: string | null): void => {
    if (file === null || !CODE.test(file) || FOREIGN.test(file)) return;
    clearTimeout(settling);
    settling = setTimeout(() => onChange(file), SETTLE_MS);
  };
  const watchers = folders.map((folder): FSWatcher => {
    // A folder with dependencies in it is a project's root: watching all below it is too much.
    const recursive = !existsSync(join(folder, "node_modules"));
    return watch(folder, { recursive }, (_, file) => changed(file)).on("error", onError);
  });
  return {
    close: () => {
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
    },
  };
}
