/*
 * One text for ports that answer at once and for ports that answer later.
 *
 * A port's result is `T | Promise<T>` (ports.ts). What is made of several such calls is written as a generator that yields each result;
 * as long as none is a promise it runs to its end without a turn of the event loop, as the guest's requests to files do.
 */

/** A piece of work that yields the results of ports, undefined or a promise, and returns its own. */
export type Steps<T = void> = Generator<unknown, T, void>;

/** Does the work: at once if nothing in it has to wait. Throws or rejects with what the work or something it waited for threw. */
export function run<T>(steps: Steps<T>): T | Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (step.value !== undefined) return runLater(steps, step.value);
  }
}

async function runLater<T>(steps: Steps<T>, first: unknown): Promise<T> {
  let waited = first;
  for (;;) {
    const failure = await settled(waited);
    const step = failure ? steps.throw(failure.error) : steps.next();
    if (step.done) return step.value;
    waited = step.value;
  }
}

/** Undefined when it came to be, else what it was rejected with. */
async function settled(waited: unknown): Promise<{ readonly error: unknown } | undefined> {
  try {
    await waited;
    return undefined;
  } catch (error) {
    return { error };
  }
}
