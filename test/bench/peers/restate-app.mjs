// The workloads on Restate's SDK: one process that its server calls. Argument: the port to listen on.
// Copied beside the SDK and started there; see `peers.ts`.
Promise.withResolvers ??= () => {
  const deferred = {};
  deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  return deferred;
};
const restate = await import("@restatedev/restate-sdk");

const lateMs = [];
const MONTH_MS = 30 * 86_400_000;

const counter = restate.object({
  name: "counter",
  handlers: {
    add: async (ctx, amount) => {
      const count = ((await ctx.get("count")) ?? 0) + amount;
      ctx.set("count", count);
      return { count };
    },
  },
});

const booking = restate.object({
  name: "booking",
  handlers: {
    run: async (ctx, { fails }) => {
      const undo = [];
      try {
        for (const step of ["flight", "hotel", "car"]) {
          undo.push(() => ctx.run(`undo ${step}`, () => ({})));
          await ctx.run(step, () => {
            if (step === "car" && fails) throw new restate.TerminalError("there is no car");
            return { id: step };
          });
        }
        return { status: "completed" };
      } catch (cause) {
        if (!(cause instanceof restate.TerminalError)) throw cause;
        for (const compensate of undo.reverse()) await compensate();
        return { status: "compensated" };
      }
    },
  },
});

const after = (delay) => restate.rpc.sendOpts({ delay });

const pay = async (ctx, method) => {
  const isPaid = await ctx.run("charge", () => method !== "declined");
  ctx.set("state", isPaid ? "active" : "unpaid");
  if (isPaid) ctx.objectSendClient(subscription, ctx.key).renew(null, after(MONTH_MS));
  return { state: isPaid ? "active" : "unpaid" };
};
const subscription = restate.object({
  name: "subscription",
  handlers: {
    create: (ctx, { method }) => pay(ctx, method),
    pay: (ctx, { method }) => pay(ctx, method),
    renew: async (ctx) => {
      if ((await ctx.get("state")) === "active") await pay(ctx, "card");
    },
    cancel: async (ctx) => {
      ctx.set("state", "canceled");
      return { state: "canceled" };
    },
  },
});

const alarm = restate.object({
  name: "alarm",
  handlers: {
    arm: async (ctx, { delayMs, dueAtMs }) => {
      ctx.set("state", "armed");
      ctx.objectSendClient(alarm, ctx.key).ring({ dueAtMs }, after(delayMs));
      return {};
    },
    ring: async (ctx, { dueAtMs }) => {
      lateMs.push(Date.now() - dueAtMs);
      ctx.set("state", "rung");
    },
  },
});

const endpoint = restate.endpoint();
for (const service of [counter, booking, subscription, alarm]) endpoint.bind(service);
await endpoint.listen(Number(process.argv[2]));
process.on("message", () => process.send({ lateMs }));
process.once("disconnect", () => process.exit(0));
process.once("SIGTERM", () => process.exit(0));
process.send("ready");
