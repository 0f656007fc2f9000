/** Objects page after page: the first is asked again as things change, the others come as the reader scrolls. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ObjectRow, ObjectsPage } from "../api.ts";
import { get, type Refused, useAnswer } from "./ask.ts";

const PAGE = 100;

export interface ObjectList {
  readonly data: ObjectsPage | undefined;
  readonly rows: readonly ObjectRow[];
  readonly pages: number;
  readonly error: Refused | undefined;
  readonly at: number | undefined;
  readonly reload: () => void;
  readonly more: () => void;
}

const pathOf = (filter: string, after?: string, limit = PAGE): string => {
  const query = new URLSearchParams(filter);
  query.set("limit", String(limit));
  if (after !== undefined) query.set("after", after);
  return `objects?${query}`;
};

export function useList(filter: string): ObjectList {
  const first = useAnswer<ObjectsPage>(pathOf(filter));
  const [others, setOthers] = useState<readonly ObjectsPage[]>([]);
  const isAsking = useRef(false);
  useEffect(() => setOthers([]), [filter]);
  const reload = useCallback(() => {
    setOthers([]);
    first.reload();
  }, [first.reload]);
  const last = others.at(-1) ?? first.data;
  const more = useCallback(() => {
    const after = last?.next;
    if (after === null || after === undefined || isAsking.current) return;
    isAsking.current = true;
    get<ObjectsPage>(pathOf(filter, after))
      .then((page) => setOthers((before) => ((before.at(-1) ?? last) === last ? [...before, page] : before)))
      .catch(() => undefined) // asked again when the reader scrolls on
      .finally(() => {
        isAsking.current = false;
      });
  }, [filter, last]);
  const rows = [...(first.data?.rows ?? []), ...others.flatMap((page) => page.rows)];
  return { data: first.data, rows, pages: 1 + others.length, error: first.error, at: first.at, reload, more };
}

/** All that match, for verbs that take many. */
export async function* pagesOf(filter: string): AsyncGenerator<ObjectsPage> {
  let after: string | undefined;
  do {
    const page: ObjectsPage = await get<ObjectsPage>(pathOf(filter, after, 200));
    yield page;
    after = page.next ?? undefined;
  } while (after !== undefined);
}
