/*
 * Frames on the stack that lie in two pages: one look into the TLB for all accesses by the stack pointer fails there each time, and where the stack begins is chance, so a function may be
 * slow for as long as its process lives. When that is seen often, the code is compiled anew with looks that are split where the page ended, until some time has gone by: the process may have gone too.
 */

import { EMIT_PTR } from "../abi";
import { hart, x } from "../hart/hart";
import { Op } from "../isa/opcodes";
import { giveUpUnits, poolPage, poolPages, stackAt } from "../isa/pages";
import { rs1 } from "../isa/slot";
import { PAGE_BYTES } from "../memory";
import { readable, writable } from "../mmu/tlb";
import { bytesOf, displacementOf, isStore } from "./memory";

export const STACK_POINTER: u32 = 2;
/** Stack pointers are multiples of this [psABI 2.1]. */
const ALIGNMENT_SHIFT: u32 = 4;
const SPLITS_MAX: u32 = 32;
/** So many looks that fail in so many instructions cost more than a split. */
const MISSES_MAX: u32 = 1024;
const WINDOW_INSNS: u64 = 1 << 22;
/** Instructions after which all splits are forgotten. */
const SPLITS_INSNS: u64 = 1 << 32;

/** u64: what had been executed when the first of the splits that are in force was made, 0 = there are none. */
const SINCE_PTR: u32 = EMIT_PTR + 0x7_9800;

/** What each decoded page keeps. */
@unmanaged
class Stack {
  /** What looks may not span: bit n stands for n times 16 bytes above the stack pointer. */
  splits: u32;
  /** Looks that failed for want of a split, and what had been executed when that was counted first. */
  misses: u32;
  since: u64;
}

function stackOf(page: u32): Stack {
  return changetype<Stack>(stackAt(page));
}

/** There are no decoded pages any more. */
export function resetSplits(): void {
  store<u64>(SINCE_PTR, 0);
}

/** Whether one look through the stack pointer may be for all of [from, to) in code of the decoded page. */
export function isWhole(page: u32, from: i32, to: i32): bool {
  const splits = stackOf(page).splits;
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
  const va = sp + <u64>(<i64>displacementOf(dp));
  const bytes = <u64>bytesOf(code);
  const hit = isStore(code) ? writable(hart.dataTlb, va, bytes) : readable(hart.dataTlb, va, bytes);
  if (hit != 0) noteMiss(page, 1 << n);
}

/** A look failed although its first access would not have, for want of the split. */
function noteMiss(page: u32, split: u32): void {
  const stack = stackOf(page);
  if (stack.splits & split) return;
  if (hart.retired - stack.since > WINDOW_INSNS) {
    stack.since = hart.retired;
    stack.misses = 0;
  }
  if (++stack.misses < MISSES_MAX) return;
  stack.misses = 0;
  stack.splits |= split;
  if (load<u64>(SINCE_PTR) == 0) store<u64>(SINCE_PTR, hart.retired);
  giveUpUnits(page);
}

/** Forgets splits that are old. */
export function forgetOldSplits(): void {
  const since = load<u64>(SINCE_PTR);
  if (since == 0 || hart.retired - since < SPLITS_INSNS) return;
  store<u64>(SINCE_PTR, 0);
  for (let i: u32 = 0; i < poolPages(); i++) {
    const page = poolPage(i);
    if (stackOf(page).splits == 0) continue;
    stackOf(page).splits = 0;
    giveUpUnits(page);
  }
}
