/** A small disk for the database, so that it can be full: a file with ext4 in it, else memory, else none. Needs root. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../src/dev/command.ts";

const SIZE = "3000M";

export interface Disk {
  readonly folder: string;
  readonly kind: string;
  unmount(): Promise<void>;
}

export async function mountDisk(folder: string): Promise<Disk | undefined> {
  const [image, mounted] = [join(folder, "disk.img"), join(folder, "disk")];
  mkdirSync(mounted, { recursive: true });
  const unmount = async (): Promise<void> => {
    await run(["umount", mounted]);
    rmSync(image, { force: true });
  };
  const steps = [
    ["truncate", "-s", SIZE, image],
    ["mkfs.ext4", "-q", "-m", "0", image],
    ["mount", "-o", "loop", image, mounted],
  ] as const;
  let isOk = true;
  for (const step of steps) isOk &&= (await run(step)).isOk;
  if (isOk) return { folder: mounted, kind: `ext4 of ${SIZE} in a file`, unmount };
  rmSync(image, { force: true });
  const inMemory = await run(["mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", mounted]);
  return inMemory.isOk ? { folder: mounted, kind: `tmpfs of ${SIZE}`, unmount } : undefined;
}
