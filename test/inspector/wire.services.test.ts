/** Stately's own receiver hears of an object what it would hear of a plain actor: actor, event, snapshot, in order. */
import { createWebSocketReceiver } from "@statelyai/inspect";
import { expect, test } from "vitest";
import WebSocket from "ws";
import { eventually } from "../support/eventually.ts";
import { rig, serve } from "./rig.ts";

interface Heard {
  readonly type: string;
  readonly name?: string;
  readonly sessionId: string;
  readonly rootId: string;
  readonly _version: string;
  readonly createdAt: string;
  readonly definition?: string;
  readonly event?: { readonly type: string };
  readonly snapshot?: { readonly status: string; readonly value: unknown; readonly context: unknown };
}

test("the receiver of @statelyai/inspect hears an object's actor, and each turn's event and snapshot", async () => {
  const under = await rig();
  const url = await serve(under);
  const order = under.client.object("order", "o1");
  await order.create({ total: 5 });
  await under.client.object("order", "other").create({ total: 6 });

  const heard: Heard[] = [];
  const receiver = createWebSocketReceiver({ server: `${url.replace("http", "ws")}/inspect?object=order&key=o1` });
  receiver.subscribe((event) => void heard.push(event as unknown as Heard));
  await eventually(() => expect(heard.map(({ type }) => type)).toEqual(["@xstate.actor", "@xstate.snapshot"]));
  await order.send({ type: "CANCEL" });
  await eventually(() => expect(heard).toHaveLength(4));

  const [actor, before, event, after] = heard as [Heard, Heard, Heard, Heard];
  expect(actor).toMatchObject({ name: "order/o1", snapshot: { status: "active", value: { unpaid: "open" } } });
  expect(JSON.parse(actor.definition ?? "")).toMatchObject({
    id: "order",
    initial: "unpaid",
    states: { unpaid: { states: { open: { on: { CANCEL: [{ target: ["#order.canceled"] }] } } } } },
  });
  expect(before).toMatchObject({ type: "@xstate.snapshot", event: { type: "xstate.init" } });
  expect(event).toMatchObject({ type: "@xstate.event", event: { type: "CANCEL" } });
  expect(after).toMatchObject({ type: "@xstate.snapshot", snapshot: { status: "done", value: "canceled" } });
  for (const one of heard) {
    expect(one).toMatchObject({ sessionId: actor.sessionId, rootId: actor.sessionId, _version: "0.7.2" });
    expect(Number(one.createdAt)).toBeGreaterThan(1_600_000_000_000);
  }
});

test("a socket from a page of another site, for another host, or without the token, is not opened", async () => {
  const under = await rig();
  const url = `${(await serve(under, "secret-token")).replace("http", "ws")}/inspect`;
  const attempt = (options: WebSocket.ClientOptions, path = ""): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(url + path, options);
      socket.on("open", () => {
        socket.close();
        resolve("open");
      });
      socket.on("unexpected-response", (_, { statusCode }) => resolve(String(statusCode)));
      socket.on("error", () => undefined);
    });
  const Authorization = "Bearer secret-token";
  expect(await attempt({})).toBe("401");
  expect(await attempt({ headers: { Authorization } })).toBe("open");
  expect(await attempt({ headers: { Authorization }, origin: "http://evil.example" })).toBe("403");
  expect(await attempt({ headers: { Authorization, Host: "evil.example" } })).toBe("403");
  expect(await attempt({ headers: { Authorization } }, "?key=k")).toBe("400");
});
