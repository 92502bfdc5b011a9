/*
 * Timers that go by a clock of ours: a runtime's own stand still while the computer sleeps, and may fire early.
 */

/** A long wait is cut into pieces and looks at the clock between them. */
const WAIT_MS_MAX = 60_000;

/** A runtime's one-shot timer; returns what cancels it. */
export type SetTimer = (call: () => void, ms: number) => () => void;

/** Calls `wake` once after `ms` milliseconds of the clock `now`, unless the returned function is called first. */
export function longTimer(now: () => number, set: SetTimer, ms: number, wake: () => void): () => void {
  const due = now() + ms;
  let cancel: () => void;
  const arm = (left: number): void => {
    cancel = set(
      () => {
        const still = due - now();
        if (still >= 1) arm(still);
        else wake();
      },
      Math.min(left, WAIT_MS_MAX),
    );
  };
  arm(ms);
  return () => cancel();
}
