/**
 * Picks loopback ports: the one asked for, else the one of last time, else the next free one near our base.
 *
 * Never 5432 or 4222: those belong to the servers of the machine, and a tool pointed at them must not reach ours.
 */
import { createServer } from "node:net";
import { DevStackError, PortLostError, systemCode } from "./errors.ts";
import { until } from "./poll.ts";

export const POSTGRES_BASE_PORT = 54_320;
export const NATS_BASE_PORT = 42_220;

const FORBIDDEN: readonly number[] = [5432, 4222];
const RANGE = 200;
const MAX_TRIES = 5;
const SAME_PORT_TIMEOUT_MS = 10_000;

export interface PortWish {
  readonly server: string;
  /** Asked for by the user: this one or none. */
  readonly given: number | undefined;
  /** Of the last run: if it is still free. */
  readonly remembered: number | undefined;
  readonly base: number;
}

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (cause) => {
      const code = systemCode(cause);
      if (code === "EADDRINUSE" || code === "EACCES") resolve(false);
      else reject(cause);
    });
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

export async function pickPort({ server, given, remembered, base }: PortWish): Promise<number> {
  if (given !== undefined) {
    if (FORBIDDEN.includes(given)) throw new DevStackError(`port ${given} is never used for the dev stack's ${server}`);
    if (await isPortFree(given)) return given;
    throw new DevStackError(`port ${given} asked for ${server} is taken; free it or ask for another`);
  }
  const near = Array.from({ length: RANGE }, (_, i) => base + i);
  for (const port of remembered === undefined ? near : [remembered, ...near]) {
    if (!FORBIDDEN.includes(port) && (await isPortFree(port))) return port;
  }
  throw new DevStackError(`no free port for ${server} between ${base} and ${base + RANGE - 1}`);
}

/** Starts on a picked port; when another process took it meanwhile, on the next, unless the port was asked for. */
export async function startOnPort<T>(wish: PortWish, start: (port: number) => Promise<T>): Promise<T> {
  let next = wish;
  for (let tries = 1; ; tries++) {
    const port = await pickPort(next);
    try {
      return await start(port);
    } catch (cause) {
      if (!(cause instanceof PortLostError) || wish.given !== undefined || tries === MAX_TRIES) throw cause;
      next = { ...wish, remembered: undefined, base: port + 1 };
    }
  }
}

/** Starts again on the same port: an outgoing connection of somebody may sit on it for a moment. */
export async function startOnSamePort<T>(start: () => Promise<T>): Promise<T> {
  let lost: PortLostError | undefined;
  let started: { readonly value: T } | undefined;
  await until(
    async () => {
      try {
        started = { value: await start() };
        return true;
      } catch (cause) {
        if (!(cause instanceof PortLostError)) throw cause;
        lost = cause;
        return false;
      }
    },
    SAME_PORT_TIMEOUT_MS,
    250,
  );
  if (started === undefined) throw lost;
  return started.value;
}
