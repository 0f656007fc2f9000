/** How to run this very command line in another process: built, or from source under the same loader. */
import { fileURLToPath } from "node:url";

const isSource = import.meta.url.endsWith(".ts");
const entry = fileURLToPath(new URL(isSource ? "./main.ts" : "./main.js", import.meta.url));

export const selfArguments: readonly string[] = [...process.execArgv, entry];
