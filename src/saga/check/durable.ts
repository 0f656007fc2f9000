/** Whether a context comes back from JSON as it was. Actor references do: the engine stores them. */

/** The place that does not, or undefined. */
export function lossIn(value: unknown, place = "context"): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "undefined":
      return undefined; // a missing property; inside an array it is caught below
    case "number":
      return Number.isFinite(value) ? undefined : `${place} is ${value}`;
    case "object":
      return value === null ? undefined : lossInObject(value, place);
    default:
      return `${place} is a ${typeof value}`;
  }
}

function lossInObject(value: object, place: string): string | undefined {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      const loss = item === undefined ? `${place}[${i}] is undefined` : lossIn(item, `${place}[${i}]`);
      if (loss !== undefined) return loss;
    }
    return undefined;
  }
  if ("sessionId" in value && "send" in value) return undefined;
  const prototype = Object.getPrototypeOf(value) as unknown;
  if (prototype !== Object.prototype && prototype !== null) return `${place} is a ${value.constructor.name}`;
  for (const [key, item] of Object.entries(value)) {
    const loss = lossIn(item, `${place}.${key}`);
    if (loss !== undefined) return loss;
  }
  return undefined;
}
