/** The layout runs beside the main thread, once a chart, and where no thread can be had, in this one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { counter } from "../../machines/counter.ts";
import { order } from "../../machines/order.ts";
import { systemClock } from "../../src/clock/system.ts";
import { ChartLayouts, chartOf, layoutChart } from "../../src/inspector/chart/index.ts";
import { LayoutThread, ThreadLostError } from "../../src/inspector/chart/thread.ts";

const layouts = new ChartLayouts(systemClock);
afterEach(() => layouts.close());

test("a thread gives the geometry that this one would, and each chart is laid out once", async () => {
  const [first, second] = [layouts.layout(chartOf(order)), layouts.layout(chartOf(order))];
  expect(second).toBe(first);
  const compact = layouts.layout(chartOf(order), { detail: "compact" });
  expect(await first).toEqual(await layoutChart(chartOf(order)));
  expect((await compact).width).toBeLessThan((await first).width);
  expect(layouts.layout(chartOf(order))).toBe(first);
}, 20_000);

test("a thread that is lost is told, and a chart is laid out all the same", async () => {
  const thread = new LayoutThread(systemClock);
  const lost = thread.layout(chartOf(counter), {});
  lost.catch(() => undefined);
  await thread.close();
  await expect(lost).rejects.toThrow(ThreadLostError);
  const asked = layouts.layout(chartOf(counter));
  await layouts.close();
  expect(await asked).toEqual(await layoutChart(chartOf(counter)));
}, 20_000);

const urlOf = (path: string): string => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);

test("a thread that has nothing to do keeps no process alive", async () => {
  const program = `
    const { ChartLayouts, chartOf } = await import(${urlOf("src/inspector/chart/index.ts")});
    const { counter } = await import(${urlOf("machines/counter.ts")});
    const { systemClock } = await import(${urlOf("src/clock/system.ts")});
    await new ChartLayouts(systemClock).layout(chartOf(counter));`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], { stdio: "ignore" });
  const [code] = await once(child, "exit", { signal: AbortSignal.timeout(25_000) });
  expect(code).toBe(0);
}, 30_000);
