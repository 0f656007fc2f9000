/** Kills a host at its n-th call of the store: before the call, or after it and before its answer. */
import type { Store } from "../../src/ports/store.ts";
import type { Kit, KitHost } from "../../src/testing/index.ts";

export interface Doomed {
  readonly host: KitHost;
  /** Calls of the store so far. */
  readonly calls: () => number;
}

export async function doomed(kit: Kit, at: number, when: "before" | "after"): Promise<Doomed> {
  let calls = 0;
  let isArmed = false;
  let kill = (): void => undefined;
  const store = (inner: Store): Store =>
    new Proxy(inner, {
      get(target, name) {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== "function") return method;
        return async (...args: unknown[]): Promise<unknown> => {
          const isLast = isArmed && calls++ === at;
          if (isLast && when === "before") return die();
          const result: unknown = await Reflect.apply(method, target, args);
          return isLast ? die() : result;
        };
      },
    });
  const die = (): Promise<never> => {
    kill();
    return new Promise(() => undefined);
  };
  const host = await kit.host({ store });
  kill = host.kill;
  isArmed = true;
  return { host, calls: () => calls };
}
