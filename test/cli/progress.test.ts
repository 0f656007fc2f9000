import { expect, test } from "vitest";
import { startProgress } from "../../src/cli/progress.ts";
import { testIo } from "./console.ts";

test("on a terminal one line is redrawn and taken away at the end", () => {
  const { io, written } = testIo({ isErrorTerminal: true });
  let now = 0;
  const progress = startProgress(io, () => now);
  progress.show(1, 4, "1 line");
  now = 50;
  progress.show(2, 4, "too soon");
  now = 100;
  progress.show(3, 4, "3 lines");
  progress.end();
  expect(written.err).not.toContain("too soon");
  expect(written.err).not.toContain("\n");
  expect(written.err).toContain(" 75 % 3 lines");
  expect(written.err.endsWith("\r\u001b[2K")).toBe(true);
});

test("elsewhere a line comes each few seconds", () => {
  const { io, written } = testIo();
  let now = 0;
  const progress = startProgress(io, () => now);
  progress.show(0, 4, "none yet");
  now = 5_000;
  progress.show(2, 4, "2 lines");
  progress.show(3, undefined, "too soon");
  progress.end();
  expect(written.err).toBe("50 %, 2 lines, 5.0 s\n");
});
