/*
 * Reading the file of an overlay, which ends where nothing was written yet.
 */

import type { GrowingStorage } from "../ports.js";

/** Fills `into` from `offset` on; behind the end of the file are zeroes. */
export function readTop(top: GrowingStorage, offset: number, into: Uint8Array): void | Promise<void> {
  const there = Math.min(Math.max(top.bytes - offset, 0), into.length);
  into.fill(0, there);
  if (there > 0) return top.read(offset, into.subarray(0, there));
}
