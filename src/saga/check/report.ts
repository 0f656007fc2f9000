/** A check's result for people. */
import type { CheckReport } from "./check.ts";
import type { Finding } from "./finding.ts";

/** Lines of one machine; `nameWidth` aligns several. */
export function reportText(report: CheckReport, nameWidth = 0): string {
  const name = report.machine.padEnd(nameWidth);
  const cost = `${report.configurations} configurations, ${report.failures} failures, ${Math.round(report.durationMs)} ms`;
  if (report.ok) return `${name}   ${cost}   ok`;
  const count = report.findings.length === 1 ? "1 problem" : `${report.findings.length} problems`;
  return [`${name}   ✗ ${count}  (${cost})`, ...report.findings.map(findingText)].join("\n\n");
}

function findingText(finding: Finding): string {
  const events = finding.path.map(({ event }) => event).filter((event) => event !== "start");
  const end = finding.path.at(-1)?.state;
  const path = finding.path.length === 0 ? [] : [`    ${[...events, end].join(" → ")}`];
  const { file, state } = finding;
  const site = [file, state === undefined ? undefined : `state ${state}`].filter((part) => part !== undefined);
  const at = file === undefined ? [] : [`    ${site.join(", ")}`];
  return [`  ${finding.kind}: ${finding.message}`, ...path, ...at].join("\n");
}
