/**
 * As whom a server runs, and how its death is tied to ours. Builds command prefixes; starts nothing for good.
 *
 * Postgres refuses to run as root, and initdb refuses a user without a passwd entry. So:
 *
 *   plain user                          → as itself
 *   root                                → as uid 65534, if that user can walk to the binaries and the data
 *   root otherwise, or no passwd entry  → in a user namespace where we look like uid 65534; nothing is moved
 *   neither allowed                     → say so, ask for DATABASE_URL
 *
 * `--pdeathsig` stands in the last setpriv before the server: the kernel forgets it on a change of credentials.
 */
import { userInfo } from "node:os";
import { type Command, findCommand, type RunOptions, run } from "./command.ts";
import { DevStackError, systemCode } from "./errors.ts";

export type DeathSignal = "INT" | "TERM" | "KILL";

export interface Identity {
  readonly kind: "self" | "nobody" | "namespace";
  /** The command as this identity; it gets the signal when our process dies, where the system can do that. */
  wrap(command: Command, signal: DeathSignal): Command;
  /** Who must own the data, as seen from outside; undefined on systems without uids. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

const NOBODY = 65_534;
const SYSTEM_DIRS = ["/usr/bin", "/bin"];

/** util-linux tools; busybox has a setpriv without what we need, so it is tried, not only found. */
interface Tools {
  readonly setpriv: string | undefined;
  readonly unshare: string | undefined;
}

async function findTools(path: readonly string[]): Promise<Tools> {
  if (process.platform !== "linux") return { setpriv: undefined, unshare: undefined };
  const setpriv = await findCommand("setpriv", [...path, ...SYSTEM_DIRS]);
  const works = setpriv !== undefined && (await run([setpriv, "--pdeathsig", "TERM", "--", "true"])).isOk;
  return { setpriv: works ? setpriv : undefined, unshare: await findCommand("unshare", [...path, ...SYSTEM_DIRS]) };
}

/** Ourselves, with the death signal where the system has it. */
export async function ownIdentity(path: readonly string[]): Promise<Identity> {
  return asSelf(await findTools(path));
}

/** What the unprivileged user must be able to do: run the command, and walk into the folder. */
export interface Needs {
  readonly probe: Command;
  readonly folder: string;
  readonly env: RunOptions["env"];
}

export async function postgresIdentity(path: readonly string[], needs: Needs): Promise<Identity> {
  const tools = await findTools(path);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && hasPasswdEntry()) return asSelf(tools);

  const candidates = isRoot ? [asNobody(tools), asNamespace(tools)] : [asNamespace(tools)];
  for (const identity of candidates) {
    if (identity !== undefined && (await fits(identity, needs))) return identity;
  }
  const who = isRoot
    ? `running as root, and Postgres needs another user; uid ${NOBODY} cannot reach ${needs.probe[0]} and ${needs.folder}`
    : `uid ${process.getuid?.()} has no passwd entry, which initdb needs`;
  throw new DevStackError(`${who}, and user namespaces are not allowed here; set DATABASE_URL to a running Postgres`);
}

async function fits(identity: Identity, { probe, folder, env = {} }: Needs): Promise<boolean> {
  const canRun = await run(identity.wrap(probe, "KILL"), { env });
  return canRun.isOk && (await run(identity.wrap(["test", "-x", folder], "KILL"))).isOk;
}

function hasPasswdEntry(): boolean {
  try {
    userInfo();
    return true;
  } catch (cause) {
    if (systemCode(cause) === "ERR_SYSTEM_ERROR" || systemCode(cause) === "ENOENT") return false;
    throw cause;
  }
}

function asSelf({ setpriv }: Tools): Identity {
  return { kind: "self", owner: ownUid(), wrap: (command, signal) => guard(setpriv, signal, [], command) };
}

function asNobody({ setpriv }: Tools): Identity | undefined {
  if (setpriv === undefined) return undefined;
  const drop = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups"];
  return {
    kind: "nobody",
    owner: { uid: NOBODY, gid: NOBODY },
    wrap: (command, signal) => guard(setpriv, signal, drop, command),
  };
}

function asNamespace({ setpriv, unshare }: Tools): Identity | undefined {
  if (unshare === undefined) return undefined;
  const enter = ["--user", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, "--"];
  return {
    kind: "namespace",
    owner: ownUid(),
    wrap: (command, signal) => [unshare, ...enter, ...guard(setpriv, signal, [], command)],
  };
}

function guard(setpriv: string | undefined, signal: DeathSignal, more: readonly string[], command: Command): Command {
  return setpriv === undefined ? command : [setpriv, "--pdeathsig", signal, ...more, "--", ...command];
}

function ownUid(): Identity["owner"] {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}
