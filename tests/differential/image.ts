/*
 * A batch of cases as one image of RAM: the monitor, the list of arenas, the arenas.
 */

import { RAM_PA } from "../../assembly/abi.js";
import type { Case } from "./case.js";
import { MONITOR } from "./firmware.js";
import { ARENA_BYTES, ARENAS, ARENAS_PA, PROGRESS_COUNT, PROGRESS_INDEX, PROGRESS_PA } from "./layout.js";

/** A piece of RAM. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Where a case's arena lies in RAM. */
export function arenaOffset(seed: number): number {
  return ARENAS_PA - RAM_PA + (seed % ARENAS) * ARENA_BYTES;
}

/** What RAM begins with; no two cases may share an arena. */
export function imageOf(cases: readonly Case[]): Piece[] {
  const progress = new BigUint64Array(2 + cases.length);
  progress[PROGRESS_INDEX / 8] = 0n;
  progress[PROGRESS_COUNT / 8] = BigInt(cases.length);
  cases.forEach(({ seed }, n) => {
    progress[2 + n] = BigInt(seed % ARENAS);
  });
  if (new Set(progress.subarray(2)).size !== cases.length) throw new Error("Two cases of a batch share an arena");
  return [
    { offset: 0, bytes: MONITOR.bytes },
    { offset: PROGRESS_PA - RAM_PA, bytes: new Uint8Array(progress.buffer) },
    ...cases.map(({ seed, arena }) => ({ offset: arenaOffset(seed), bytes: arena })),
  ];
}

/** How many cases have been completed, by what RAM holds after a run. */
export function completed(ram: Uint8Array): number {
  return Number(new DataView(ram.buffer, ram.byteOffset).getBigUint64(PROGRESS_PA - RAM_PA + PROGRESS_INDEX, true));
}
