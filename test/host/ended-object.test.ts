/** Objects end by the thousand and stay known for long: of one that has ended only its last state may stay in memory. */
import { expect, test } from "vitest";
import { counter, rig } from "./rig.ts";

test("the machine of an object that has ended is not kept in memory: what is still sent to it loads it again", async () => {
  const { client, host, run } = rig();
  let loads = 0;
  await host({
    store: (inner) =>
      new Proxy(inner, {
        get: (target, name) => {
          if (name === "load") loads++;
          return (Reflect.get(target, name) as () => unknown).bind(target);
        },
      }),
  });
  const object = client.object(counter, "ended");
  await run(object.send({ type: "ADD", amount: 2 }));
  await run(object.send({ type: "CLOSE" }));
  const before = loads;
  await expect(run(object.send({ type: "ADD", amount: 1 }))).rejects.toMatchObject({ code: "OBJECT_DONE" });
  expect(loads).toBe(before + 2); // the object, and a look whether the refusal rests on what is stored
  expect(await run(object.get())).toMatchObject({ status: "done", context: { count: 2 } });
});
