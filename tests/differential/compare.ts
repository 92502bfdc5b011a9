/*
 * Comparing two results of one case: its arena as each machine left it.
 */

import { FINAL_CSRS } from "./csrs.js";
import {
  ARENA_BYTES,
  C_ENDED,
  C_STARTED,
  C_TRAPS,
  CONTROL,
  FINAL,
  FINAL_CSRS as FINAL_CSRS_AT,
  FINAL_F,
  FINAL_X,
  LOG,
  LOG_ENTRY,
} from "./layout.js";

/** A word in which two arenas differ. */
export interface Difference {
  /** What it is: "x5", "mepc", "trap 3 tval", "memory 0x18008". */
  readonly what: string;
  readonly ours: bigint;
  readonly theirs: bigint;
}

/** Words that are not compared: how many instructions were counted is not the same on any two machines [priv 3.1.10]. */
const EXCLUDED = new Set([CONTROL + C_STARTED, CONTROL + C_ENDED]);

/** Where two arenas differ, at most `most` times. */
export function differences(ours: Uint8Array, theirs: Uint8Array, most = 40): Difference[] {
  if (Buffer.compare(masked(ours), masked(theirs)) === 0) return [];
  const a = words(ours);
  const b = words(theirs);
  const found: Difference[] = [];
  for (let i = 0; i < ARENA_BYTES / 8 && found.length < most; i++) {
    if (a[i] !== b[i] && !EXCLUDED.has(8 * i)) found.push({ what: nameOf(8 * i), ours: a[i]!, theirs: b[i]! });
  }
  return found;
}

/** Instructions that the case retired on our core, its trap handlers included. */
export function instructions(arena: Uint8Array): number {
  const view = new DataView(arena.buffer, arena.byteOffset);
  const count = view.getBigUint64(CONTROL + C_ENDED, true) - view.getBigUint64(CONTROL + C_STARTED, true);
  return Number(BigInt.asUintN(32, count));
}

export function traps(arena: Uint8Array): number {
  return Number(new DataView(arena.buffer, arena.byteOffset).getBigUint64(CONTROL + C_TRAPS, true));
}

function words(arena: Uint8Array): BigUint64Array {
  return new BigUint64Array(arena.buffer, arena.byteOffset, ARENA_BYTES / 8);
}

function masked(arena: Uint8Array): Uint8Array {
  const copy = arena.slice();
  for (const at of EXCLUDED) copy.fill(0, at, at + 8);
  return copy;
}

/** What the word at `offset` of an arena is. */
function nameOf(offset: number): string {
  const at = offset - FINAL;
  if (at >= FINAL_X && at < FINAL_F) return `x${(at - FINAL_X) / 8}`;
  if (at >= FINAL_F && at < FINAL_CSRS_AT) return `f${(at - FINAL_F) / 8}`;
  const csr = FINAL_CSRS[(at - FINAL_CSRS_AT) / 8];
  if (at >= FINAL_CSRS_AT && csr !== undefined) return csr[0];
  if (offset === CONTROL + C_TRAPS) return "number of traps";
  if (offset >= LOG && offset < LOG + 0x4000) {
    const field = ["mode", "cause", "epc", "tval", "status"][((offset - LOG) % LOG_ENTRY) / 8];
    return `trap ${Math.floor((offset - LOG) / LOG_ENTRY)} ${field}`;
  }
  return `memory 0x${offset.toString(16)}`;
}
