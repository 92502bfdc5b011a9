/*
 * Frames on the stack that lie in two pages: one look into the TLB for all accesses by the stack pointer fails there each time, and where the stack begins is chance, so a function may be
 * slow for as long as its process lives. When that was seen often enough, the code is compiled anew with looks that end where the page ended.
 */

import { hart, x } from "../hart/hart";
import { Op } from "../isa/opcodes";
import { noteSplit, splitsOf } from "../isa/pages";
import { rs1 } from "../isa/slot";
import { readable, writable } from "../mmu/tlb";
import { bytesOf, distanceOf, isStore } from "./memory";

export const STACK_POINTER: u32 = 2;
/** Stack pointers are multiples of this [psABI 2.1]. */
const ALIGNMENT_SHIFT: u32 = 4;
const PAGE_BYTES: u32 = 4096;
const SPLITS_MAX: u32 = 32;

/** Whether one look through the stack pointer may be for all of [from, to) in code of the decoded page. */
export function isWhole(page: u32, from: i32, to: i32): bool {
  const splits = splitsOf(page);
  for (let n: i32 = max(from >> ALIGNMENT_SHIFT, 0) + 1; n << ALIGNMENT_SHIFT < to; n++) {
    if (splits & (1 << n)) return false;
  }
  return true;
}

/** The load or store in the slot at `dp` of the decoded page was left to the interpreter. */
export function lookAtStep(page: u32, dp: u32): void {
  if (rs1(dp) >> 3 != STACK_POINTER) return;
  const sp = x(rs1(dp));
  const n = (PAGE_BYTES - (<u32>sp & (PAGE_BYTES - 1))) >>> ALIGNMENT_SHIFT;
  if (n >= SPLITS_MAX || <u32>sp & ((1 << ALIGNMENT_SHIFT) - 1)) return;
  const code = <Op>load<u16>(dp);
  const va = sp + <u64>(<i64>distanceOf(dp));
  const bytes = <u64>bytesOf(code);
  const hit = isStore(code) ? writable(hart.dataTlb, va, bytes) : readable(hart.dataTlb, va, bytes);
  if (hit != 0) noteSplit(page, n);
}
