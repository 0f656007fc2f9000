import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { PortLostError } from "../../src/dev/errors.ts";
import { isPortFree, pickPort, startOnPort } from "../../src/dev/ports.ts";

const BASE = 45_900;
const wish = { server: "postgres", given: undefined, remembered: undefined, base: BASE };

async function occupy(port: number): Promise<number> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test("a port asked for that is taken is refused, never replaced", async () => {
  const port = await occupy(0);
  await expect(pickPort({ ...wish, given: port })).rejects.toThrow(`port ${port} asked for postgres is taken`);
});

test("the standard ports are refused even when asked for", async () => {
  await expect(pickPort({ ...wish, given: 5432 })).rejects.toThrow("never used");
  await expect(pickPort({ ...wish, given: 4222 })).rejects.toThrow("never used");
  expect(await pickPort({ ...wish, base: 5432 })).toBeGreaterThan(5432);
});

test("the port of last time is kept while it is free, else the next free one is taken", async () => {
  const remembered = BASE + 50;
  expect(await pickPort({ ...wish, remembered })).toBe(remembered);
  await occupy(remembered);
  const port = await pickPort({ ...wish, remembered });
  expect(port).not.toBe(remembered);
  expect(await isPortFree(port)).toBe(true);
});

test("a port lost between the look and the bind costs another try", async () => {
  const tried: number[] = [];
  const start = async (port: number): Promise<string> => {
    tried.push(port);
    if (tried.length < 3) throw new PortLostError("taken");
    return "started";
  };
  expect(await startOnPort(wish, start)).toBe("started");
  expect(new Set(tried).size).toBe(3);
});

test("a port asked for that is lost at the bind is an error at once", async () => {
  const lost = async (): Promise<string> => {
    throw new PortLostError("taken");
  };
  await expect(startOnPort({ ...wish, given: BASE + 60 }, lost)).rejects.toThrow(PortLostError);
});
