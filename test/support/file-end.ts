/**
 * What is opened in a hook or a test and lasts until the end of the file is ended here: a hook that is set while hooks run
 * is not heard, and one at the top of a module of tests would belong to the first file alone of those that a worker runs.
 */
const ends: (() => unknown)[] = [];

/** Once the tests and hooks of this file are over, the last first. */
export function atFileEnd(end: () => unknown): void {
  ends.push(end);
}

/** All of them, also when one fails. */
export async function endFile(): Promise<void> {
  const faults: unknown[] = [];
  for (const end of ends.splice(0).reverse()) {
    await Promise.resolve()
      .then(end)
      .catch((fault: unknown) => faults.push(fault));
  }
  if (faults.length > 0) throw new AggregateError(faults, "what the file opened could not be closed");
}
