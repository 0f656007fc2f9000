/** Tables of any length: only the rows in sight are in the page. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "./keys.ts";

export interface Column<T> {
  readonly id: string;
  readonly title: ComponentChildren;
  readonly cell: (row: T) => ComponentChildren;
  /** `num`: to the right; `wide`: takes what is left. */
  readonly look?: "num" | "wide" | "narrow" | undefined;
}

export interface TableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  /** Of `j`, `k` and Enter. */
  readonly onOpen?: (row: T) => void;
  readonly onEnd?: (() => void) | undefined;
  readonly isPicked?: (row: T) => boolean;
  /** The rows that are drawn now. */
  readonly onSight?: ((from: number, to: number) => void) | undefined;
  /** The list scrolls in itself; else with the page, and all rows are drawn. */
  readonly isLong?: boolean;
}

const ROW_PX = 37;
const OVERSCAN = 8;

export function Table<T>(props: TableProps<T>): JSX.Element {
  const { label, columns, rows, keyOf, onOpen, onEnd, onSight, isPicked, isLong = false } = props;
  const frame = useRef<HTMLDivElement>(null);
  const { from, to } = useWindow(frame, rows.length, isLong);
  const [cursor, setCursor] = useState(-1);
  useEffect(() => {
    if (isLong && onEnd !== undefined && to >= rows.length) onEnd();
  }, [to, rows.length, onEnd, isLong]);
  useEffect(() => onSight?.(from, to), [from, to, onSight]);
  const move = (step: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, cursor + step));
    setCursor(next);
    if (isLong) reveal(frame.current, next);
  };
  const open = (): unknown => {
    const row = rows[cursor];
    return row === undefined || onOpen === undefined ? false : onOpen(row);
  };
  useKeys(onOpen === undefined ? {} : { j: () => move(1), k: () => move(-1), Enter: open });
  return (
    <div class={`table-frame${isLong ? " long" : ""}`} ref={frame}>
      <table aria-label={label} aria-rowcount={rows.length}>
        <thead>
          <tr>
            {columns.map(({ id, title, look }) => (
              <th key={id} scope="col" class={look}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer rows={from} columns={columns.length} />
          {rows.slice(from, to).map((row, i) => (
            <tr
              key={keyOf(row)}
              class={`${isPicked?.(row) ? "picked" : ""}${from + i === cursor ? " cursor" : ""}`}
              data-key={keyOf(row)}
              aria-rowindex={from + i + 1}
            >
              {columns.map(({ id, cell, look }) => (
                <td key={id} class={look}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
          <Spacer rows={rows.length - to} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

function Spacer({ rows, columns }: { readonly rows: number; readonly columns: number }): JSX.Element | undefined {
  if (rows <= 0) return undefined;
  return (
    <tr class="spacer">
      <td colSpan={columns} style={{ height: `${rows * ROW_PX}px` }} />
    </tr>
  );
}

function reveal(frame: HTMLElement | null, row: number): void {
  if (frame === null) return;
  const [top, bottom] = [row * ROW_PX, (row + 2) * ROW_PX];
  if (top < frame.scrollTop) frame.scrollTop = top;
  if (bottom > frame.scrollTop + frame.clientHeight) frame.scrollTop = bottom - frame.clientHeight;
}

/** Which rows are in sight. */
function useWindow(
  frame: { readonly current: HTMLElement | null },
  length: number,
  isLong: boolean,
): { readonly from: number; readonly to: number } {
  const [sight, setSight] = useState({ top: 0, height: 800 });
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null || !isLong) return;
    const look = (): void => setSight({ top: element.scrollTop, height: element.clientHeight });
    look();
    element.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, [isLong]);
  if (!isLong) return { from: 0, to: length };
  const from = Math.max(0, Math.min(length, Math.floor(sight.top / ROW_PX) - OVERSCAN));
  const to = Math.min(length, Math.ceil((sight.top + sight.height) / ROW_PX) + OVERSCAN);
  return { from, to };
}
