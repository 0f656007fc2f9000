/**
 * A real Chromium for the journeys, from Debian's packages. A page that asks anything of another machine, or writes an
 * error to its console, fails its test.
 *
 * Where there is none it is installed, as root, and in CI the headless shell in any case; where that cannot be done the
 * journeys fail, or are skipped with a message when STATOR_SKIP_BROWSER=1 and this is not CI.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { atFileEnd } from "../support/file-end.ts";

/** The headless shell is Chromium without its windows: a page takes a tenth of the processor there. */
const SHELL = "/usr/bin/chromium-headless-shell";
const OTHERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"] as const;
/** Test files run side by side: one of them installs it, and where that failed lately nobody tries again. */
const INSTALL = `flock /tmp/stator-chromium.lock sh -c '
  test -x ${SHELL} && exit
  test -n "$(find /tmp/stator-chromium.failed -mmin -10 2>/dev/null)" && echo "tried a few minutes ago" >&2 && exit 1
  apt-get -qq -o Acquire::Retries=0 -o Acquire::http::Timeout=15 update &&
    apt-get install -y -qq --no-install-recommends chromium-headless-shell && exit
  touch /tmp/stator-chromium.failed
  exit 1'`;

/** Journeys are declared with `test.skipIf(isSkipped)`. */
export const isSkipped = process.env["STATOR_SKIP_BROWSER"] === "1" && !process.env["CI"];
if (isSkipped) process.stderr.write("browser journeys are skipped: STATOR_SKIP_BROWSER=1\n");

let browser: Promise<Browser> | undefined;

function executable(): string {
  const found = (process.env["CI"] ? [SHELL] : [SHELL, ...OTHERS]).find(existsSync);
  if (found !== undefined) return found;
  const { status, stderr } = spawnSync("sh", ["-c", INSTALL], {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    timeout: 300_000,
  });
  const installed = [SHELL, ...OTHERS].find(existsSync);
  if (installed !== undefined) return installed;
  throw new Error(
    `the browser journeys need Chromium, and 'apt-get install chromium-headless-shell' ended with ${status}: ${stderr?.slice(-400)}. ` +
      "Install it, or set STATOR_SKIP_BROWSER=1 to go on without (not in CI).",
  );
}

/** One for the file; it is closed after its last test. */
function launch(): Promise<Browser> {
  if (browser !== undefined) return browser;
  const launched = chromium.launch({ executablePath: executable(), args: ["--no-sandbox", "--disable-gpu"] });
  atFileEnd(async () => {
    browser = undefined;
    await (await launched).close();
  });
  browser = launched;
  return launched;
}

export interface VisitOptions extends BrowserContextOptions {
  /** Console errors that belong to the journey. */
  readonly isExpected?: (text: string) => boolean;
}

/** A new context with one page; closed and judged when the test is over. */
export async function visitor({ isExpected = () => false, ...options }: VisitOptions = {}): Promise<Page> {
  const context = await (await launch()).newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const faults: string[] = [];
  await context.route(
    (url) => !["127.0.0.1", "localhost"].includes(url.hostname),
    async (route) => {
      faults.push(`asked ${route.request().url()}`);
      await route.abort();
    },
  );
  const page = await context.newPage();
  page.setDefaultTimeout(30_000); // a first chart on a busy machine
  page.on("console", (message) => {
    if (message.type() === "error" && !isExpected(message.text())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.stack ?? error.message));
  onTestFinished(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });
  return page;
}
