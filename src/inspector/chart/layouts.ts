/** Geometries by the hash of their chart: each is laid out once, beside the main thread where that is possible. */
import { LRUCache } from "lru-cache";
import type { Clock } from "../../ports/clock.ts";
import type { ChartGeometry } from "./geometry.ts";
import { DEFAULT_LAYOUT_OPTIONS, type LayoutOptions, layoutChart } from "./layout.ts";
import { type ChartModel, chartHash } from "./model.ts";
import { LayoutThread, ThreadLostError } from "./thread.ts";

/** Two details of each machine and version that is looked at. */
const MAX_CHARTS = 200;

export class ChartLayouts {
  readonly #known = new LRUCache<string, Promise<ChartGeometry>>({ max: MAX_CHARTS });
  readonly #thread: LayoutThread;

  constructor(clock: Clock) {
    this.#thread = new LayoutThread(clock);
  }

  layout(model: ChartModel, given: Partial<LayoutOptions> = {}): Promise<ChartGeometry> {
    const options = { ...DEFAULT_LAYOUT_OPTIONS, ...given };
    const key = `${chartHash(model)} ${options.detail} ${options.viewport.width}x${options.viewport.height}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const geometry = this.#layout(model, options);
    this.#known.set(key, geometry);
    geometry.catch(() => this.#known.delete(key)); // the next one tries again
    return geometry;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  async #layout(model: ChartModel, options: LayoutOptions): Promise<ChartGeometry> {
    try {
      return await this.#thread.layout(model, options);
    } catch (cause) {
      if (cause instanceof ThreadLostError) return layoutChart(model, options);
      throw cause;
    }
  }
}
