/** What `stator dev` and `stator host` serve. */
import { counterObject } from "./counter.ts";
import { orderObject } from "./order.ts";
import { sagaObjects } from "./sagas.ts";
import { subscriptionObject } from "./subscription.ts";

export default [counterObject, orderObject, subscriptionObject, ...sagaObjects];
