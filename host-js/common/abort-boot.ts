/*
 * The signal of a boot.
 */

import { aborted } from "./agent/link.js";
import type { Machine } from "./machine.js";

/** The machine, or at once `aborted` when the signal says so before it is there; it is stopped then when it comes. */
export function unlessAborted(booting: Promise<Machine>, signal: AbortSignal | undefined): Promise<Machine> {
  if (signal === undefined) return booting;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(aborted(signal));
      booting.then(
        (machine) => machine.kill(),
        () => undefined,
      );
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort);
    const settled = (): void => signal.removeEventListener("abort", abort);
    booting.finally(settled).then(resolve, reject);
  });
}
