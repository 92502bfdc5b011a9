/*
 * The jump cache: from where the guest jumps to the entry there, in one cache line instead of the three of translation, heat and entry.
 *
 *      0  u64  virtual address, with the fetch context in bits that no address uses
 *      8  u32  the entry's word, see entries.ts
 *     12  u32  age in which it was noted
 *
 * It knows no more than the fetch TLBs and the heat of decoded pages say; whenever one of them forgets something a new age begins.
 */

import { JUMPS_PTR } from "../abi";

const JUMPS: u32 = 4096;
const ENTRY_SHIFT: u32 = 4;
const WORD: u32 = 8;
const AGE: u32 = 12;
/** u32: the age, from 1 on. */
const NOW_PTR: u32 = JUMPS_PTR + (JUMPS << ENTRY_SHIFT);

/** Fetch contexts are told apart above the 57 bits of an address, which has all others alike [priv 12.6]. */
function keyOf(pc: u64, context: u64): u64 {
  return pc ^ (context << 58);
}

function place(pc: u64): u32 {
  return JUMPS_PTR + (((<u32>pc) << (ENTRY_SHIFT - 1)) & ((JUMPS - 1) << ENTRY_SHIFT));
}

/** The word of the entry at `pc`, 0 when none was noted. */
export function knownJump(pc: u64, context: u64): u32 {
  const at = place(pc);
  if (load<u64>(at) != keyOf(pc, context) || load<u32>(at, AGE) != load<u32>(NOW_PTR)) return 0;
  return load<u32>(at, WORD);
}

export function noteJump(pc: u64, context: u64, word: u32): void {
  const at = place(pc);
  store<u64>(at, keyOf(pc, context));
  store<u32>(at, word, WORD);
  store<u32>(at, load<u32>(NOW_PTR), AGE);
}

/** Forgets all jumps. */
export function forgetJumps(): void {
  const age = load<u32>(NOW_PTR) + 1;
  if (age == 0) memory.fill(JUMPS_PTR, 0, JUMPS << ENTRY_SHIFT);
  store<u32>(NOW_PTR, max(age, 1));
}
