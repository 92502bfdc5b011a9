/*
 * Instruction fetch: from a virtual address to a decoded page.
 *
 * The interpreter asks the fetch TLB first and comes here on a miss. Instructions that cross two pages, and pages that PMP entries divide,
 * are fetched one at a time into the scratch slot, with every check made again each time.
 */

import { PASSAGE_FETCH_MISSES } from "../abi";
import { INSTRUCTION_ACCESS_FAULT, INSTRUCTION_PAGE_FAULT, raiseException } from "../hart/exception";
import { hart } from "../hart/hart";
import { decode } from "../isa/decode";
import { newPage, SCRATCH_PTR } from "../isa/pages";
import { decodedPage, isRam, PAGE_MASK, ramPtr } from "../memory";
import { count } from "../world/operation";
import { ACCESS_EXECUTE, pmpAllows, pmpUniform } from "./pmp";
import { fillExecute } from "./tlb";
import { WALK_ACCESS_FAULT, WALK_OK, walk } from "./walk";

const NO_HALF: u32 = 0xffff_ffff;

/** The decoded page for code at `pc`, of which only the slot at `pc` may be used when it is the scratch slot; 0 = exception raised. */
export function fetchPage(pc: u64): u32 {
  count(PASSAGE_FETCH_MISSES, 1);
  if (!translateFetch(pc)) return 0;
  const pa = hart.pa & PAGE_MASK;
  if (!pmpUniform(pa, hart.priv)) return fetchOne(pc);
  if (!isRam(pa, 4096) || !pmpAllows(pa, 4096, ACCESS_EXECUTE, hart.priv)) {
    raiseException(INSTRUCTION_ACCESS_FAULT, pc);
    return 0;
  }
  return enterPage(pc);
}

/** Makes the page of `pc`, which was just translated, one that the TLB knows; returns the decoded page. */
function enterPage(pc: u64): u32 {
  const level = hart.level;
  const ptr = ramPtr(hart.pa & PAGE_MASK);
  let page = decodedPage(ptr);
  if (page == 0) page = newPage(ptr);
  fillExecute(pc, page, level);
  return page;
}

/** Fetches the single instruction at `pc` into the scratch slot and returns the page of which that slot would be `pc`'s; 0 = exception. */
export function fetchOne(pc: u64): u32 {
  const low = fetchHalf(pc);
  if (low == NO_HALF) return 0;
  let bits = low;
  if ((low & 3) == 3) {
    const high = fetchHalf(pc + 2);
    if (high == NO_HALF) return 0;
    bits |= high << 16;
    // Compiled code goes on behind such an instruction where the TLB knows the second page.
    const pa = hart.pa & PAGE_MASK;
    if ((<u32>pc & 4095) == 4094 && pmpUniform(pa, hart.priv) && isRam(pa, 4096)) enterPage(pc + 2);
  }
  decode(bits, SCRATCH_PTR, 0, false);
  return SCRATCH_PTR - ((<u32>pc & 0xfff) << 2);
}

/** The instruction at `pc` for a trap value: 16 or 32 bits, 0 where it cannot be read. */
export function readInstruction(pc: u64): u32 {
  const low = fetchHalf(pc);
  if (low == NO_HALF) return 0;
  if ((low & 3) != 3) return low;
  const high = fetchHalf(pc + 2);
  return high == NO_HALF ? 0 : low | (high << 16);
}

function fetchHalf(va: u64): u32 {
  if (!translateFetch(va)) return NO_HALF;
  const pa = hart.pa;
  if (!isRam(pa, 2) || !pmpAllows(pa, 2, ACCESS_EXECUTE, hart.priv)) {
    raiseException(INSTRUCTION_ACCESS_FAULT, va);
    return NO_HALF;
  }
  return load<u16>(ramPtr(pa));
}

function translateFetch(va: u64): bool {
  const outcome = walk(va, ACCESS_EXECUTE, hart.priv);
  if (outcome == WALK_OK) return true;
  raiseException(outcome == WALK_ACCESS_FAULT ? INSTRUCTION_ACCESS_FAULT : INSTRUCTION_PAGE_FAULT, va);
  return false;
}
