/** The second half, in a file of its own so that it runs beside the first. */
import { test } from "vitest";
import { keepPromises, SCHEDULES_MS } from "./schedules.ts";

test("250 other schedules keep every promise, and meet every rare branch", () => keepPromises(501, 250), SCHEDULES_MS);
