/** The lines between processes are judged first: a proxy that does not do what it says proves nothing. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import type { Verdict } from "./proxy/frame.ts";
import { Line, type LineOptions } from "./proxy/line.ts";
import { NatsSplitter } from "./proxy/nats-frames.ts";
import { PostgresSplitter } from "./proxy/postgres-frames.ts";

interface Ends {
  readonly line: Line;
  readonly client: Socket;
  /** What the server has heard, and what it says. */
  heard(): string;
  say(text: string): void;
  /** How the client ended: `open`, `reset`, `closed`. */
  clientState(): string;
  told(): string;
}

async function open(splitter?: LineOptions["splitter"]): Promise<Ends> {
  let heard = "";
  let peer: Socket | undefined;
  const server: Server = createServer((socket) => {
    peer = socket;
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const line = await Line.open({ port: () => port, splitter, fraction: () => 0.5 });
  const client = connect(line.port, "127.0.0.1");
  let state = "open";
  let told = "";
  client.on("data", (chunk) => {
    told += chunk.toString("latin1");
  });
  client.on("error", (error: NodeJS.ErrnoException) => {
    state = error.code === "ECONNRESET" ? "reset" : `${error.code}`;
  });
  client.on("close", () => {
    if (state === "open") state = "closed";
  });
  onTestFinished(async () => {
    client.destroy();
    await line.close();
    peer?.destroy();
    server.close();
  });
  await once(client, "connect");
  await eventually(() => expect(peer).toBeDefined());
  return {
    line,
    client,
    heard: () => heard,
    say: (text) => void peer?.write(text),
    clientState: () => state,
    told: () => told,
  };
}

const nats = (): NatsSplitter => new NatsSplitter();
const publish = (text: string): string => `PUB a ${text.length}\r\n${text}\r\n`;

test("a silent line keeps the connection open and delivers what waited when silence ends", async () => {
  const { line, client, heard, clientState } = await open();
  client.write("one");
  await eventually(() => expect(heard()).toBe("one"));
  line.silent.add("up");
  client.write("two");
  line.latencyMs = 20;
  client.write("three");
  await eventually(() => expect(line.connections).toBe(1));
  expect([heard(), clientState()]).toEqual(["one", "open"]);
  line.speak();
  await eventually(() => expect(heard()).toBe("onetwothree"));
});

test("a reset is seen as a reset, and a line that refuses gives nobody a connection", async () => {
  const { line, clientState } = await open();
  line.reset();
  await eventually(() => expect(clientState()).toBe("reset"));
  line.isRefusing = true;
  const late = connect(line.port, "127.0.0.1");
  const [error] = await once(late, "error");
  expect((error as NodeJS.ErrnoException).code).toBe("ECONNRESET");
});

test("messages are dropped, repeated, delayed and swapped, and everything else stays in order", async () => {
  const { line, client, heard } = await open(nats);
  const verdicts: Record<string, Verdict> = {
    lost: { do: "drop" },
    twice: { do: "repeat", ms: 0 },
    late: { do: "delay", ms: 40 },
    first: { do: "swap" },
  };
  line.onFrame = ({ bytes }) => verdicts[bytes.toString().split("\r\n")[1] ?? ""] ?? { do: "pass" };
  client.write(`PING\r\n${publish("lost")}${publish("first")}${publish("second")}${publish("late")}`);
  client.write(publish("twice"));
  await eventually(() => expect(heard()).toContain("late"));
  const order = heard().match(/PING|first|second|late|twice|lost/g);
  expect(order?.filter((word) => word !== "twice" && word !== "late")).toEqual(["PING", "second", "first"]);
  expect(order?.filter((word) => word === "twice")).toHaveLength(2);
  expect(order?.at(-1)).toBe("late");
});

/** A statement as `pg` sends it: parse, bind, execute, sync. */
function statement(text: string): Buffer {
  const message = (type: string, body: string): Buffer => {
    const bytes = Buffer.from(body, "latin1");
    const head = Buffer.alloc(5);
    head.write(type, "latin1");
    head.writeUInt32BE(bytes.length + 4, 1);
    return Buffer.concat([head, bytes]);
  };
  return Buffer.concat([
    message("P", `${text}\0select 1\0\0\0`),
    message("B", `\0${text}\0`),
    message("E", "\0"),
    message("S", ""),
  ]);
}

const startUp = (): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt32BE(9, 0);
  bytes.writeUInt32BE(196_608, 4);
  return bytes;
};

test("statements are cut at their ends wherever the bytes were cut, and commits are told from others", () => {
  const bytes = Buffer.concat([startUp(), statement("load_v1"), statement("commit_turns_v2"), statement("sent_v1")]);
  for (const size of [1, 3, 7, bytes.length]) {
    const splitter = new PostgresSplitter();
    const frames = [];
    for (let at = 0; at < bytes.length; at += size) frames.push(...splitter.push(bytes.subarray(at, at + size)));
    expect(frames.map(({ kind }) => kind)).toEqual(["other", "other", "commit", "other"]);
    expect(Buffer.concat(frames.map((frame) => frame.bytes)).equals(bytes)).toBe(true);
  }
});

test("messages of NATS are cut at their ends wherever the bytes were cut", () => {
  const text = `${publish("a\r\nPUB b 3\r\n")}PONG\r\nHMSG s 1 _INBOX.x 12 15\r\nNATS/1.0\r\n\r\nabc\r\n`;
  for (const size of [1, 5, text.length]) {
    const splitter = new NatsSplitter();
    const frames = [];
    for (let at = 0; at < text.length; at += size)
      frames.push(...splitter.push(Buffer.from(text.slice(at, at + size))));
    expect(frames.map(({ kind }) => kind)).toEqual(["message", "other", "message"]);
    expect(frames.map(({ bytes }) => bytes.toString()).join("")).toBe(text);
  }
});

const postgres = (direction: string): PostgresSplitter | undefined =>
  direction === "up" ? new PostgresSplitter() : undefined;

test("a commit cut before is never heard of, one cut after is heard of and its answer lost, a held one is heard of late", async () => {
  const commit = statement("commit_turns_v2");
  for (const verdict of [{ do: "cut-before" }, { do: "cut-after" }, { do: "hold", ms: 60 }] satisfies Verdict[]) {
    const ends = await open(postgres);
    ends.line.onFrame = () => verdict;
    ends.client.write(Buffer.concat([startUp(), commit]));
    if (verdict.do === "cut-after") {
      await eventually(() => expect(ends.heard()).toContain("commit_turns"));
      expect(ends.clientState()).toBe("open");
      ends.say("done");
    }
    await eventually(() => expect(ends.clientState()).toBe("reset"));
    expect(ends.told()).toBe("");
    expect(ends.heard().includes("commit_turns")).toBe(verdict.do === "cut-after");
    if (verdict.do === "hold") await eventually(() => expect(ends.heard()).toContain("commit_turns"));
  }
});
