/** The judges are judged: a history that is right gets no complaint, one that is damaged on purpose gets exactly that. */
import { beforeAll, expect, test } from "vitest";
import type { JournalRow } from "../../src/memory/database.ts";
import { check } from "./check.ts";
import type { FinalObject, History } from "./history.ts";
import { simulate } from "./world.ts";

type Mutable<T> = T extends ReadonlyMap<unknown, unknown> ? T : { -readonly [K in keyof T]: Mutable<T[K]> };

let clean: History;

beforeAll(async () => {
  // without faults of the database's clock, so that windows of timers are judged
  const { history, violations } = await simulate(5, { without: new Set(["database.clock"]), clients: 8 });
  expect(violations).toEqual([]);
  clean = history;
});

/** The invariants that are broken once the history was damaged. */
function broken(damage: (history: Mutable<History>) => void): string[] {
  const history = structuredClone(clean) as Mutable<History>;
  damage(history);
  return [...new Set(check(history).map((violation) => violation.invariant))];
}

/** An object of that name with at least so many turns. */
function objectOf(history: Mutable<History>, name: string, turns = 2): Mutable<FinalObject> {
  const found = history.objects.find(({ address, journal }) => address.name === name && journal.length >= turns);
  if (found === undefined) throw new Error(`the history has no ${name} with ${turns} turns`);
  return found;
}

/** Moves the row out, and all later ones up, with the row's revision and hashes as if it had never been. */
function dropTurn(object: Mutable<FinalObject>, at: number): Mutable<JournalRow> {
  const [row] = object.journal.splice(at, 1);
  if (row === undefined) throw new Error(`no turn ${at}`);
  return row;
}

const rowAt = (object: Mutable<FinalObject>, at: number): Mutable<JournalRow> =>
  object.journal.at(at) as Mutable<JournalRow>;

function viewOf(row: Mutable<JournalRow>, change: (context: Record<string, unknown>) => void): void {
  const view = JSON.parse(row.turn.view) as { context: Record<string, unknown> };
  change(view.context);
  row.turn.view = JSON.stringify(view);
}

test("a history that is right gets no complaint", () => {
  expect(broken(() => undefined)).toEqual([]);
});

test("an acknowledged message that is lost", () => {
  expect(broken((history) => dropTurn(objectOf(history, "list"), -1))).toContain("I1");
});

test("a message that stands twice", () => {
  const found = broken((history) => {
    const list = objectOf(history, "list");
    list.journal.push({ ...rowAt(list, 0), revision: list.journal.length + 1 });
  });
  expect(found).toContain("I2");
});

test("a message that nobody sent, and one with other content", () => {
  const invented = broken((history) => {
    rowAt(objectOf(history, "list"), -1).turn.messageId = "nobody";
  });
  expect(invented).toContain("I3");
  const changed = broken((history) => {
    rowAt(objectOf(history, "notes"), -1).turn.event = '{"type":"NOTE","text":"forged"}';
  });
  expect(changed).toContain("I3");
});

test("other content that was accepted under a known id", () => {
  const address = { name: "list", key: "0" };
  expect(broken((history) => history.misused.push({ address, id: "x", code: undefined }))).toEqual(["I3"]);
});

test("a gap in the revisions, and a fork of the history", () => {
  expect(
    broken((history) => {
      rowAt(objectOf(history, "counter"), -1).revision++;
    }),
  ).toContain("I4");
  expect(
    broken((history) => {
      rowAt(objectOf(history, "counter"), 0).turn.history = "another past";
    }),
  ).toContain("I4");
});

test("an epoch that falls", () => {
  const found = broken((history) => {
    rowAt(objectOf(history, "list"), 0).epoch = 1_000;
  });
  expect(found).toEqual(["I17"]);
});

test("two messages that stand against real time", () => {
  const found = broken((history) => {
    const list = objectOf(history, "list");
    const first = history.calls.find((call) => call.id === rowAt(list, 0).turn.messageId);
    for (const attempt of first?.attempts ?? []) {
      Object.assign(attempt, { invokedMs: attempt.invokedMs + 1e6, doneMs: (attempt.doneMs ?? 0) + 1e6 });
    }
  });
  expect(found).toContain("I5");
});

test("a second receipt that differs from the first", () => {
  const found = broken((history) => {
    const call = history.calls.find(({ attempts }) => attempts.some(({ receipt }) => receipt !== undefined));
    const attempt = call?.attempts.find(({ receipt }) => receipt !== undefined);
    const receipt = { revision: attempt?.receipt?.revision ?? 0, duplicate: true, text: "{}" };
    if (attempt !== undefined) call?.attempts.push({ ...attempt, receipt });
  });
  expect(found).toEqual(["I6"]);
});

test("a stale read, and a read of what was never committed", () => {
  const stale = broken((history) => {
    const list = objectOf(history, "list");
    const { turn } = rowAt(list, 0);
    history.reads.push({ address: list.address, invokedMs: 1e6, doneMs: 1e6 + 1, revision: 1, view: turn.view });
  });
  expect(stale).toEqual(["I7"]);
  const early = broken((history) => {
    const list = objectOf(history, "list");
    const { turn, revision } = rowAt(list, -1);
    history.reads.push({ address: list.address, invokedMs: -2, doneMs: -1, revision, view: turn.view });
  });
  expect(early).toEqual(["I7"]);
  const dreamt = broken((history) => {
    const list = objectOf(history, "list");
    history.reads.push({ address: list.address, invokedMs: 0, doneMs: 1e6, revision: list.revision, view: "{}" });
  });
  expect(dreamt).toContain("I7");
});

test("a state that is not the fold of the journal", () => {
  const found = broken((history) => {
    viewOf(rowAt(objectOf(history, "counter"), -1), (context) => {
      context["count"] = 1_000;
    });
  });
  expect(found).toContain("I8");
});

test("a timer row that the snapshot does not know", () => {
  const found = broken((history) => {
    const { address, timers } = objectOf(history, "alarm");
    timers.push({ address, timer: "ghost", generation: 1, dueMs: history.databaseMs + 1e6 } as never);
  });
  expect(found).toContain("I8");
});

test("an effect that did not arrive", () => {
  const found = broken((history) => dropTurn(objectOf(history, "notes"), -1));
  expect(found).toContain("I9");
  expect(broken((history) => history.emitted.splice(0, 1))).toEqual(["I9"]);
});

test("an effect of a turn that is not there, and one told before its commit", () => {
  expect(broken((history) => history.emitted.push("courier/0/1/999/0"))).toContain("I10");
  expect(
    broken((history) => {
      const [first] = history.changes;
      if (first !== undefined) first.isCommitted = false;
    }),
  ).toEqual(["I10"]);
});

test("two messages of one link in the wrong order", () => {
  const found = broken((history) => {
    const sources = new Map<string, Mutable<JournalRow>>();
    for (const { journal } of history.objects.filter(({ address }) => address.name === "notes")) {
      for (const row of journal) {
        const { source } = row.turn;
        const link = `${source?.address.key}`;
        const before = sources.get(link);
        if (before !== undefined && source !== undefined && before.turn.source !== undefined) {
          [row.turn.source, before.turn.source] = [before.turn.source, source];
          return;
        }
        sources.set(link, row);
      }
      sources.clear();
    }
  });
  expect(found).toContain("I11");
});

/** The first timer that fired, and its object. */
function fired(history: Mutable<History>): { object: Mutable<FinalObject>; at: number } {
  for (const object of history.objects) {
    const at = object.journal.findIndex(({ turn }) => turn.kind === "timer");
    if (object.address.name === "alarm" && at >= 0) return { object, at };
  }
  throw new Error("no alarm rang");
}

test("a timer of another generation, one that is lost, one that is early, and one that is late", () => {
  const another = broken((history) => {
    const { object, at } = fired(history);
    const { turn } = rowAt(object, at);
    turn.event = JSON.stringify({ ...JSON.parse(turn.event), generation: 1_000 });
  });
  expect(another).toContain("I12");
  const lost = broken((history) => {
    const { object, at } = fired(history);
    object.journal.splice(at);
  });
  expect(lost).toContain("I13");
  const early = broken((history) => {
    const { object, at } = fired(history);
    rowAt(object, at).committedMs -= 10_000;
  });
  expect(early).toEqual(["I14"]);
  const late = broken((history) => {
    history.healedMs = -1e6;
    const { object, at } = fired(history);
    rowAt(object, at).committedMs += 10_000;
  });
  expect(late).toContain("I14");
});

test("money that came from nowhere, and a transfer that is not at rest", () => {
  const more = broken((history) => {
    viewOf(rowAt(objectOf(history, "account"), -1), (context) => {
      context["balance"] = 1_000;
    });
  });
  expect(more).toContain("I16");
  const open = broken((history) => {
    objectOf(history, "transfer").status = "active";
  });
  expect(open).toContain("I15");
});

test("an object that stays silent, and work that never ends", () => {
  expect(broken((history) => history.silent.push("list/0 (UNAVAILABLE)"))).toEqual(["I18"]);
  expect(broken((history) => history.unsettled.push("list/0 send 1/0"))).toEqual(["I9"]);
});

test("an expired id that ran", () => {
  const found = broken((history) => {
    const { messageId } = rowAt(objectOf(history, "list"), -1).turn;
    const at = history.calls.findIndex((call) => call.id === messageId);
    const call = history.calls[at];
    if (call !== undefined) history.calls[at] = { ...call, isExpired: true };
  });
  expect(found).toEqual(["I24"]);
});
