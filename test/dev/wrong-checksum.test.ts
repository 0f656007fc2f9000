import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { unpackRelease } from "../../src/dev/release.ts";
import { scratchDir } from "./scratch.ts";

const name = "nats-server-v0-any";

/** A release archive behind a local HTTP server. */
async function publish(): Promise<{ url: string; sha256: string }> {
  const dir = scratchDir();
  mkdirSync(join(dir, name));
  writeFileSync(join(dir, name, "nats-server"), "the binary");
  execFileSync("tar", ["-czf", join(dir, "a.tar.gz"), "-C", dir, name]);
  const archive = readFileSync(join(dir, "a.tar.gz"));
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/a.tar.gz" ? 200 : 404;
    response.end(archive);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/a.tar.gz`, sha256: createHash("sha256").update(archive).digest("hex") };
}

test("a release that is what was promised is unpacked", async () => {
  const stage = scratchDir();
  const file = await unpackRelease({ ...(await publish()), name }, stage);
  expect(readFileSync(file, "utf8")).toBe("the binary");
});

test("a release with another checksum is refused before it is unpacked", async () => {
  const stage = scratchDir();
  const { url } = await publish();
  await expect(unpackRelease({ url, sha256: "0".repeat(64), name }, stage)).rejects.toThrow("not used");
  expect(existsSync(join(stage, name))).toBe(false);
});

test("a release that is not there is an error that names the URL", async () => {
  const { url, sha256 } = await publish();
  await expect(unpackRelease({ url: `${url}.gone`, sha256, name }, scratchDir())).rejects.toThrow(
    `${url}.gone: status 404`,
  );
});
