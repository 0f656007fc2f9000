/** Where in a large chart one is. */
import type { JSX } from "preact";
import type { Box, ChartGeometry } from "../chart/geometry.ts";
import type { ChartOverlay } from "../chart/overlay.ts";

export interface MinimapProps {
  readonly geometry: ChartGeometry;
  readonly overlay: ChartOverlay;
  readonly view: Box;
  readonly onView: (view: Box) => void;
}

export function Minimap({ geometry, overlay, view, onView }: MinimapProps): JSX.Element {
  const { width, height, nodes } = geometry;
  const active = new Set(overlay.object?.active ?? []);
  const move = (event: MouseEvent): void => {
    if (!(event.currentTarget instanceof Element)) return;
    const frame = event.currentTarget.getBoundingClientRect();
    const scale = Math.max(width / frame.width, height / frame.height);
    const x = width / 2 + (event.clientX - frame.left - frame.width / 2) * scale;
    const y = height / 2 + (event.clientY - frame.top - frame.height / 2) * scale;
    onView({ ...view, x: x - view.width / 2, y: y - view.height / 2 });
  };
  return (
    <svg class="minimap" viewBox={`0 0 ${width} ${height}`} onClick={move} aria-hidden="true">
      {nodes.slice(1).map(({ id, x, y, width: w, height: h, hasChildren, role }) => (
        <rect
          key={id}
          x={x}
          y={y}
          width={w}
          height={h}
          rx={8}
          class={`${hasChildren ? "mini-group" : "mini-leaf"} mini-${role}${active.has(id) && !hasChildren ? " mini-active" : ""}`}
        />
      ))}
      <rect class="mini-view" x={view.x} y={view.y} width={view.width} height={view.height} />
    </svg>
  );
}
