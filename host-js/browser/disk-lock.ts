/*
 * One machine, or one who copies, for each disk that the browser keeps: a lock of the origin (Web Locks) by the disk's name.
 *
 * The browser gives it back when page or Worker end in whatever way, but some moments later: a page that is loaded again may find the lock of
 * the one before, so whoever wants it waits a little.
 */

import { ColinuxError } from "../common/index.js";

/** How long the end of another page may take. */
export const IN_USE_MS = 2000;

/** Waits for the lock on the disk `name`, and returns what gives it back. Rejects with ColinuxError `disk-in-use`. */
export function lockDisk(name: string): Promise<() => void> {
  const { locks } = navigator;
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), IN_USE_MS);
  return new Promise((locked, failed) => {
    const holding = (): Promise<void> =>
      new Promise((release) => {
        clearTimeout(timer);
        locked(release);
      });
    locks.request(lockName(name), { signal: waiting.signal }, holding).catch((error: unknown) => {
      failed(waiting.signal.aborted ? inUse(`The disk "${name}"`, error) : error);
    });
  });
}

/** The names of disks that somebody holds now. */
export async function lockedDisks(): Promise<Set<string>> {
  const { held = [] } = await navigator.locks.query();
  const prefix = lockName("");
  return new Set(held.flatMap(({ name = "" }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])));
}

export function inUse(what: string, cause?: unknown): ColinuxError {
  return new ColinuxError(
    "disk-in-use",
    `${what} is in use, here or in another tab of this browser. Stop the machine there, or close that tab, and try again.`,
    { cause },
  );
}

function lockName(name: string): string {
  return `colinux disk ${name}`;
}
