/** The file that the clients leave behind, and how it becomes calls and reads for the checkers. */
import { readFileSync } from "node:fs";
import type { Attempt, Call, Misuse, Read } from "../simulation/history.ts";

export type Line =
  | ({ readonly t: "call" } & Omit<Call, "attempts">)
  | { readonly t: "invoke"; readonly n: number; readonly id: string; readonly client: string; readonly atMs: number }
  | {
      readonly t: "ok";
      readonly n: number;
      readonly atMs: number;
      readonly revision: number;
      readonly duplicate: boolean;
      readonly text: string;
    }
  | { readonly t: "fail"; readonly n: number; readonly atMs: number; readonly code: string }
  | ({ readonly t: "read" } & Read)
  | ({ readonly t: "misuse" } & Omit<Misuse, "code"> & { readonly code?: string });

export interface Recorded {
  readonly calls: readonly Call[];
  readonly reads: readonly Read[];
  readonly misused: readonly Misuse[];
}

export function readRecord(file: string): Recorded {
  const lines = readFileSync(file, "utf8").split("\n");
  return replay(lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Line));
}

export function replay(lines: Iterable<Line>): Recorded {
  const calls = new Map<string, Call>();
  const attempts = new Map<number, Attempt>();
  const reads: Read[] = [];
  const misused: Misuse[] = [];
  for (const line of lines) {
    switch (line.t) {
      case "call": {
        const { t: _, ...call } = line;
        calls.set(call.id, { ...call, delayMs: call.delayMs, attempts: [] });
        break;
      }
      case "invoke": {
        const { client, atMs: invokedMs } = line;
        const attempt: Attempt = { client, invokedMs, doneMs: undefined, receipt: undefined, code: undefined };
        attempts.set(line.n, attempt);
        calls.get(line.id)?.attempts.push(attempt);
        break;
      }
      case "ok":
      case "fail":
        settle(attempts.get(line.n), line);
        break;
      case "read":
        reads.push(line);
        break;
      case "misuse":
        misused.push({ id: line.id, address: line.address, code: line.code });
    }
  }
  return { calls: [...calls.values()], reads, misused };
}

function settle(attempt: Attempt | undefined, line: Extract<Line, { t: "ok" | "fail" }>): void {
  if (attempt === undefined) throw new Error(`an answer to nothing: ${JSON.stringify(line)}`);
  attempt.doneMs = line.atMs;
  if (line.t === "fail") attempt.code = line.code;
  else attempt.receipt = { revision: line.revision, duplicate: line.duplicate, text: line.text };
}
