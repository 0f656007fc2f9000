/** `stator/saga`: sagas as machines, their checker, and what partners need. Imports only the core, xstate and zod. */
export { type ForwardSaga, type Saga, saga } from "./builder.ts";
export { type CheckOptions, type CheckReport, checkMachine } from "./check/check.ts";
export type { Finding, FindingKind, PathStep } from "./check/finding.ts";
export { reportText } from "./check/report.ts";
export type { SagaEvent, SagaMachine } from "./compile.ts";
export {
  type Abandoned,
  type Failure,
  type Ledger,
  type Outcome,
  type SagaContext,
  type Skipped,
  undoing,
} from "./ledger.ts";
export { toMermaid } from "./mermaid.ts";
export { type Action, type CompensationInput, compensation, type None, none } from "./step.ts";
export { effectOf, MAX_STEPS, type Steps, stepDone, stepState, stepsSchema, stepUndone } from "./tombstone.ts";
