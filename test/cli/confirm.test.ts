/** What cannot be undone is asked for by name at a terminal, and by `--yes` elsewhere. */
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { UsageError } from "../../src/cli/exit.ts";
import { confirmed } from "../../src/cli/operate.ts";
import { testIo } from "./console.ts";

const trip = { name: "trip", key: "rome" };
const typing = (text: string) => testIo({ isInteractive: true, stdin: Readable.from([text]) });

test("whoever types the object's name goes on, having read what it means", async () => {
  const { io, written } = typing("trip/rome\n");
  await confirmed(io, trip, "trip/rome stops and compensates nothing");
  expect(written).toEqual({
    out: "",
    err: "trip/rome stops and compensates nothing.\nType trip/rome to go on: ",
  });
});

test.each(["trip/oslo\n", "y\n", "\n", ""])("%j is no consent", async (text) => {
  await expect(confirmed(typing(text).io, trip, "it stops")).rejects.toThrow(new UsageError("nothing was done"));
});

test("where nobody can be asked, nothing is done without --yes", async () => {
  const { io } = testIo({ stdin: Readable.from(["trip/rome\n"]) });
  await expect(confirmed(io, trip, "it stops")).rejects.toThrow(new UsageError("it stops. Add --yes to do it"));
});
