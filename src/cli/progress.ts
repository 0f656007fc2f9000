/** How far long work is: one line that is redrawn on a terminal, a line each few seconds elsewhere. On stderr. */
import { formatMs } from "../core/duration.ts";
import type { Io } from "./io.ts";

const REDRAW_MS = 100;
const LINE_MS = 5_000;
const BAR_WIDTH = 24;

export interface Progress {
  /** `done` of `total`, or of nobody knows how much; `text` follows. */
  show(done: number, total: number | undefined, text: string): void;
  /** Takes the redrawn line away. */
  end(): void;
}

export function startProgress(io: Io, now: () => number = () => performance.now()): Progress {
  const startedAt = now();
  const everyMs = io.isErrorTerminal ? REDRAW_MS : LINE_MS;
  let shownAt = io.isErrorTerminal ? Number.NEGATIVE_INFINITY : startedAt;
  let isDrawn = false;
  return {
    show(done, total, text) {
      if (now() - shownAt < everyMs) return;
      shownAt = now();
      const part = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
      if (io.isErrorTerminal) {
        const line = `${part === undefined ? "" : `${bar(part)} `}${text}`;
        io.err(`\r\u001b[2K${line.slice(0, io.columns - 1)}`);
        isDrawn = true;
      } else {
        const share = part === undefined ? "" : `${Math.floor(part * 100)} %, `;
        io.err(`${share}${text}, ${formatMs(now() - startedAt)}\n`);
      }
    },
    end() {
      if (isDrawn) io.err("\r\u001b[2K");
      isDrawn = false;
    },
  };
}

function bar(part: number): string {
  const full = Math.round(part * BAR_WIDTH);
  return `[${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)}] ${String(Math.floor(part * 100)).padStart(3)} %`;
}
