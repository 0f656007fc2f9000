/** How large an element is, as it changes. */
import { useLayoutEffect, useState } from "preact/hooks";
import type { Room } from "./view.ts";

export function useRoom(frame: { readonly current: HTMLElement | null }): Room | undefined {
  const [room, setRoom] = useState<Room | undefined>(undefined);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      setRoom((before) => (before?.width === width && before.height === height ? before : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return room;
}
