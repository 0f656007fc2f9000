/** Statecharts as pictures: machine → model → geometry → SVG. */
export type { ChartEdge, ChartGeometry, ChartNode, Detail } from "./geometry.ts";
export { type LayoutOptions, layoutChart } from "./layout.ts";
export { ChartLayouts } from "./layouts.ts";
export { type ChartModel, type ChartState, type ChartTransition, chartHash, chartOf, machineHash } from "./model.ts";
export type { ChartOverlay, ObjectOverlay, PathStep, StateCount } from "./overlay.ts";
export { renderSvg, type SvgOptions } from "./svg.ts";
export { chartCss, type Theme } from "./theme.ts";
