/** What somebody who watches a run sees: a line that moves on a terminal, a line per phase elsewhere. */
import type { Cluster } from "./cluster.ts";
import type { CycleResult, Phase } from "./cycle.ts";
import type { NemesisName } from "./nemesis.ts";
import { cycleLine } from "./report.ts";
import type { Live } from "./run.ts";

const EVERY_MS = 1_000;

export class Progress implements Live {
  readonly #startedMs = performance.now();
  readonly #isTerminal = process.stdout.isTTY;
  #now: { readonly title: string; readonly cluster: Cluster | undefined } | undefined;

  constructor() {
    if (this.#isTerminal) setInterval(() => this.#draw(), EVERY_MS).unref();
  }

  phase(cycle: number, nemeses: readonly NemesisName[], phase: Phase, cluster: Cluster | undefined): void {
    this.#now = { title: `cycle ${cycle} ${nemeses.join(" + ")}: ${phase}`, cluster };
    if (this.#isTerminal) this.#draw();
    else this.say(this.#text());
  }

  cycleDone(result: CycleResult): void {
    this.say(cycleLine(result).trimStart());
    for (const { invariant, object, text } of result.violations.slice(0, 5))
      this.say(`  ${invariant} ${object}: ${text}`);
  }

  say(line: string): void {
    process.stdout.write(`${this.#isTerminal ? "\r\u001b[K" : ""}${line}\n`);
  }

  #draw(): void {
    if (this.#now !== undefined) process.stdout.write(`\r\u001b[K${this.#text().slice(0, process.stdout.columns - 1)}`);
  }

  #text(): string {
    const { title = "", cluster } = this.#now ?? {};
    const minutes = ((performance.now() - this.#startedMs) / 60_000).toFixed(1);
    if (cluster === undefined) return `${minutes} min  ${title}`;
    const { sent, ok, refused, unknown, open } = cluster.progress;
    const up = cluster.parts.members.filter((member) => member.isReady && !member.isPaused).length;
    const faults = [...cluster.parts.ledger.faults.values()].reduce((sum, count) => sum + count, 0);
    return `${minutes} min  ${title}  sent ${sent} ok ${ok} refused ${refused} unknown ${unknown} open ${open}  hosts ${up}  faults ${faults}`;
  }
}
