/** The pages as they were built: a few files, read when they are asked for. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of text that never changes. */
  readonly gzip: Uint8Array<ArrayBuffer> | undefined;
  readonly type: string;
  /** Its name holds a hash of its content: it never changes. */
  readonly isImmutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".txt": "text/plain; charset=utf-8",
};
const NAME = /^(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)+$/;

/** Beside this file in the package; where the sources run, where the build puts them. */
const FOLDERS = ["./web/", "./web/dist/", "../../dist/inspector/web/"].map(
  (folder) => new URL(folder, import.meta.url),
);

function folder(): URL | undefined {
  return FOLDERS.find((url) => existsSync(new URL("index.html", url)) && existsSync(new URL("assets", url)));
}

const known = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** Once a file. */
function zipped(name: string, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const zip = known.get(name) ?? promisify(gzip)(bytes).then((done) => new Uint8Array(done));
  known.set(name, zip);
  return zip;
}

/** `path` is below `/inspector/`. Whatever names no file is a view of the one page; undefined where it was not built. */
export async function pageFile(path: string): Promise<PageFile | "missing" | undefined> {
  const root = folder();
  if (root === undefined) return undefined;
  const isFile = path.startsWith("assets/") && NAME.test(path) && extname(path) in TYPES; // a key may end in .json
  const name = isFile ? path : "index.html";
  try {
    const bytes = new Uint8Array(await readFile(fileURLToPath(new URL(name, root))));
    const type = TYPES[extname(name)] ?? "";
    const isImmutable = name.startsWith("assets/");
    const small = isImmutable && /^text\/|svg/.test(type) ? await zipped(name, bytes) : undefined;
    return { bytes, gzip: small, type, isImmutable };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "missing";
    throw cause;
  }
}
