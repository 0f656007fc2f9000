/** The turns of an object, page by page, as the reader comes to them: never the whole journal. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { JournalPage, JournalRow } from "../api.ts";
import { get, Refused } from "./ask.ts";
import { apiPath } from "./verb.tsx";

const PAGE = 100;
const AGAIN_MS = 2_000;
/** What is kept; the reader's surroundings are fetched again. */
const MAX_ROWS = 2_000;

export interface Journal {
  readonly rows: ReadonlyMap<number, JournalRow>;
  /** Turns before this one are gone, or it is 1. */
  readonly firstTurn: number;
  /** Makes sure that these turns are there soon. */
  readonly want: (from: number, to: number) => void;
}

export function useJournal(name: string, key: string, lastTurn: number): Journal {
  const [rows, setRows] = useState<ReadonlyMap<number, JournalRow>>(new Map());
  const [firstTurn, setFirst] = useState(1);
  const asking = useRef(new Set<number>());
  const known = useRef(rows);
  known.current = rows;
  const first = useRef(firstTurn);
  first.current = firstTurn;
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);
  const fetchBelow = useCallback(
    async (before: number): Promise<void> => {
      if (asking.current.has(before)) return;
      asking.current.add(before);
      try {
        const page = await get<JournalPage>(apiPath(name, key, `journal?before=${before}&limit=${PAGE}`));
        if (page.rows.length > 0) setRows((kept) => merged(kept, page.rows));
        if (page.before === null) setFirst(page.rows.at(-1)?.turn ?? before);
      } catch (cause) {
        if (!(cause instanceof Refused)) throw cause;
        if (cause.isPassing) setTimeout(() => isShown.current && void fetchBelow(before), AGAIN_MS);
      } finally {
        asking.current.delete(before);
      }
    },
    [name, key],
  );
  const want = useCallback(
    (from: number, to: number): void => {
      for (let turn = to; turn >= Math.max(first.current, from); turn--) {
        if (known.current.has(turn)) continue;
        void fetchBelow(turn + 1);
        return;
      }
    },
    [fetchBelow],
  );
  useEffect(() => {
    if (lastTurn > 0) want(lastTurn, lastTurn);
  }, [lastTurn]);
  return { rows, firstTurn, want };
}

function merged(kept: ReadonlyMap<number, JournalRow>, rows: readonly JournalRow[]): ReadonlyMap<number, JournalRow> {
  const all = kept.size + rows.length > MAX_ROWS ? new Map<number, JournalRow>() : new Map(kept);
  for (const row of rows) all.set(row.turn, row);
  return all;
}
