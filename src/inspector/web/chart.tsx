/**
 * The statechart on a page: the same picture as everywhere, with pan and zoom on its viewBox. A click tells
 * which state or which transitions were meant.
 */
import type { JSX, TargetedPointerEvent } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Box, ChartGeometry } from "../chart/geometry.ts";
import type { ChartOverlay } from "../chart/overlay.ts";
import { marksOf, renderSvg } from "../chart/svg.ts";
import { Drawing } from "./drawing.ts";
import { Icon } from "./icon.tsx";
import { Minimap } from "./minimap.tsx";
import { useRoom } from "./room.ts";
import { activeBox, centerOf, contains, firstView, isReadable, scaled, wholeView } from "./view.ts";

export interface ChartProps {
  readonly geometry: ChartGeometry;
  readonly overlay: ChartOverlay;
  /** Id of the state that is looked at. */
  readonly picked?: string | undefined;
  readonly onState?: (id: string) => void;
  readonly onTransitions?: (indexes: readonly number[]) => void;
  /** By state id, 0 to 1: painted as heat. */
  readonly heat?: Readonly<Record<string, number>> | undefined;
}

const STEP = 1.25;

export function Chart(props: ChartProps): JSX.Element {
  const { geometry, overlay } = props;
  const host = useRef<HTMLDivElement>(null);
  const room = useRoom(host);
  const [chosen, setChosen] = useState<Box | undefined>(undefined);
  const active = useMemo(() => activeBox(geometry, overlay), [geometry, overlay]);
  const at = active === undefined ? "" : `${active.x} ${active.y} ${active.width}`;
  const fit = useMemo(
    () => (room === undefined ? undefined : firstView(geometry, overlay, room)),
    [geometry, room?.width, room?.height, at],
  );
  const view = chosen ?? fit;
  useEffect(() => {
    // a view of the reader's own stays as long as the object is in it
    if (active !== undefined && chosen !== undefined && !contains(chosen, active)) setChosen(undefined);
  }, [at]);
  useEffect(() => setChosen(undefined), [geometry.hash, geometry.detail]);
  useDrawn(host, props);
  useLayoutEffect(() => {
    if (view === undefined) return;
    host.current?.querySelector("svg")?.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  }, [geometry, view]);
  useWheel(host, view, setChosen);
  const isWhole = room === undefined || isReadable(wholeView(geometry, room), room);
  return (
    <div class="chart">
      {/* biome-ignore lint/a11y: a picture; the table of states beside it says the same to keyboards and readers */}
      <div class="chart-picture" ref={host} onClick={(event) => pick(event, props)} {...drag(view, setChosen)} />
      {isWhole || view === undefined ? undefined : (
        <Minimap geometry={geometry} overlay={overlay} view={view} onView={setChosen} />
      )}
      <Zoom
        onZoom={(factor) => view !== undefined && setChosen(scaled(view, factor, centerOf(view)))}
        onWhole={() => room !== undefined && setChosen(wholeView(geometry, room))}
      />
    </div>
  );
}

const FRAME = { hasStyle: false, hasGround: false, hasMarks: false } as const;

/** The marks of the picture, and over them what is no part of it: the state that is looked at, and heat. */
function useDrawn(host: { readonly current: HTMLElement | null }, props: ChartProps): void {
  const { geometry, overlay, picked, heat } = props;
  const now = useRef(props);
  now.current = props;
  const drawing = useRef<Drawing | undefined>(undefined);
  const repaint = (): void => {
    const svg = host.current?.querySelector("svg");
    if (svg !== null && svg !== undefined) paint(svg, now.current);
  };
  useLayoutEffect(() => {
    if (host.current === null) return;
    host.current.innerHTML = renderSvg(geometry, {}, FRAME);
    const svg = host.current.querySelector("svg");
    if (svg === null) return;
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    const mine = new Drawing(svg, repaint);
    drawing.current = mine;
    return () => mine.stop();
  }, [geometry]);
  useLayoutEffect(() => drawing.current?.draw(marksOf(geometry, overlay)), [geometry, overlay]);
  useLayoutEffect(repaint, [picked, heat]);
}

function Zoom({ onZoom, onWhole }: { readonly onZoom: (factor: number) => void; readonly onWhole: () => void }) {
  return (
    <div class="chart-zoom">
      <button type="button" class="icon-button" onClick={() => onZoom(1 / STEP)} aria-label="Zoom in">
        <Icon name="plus" />
      </button>
      <button type="button" class="icon-button" onClick={() => onZoom(STEP)} aria-label="Zoom out">
        <Icon name="minus" />
      </button>
      <button type="button" class="icon-button" onClick={onWhole} aria-label="Show all of it">
        <Icon name="fit" />
      </button>
    </div>
  );
}

/** Pinching zooms, as Ctrl and the wheel do; the wheel alone moves. */
function useWheel(
  host: { readonly current: HTMLElement | null },
  view: Box | undefined,
  setView: (view: Box) => void,
): void {
  useEffect(() => {
    const element = host.current;
    if (element === null || view === undefined) return;
    const turn = (event: WheelEvent): void => {
      event.preventDefault();
      const frame = element.getBoundingClientRect();
      const scale = view.width / frame.width;
      if (!event.ctrlKey && !event.metaKey) {
        return setView({ ...view, x: view.x + event.deltaX * scale, y: view.y + event.deltaY * scale });
      }
      const at = {
        x: view.x + (event.clientX - frame.left) * scale,
        y: view.y + (event.clientY - frame.top) * scale,
      };
      setView(scaled(view, Math.exp(event.deltaY * 0.005), at));
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [view, setView]);
}

const FREE_PX = 4;
let isDragged = false;

function drag(
  view: Box | undefined,
  setView: (view: Box) => void,
): { readonly onPointerDown: (down: TargetedPointerEvent<HTMLDivElement>) => void } {
  return {
    onPointerDown: (down) => {
      isDragged = false;
      if (down.button !== 0 || view === undefined) return;
      const scale = view.width / down.currentTarget.clientWidth;
      const move = (event: PointerEvent): void => {
        const [x, y] = [event.clientX - down.clientX, event.clientY - down.clientY];
        if (!isDragged && Math.hypot(x, y) < FREE_PX) return;
        isDragged = true;
        setView({ ...view, x: view.x - x * scale, y: view.y - y * scale });
      };
      const end = (): void => {
        window.removeEventListener("pointermove", move);
        window.removeEventListener("pointerup", end);
      };
      window.addEventListener("pointermove", move);
      window.addEventListener("pointerup", end);
    },
  };
}

function pick(event: MouseEvent, { onState, onTransitions }: ChartProps): void {
  if (isDragged || !(event.target instanceof Element)) return;
  const { target } = event;
  const row = target.closest("[data-transitions]")?.getAttribute("data-transitions") ?? "";
  if (row !== "") return onTransitions?.(row.split(" ").map(Number));
  const edge = target.closest("[data-edge-id]")?.getAttribute("data-edge-id");
  if (edge !== null && edge !== undefined) {
    const rows = [...(target.closest("svg")?.querySelectorAll("[data-edge-id] [data-transitions]") ?? [])];
    const mine = rows.filter((one) => one.closest("[data-edge-id]")?.getAttribute("data-edge-id") === edge);
    return onTransitions?.(mine.flatMap((one) => (one.getAttribute("data-transitions") ?? "").split(" ").map(Number)));
  }
  const state = target.closest("[data-state-id]")?.getAttribute("data-state-id");
  if (state !== null && state !== undefined) onState?.(state);
}

function paint(svg: SVGSVGElement, { picked, heat, onState, onTransitions }: ChartProps): void {
  svg.classList.toggle("can-pick", onState !== undefined);
  svg.classList.toggle("can-pick-arrows", onTransitions !== undefined);
  for (const group of svg.querySelectorAll("[data-state-id]")) {
    const id = group.getAttribute("data-state-id") ?? "";
    const level = levelOf(heat?.[id] ?? 0);
    group.classList.toggle("picked", id === picked);
    for (const one of [1, 2, 3, 4]) group.classList.toggle(`heat-${one}`, level === one);
  }
}

const levelOf = (share: number): number => (share <= 0 ? 0 : Math.min(4, Math.ceil(share * 4)));
