/** What comes between a host and its store; and a host that dies at its n-th call of it, before the call or before its answer. */
import type { Store } from "../../src/ports/store.ts";
import type { Kit, KitHost } from "../../src/testing/index.ts";

export interface Doomed {
  readonly host: KitHost;
  /** Calls of the store so far. */
  readonly calls: () => number;
}

/** Every call of a method goes through `watch`, which makes it or not. */
export function watching(
  watch: (method: string, call: () => Promise<unknown>) => Promise<unknown>,
): (inner: Store) => Store {
  return (inner) =>
    new Proxy(inner, {
      get(target, name) {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== "function") return method;
        return (...args: unknown[]) => watch(String(name), async () => Reflect.apply(method, target, args) as unknown);
      },
    });
}

export async function doomed(kit: Kit, at: number, when: "before" | "after"): Promise<Doomed> {
  let calls = 0;
  let isArmed = false;
  let kill = (): void => undefined;
  const store = watching(async (_, call) => {
    const isLast = isArmed && calls++ === at;
    if (isLast && when === "before") return die();
    const result = await call();
    return isLast ? die() : result;
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
