/*
 * Running compiled code: from unit to unit for as long as there is one where the last one went.
 */

import {
  PASSAGE_COMPILED,
  PASSAGE_ENTERED,
  PASSAGE_STEPS,
  STEP_ACCESS,
  STEP_FLOAT,
  STEP_OTHER,
  STEP_SYSTEM,
} from "../abi";
import { hart } from "../hart/hart";
import { Op } from "../isa/opcodes";
import { heatAt } from "../isa/pages";
import { executable, fetchContext } from "../mmu/tlb";
import { count } from "../world/operation";
import { entryWord, FIRST_ENTRY } from "./entries";
import { knownJump, noteJump } from "./jumps";
import { isLoad, isStore } from "./memory";
import { INSNS_MAX } from "./region";
import { lookAtStep } from "./stack";

const OFFSET_MASK: u32 = 0xfff;

/**
 * Runs from `pc` on, which has the entry `entry`, with a budget of at least INSNS_MAX; returns 1 when the next instruction is the interpreter's to execute. hart.pc and
 * hart.left are current then.
 */
export function runUnits(fetchTlb: u32, entry: u32, pc: u64): u32 {
  const budget = hart.left;
  const context = <u64>fetchContext();
  let word = entryWord(entry);
  let entered: u64 = 0;
  let step: u32 = 0;
  hart.pc = pc;
  while (true) {
    entered++;
    step = call_indirect<u32>(word >>> 16, word & 0xffff, pc & ~0xfff);
    if (step || hart.left < <i32>INSNS_MAX) break;
    pc = hart.pc;
    word = knownJump(pc, context);
    if (word != 0) continue;
    const base = executable(fetchTlb, pc);
    if (base == 0) break;
    entry = <u32>load<u16>(heatAt(base, <u32>pc));
    if (entry < FIRST_ENTRY) break;
    word = entryWord(entry);
    noteJump(pc, context, word);
  }
  count(PASSAGE_ENTERED, entered);
  count(PASSAGE_COMPILED, <u64>(budget - hart.left));
  if (step) noteStep(fetchTlb);
  return step;
}

/** Counts that a unit left an instruction to the interpreter. */
function noteStep(fetchTlb: u32): void {
  const page = executable(fetchTlb, hart.pc);
  const dp = page + ((<u32>hart.pc & OFFSET_MASK) << 2);
  const cause = page == 0 ? STEP_OTHER : causeOfStep(<Op>load<u16>(dp));
  count(PASSAGE_STEPS + 8 * cause, 1);
  if (cause == STEP_ACCESS) lookAtStep(page, dp);
}

/** What kind of instruction it is: STEP_*. */
function causeOfStep(code: Op): u32 {
  if (isLoad(code) || isStore(code)) return STEP_ACCESS;
  if (code >= Op.FADD_S && code <= Op.FLOAT) return STEP_FLOAT;
  return code >= Op.FENCE_I && code <= Op.CBO_ZERO ? STEP_SYSTEM : STEP_OTHER;
}
