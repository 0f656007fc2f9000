/** `stator`: define objects, host them, call them. */
export { type Client, type ConnectOptions, connectClient, type ObjectClient } from "./client/index.ts";
export { createHost, type Host, type HostConfig } from "./compose.ts";
export * from "./core/define.ts";
export { type ErrorCode, StartupError, StatorError } from "./core/errors.ts";
export type { Receipt, SnapshotView } from "./core/message.ts";
export { DEFAULT_HOST_OPTIONS, type HostOptions } from "./core/options.ts";
export { migrate } from "./postgres/migrate.ts";
export { VERSION } from "./version.ts";
