/** `stator/client`: send to objects, wait for them, read them. */
export { type ErrorCode, StatorError } from "../core/errors.ts";
export type { EventObject, ObjectStatus, Receipt, SnapshotView } from "../core/message.ts";
export type {
  AuditEntry,
  AuditRequest,
  AuditState,
  CanceledObject,
  Change,
  KilledObject,
  ListRequest,
  OperatorVerb,
  Ordered,
  ParkedStep,
  Previewed,
  Released,
  StandingStep,
  Until,
} from "../core/wire.ts";
export type { JournalEntry, ObjectSummary } from "../ports/store.ts";
export type { Subscription } from "../ports/transport.ts";
export { Client, type ClientOptions, createClient, type HostSummary, type HostsView, type ListPage } from "./client.ts";
export { type ConnectOptions, connectClient } from "./connect.ts";
export type { EmittedFrom } from "./feed.ts";
export type {
  Goal,
  JournalQuery,
  KillOrder,
  ObjectClient,
  ObjectTypes,
  OperatorOrder,
  ReleaseOrder,
  Typed,
} from "./object.ts";
export type { CreateOptions, ReadOptions, SendOptions, WaitOptions } from "./options.ts";
export type { AnyDefinition, TypesOf } from "./types-of.ts";
