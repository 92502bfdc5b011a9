/*
 * From a basic block to WebAssembly: its instructions one after the other, then how control goes on. What a single instruction computes is in compute.ts.
 *
 * The budget is taken for a whole block where it begins and given back where the block is left in its middle, so that it is exact whenever the unit is left. That there is enough
 * for the longest way is looked at where the unit is entered and at every jump back.
 */

import { Op } from "../isa/opcodes";
import { heatAt } from "../isa/pages";
import { imm, rd, rs1, rs2, source } from "../isa/slot";
import { isAtomic, writeAtomic } from "./atomic";
import { access, get, i32Const, i64Const, op, set, tee, Wasm } from "./bytes";
import { compute, rotateWord } from "./compute";
import { ENTRY_WORDS, FIRST_ENTRY } from "./entries";
import { forgetFloat, popF, pushF, writeFloat } from "./float";
import { distanceOf, Flow, lengthOf } from "./flow";
import { LOCAL_LEFT, LOCAL_PAGE, LOCAL_PC, LOCAL_STATE, LOCAL_STEP, LOCAL_WORD, localOfX, writesX } from "./locals";
import {
  bytesOf,
  forgetGroup,
  isLoad,
  isLookedUp,
  isStore,
  keepGroups,
  moveGroup,
  pushAddress,
  startGroups,
} from "./memory";
import { Block, insnCount, NONE } from "./region";
import { forgetShift, forgetShifts, isRotation, noteShift, rotatedRegister, rotation } from "./rotate";
import { branchToDispatch, branchToEnd, close, open, openUnlikely, writeJump } from "./shape";
import { writeSystem } from "./system";
import { isBeyond, pushBarred, slotOf } from "./window";

export { LOCAL_STATE };

const BOX: i64 = 0xffff_ffff_0000_0000;

/** Place of the unit in the table of functions, and its decoded page. */
let place: u32 = 0;
let page: u32 = 0;

export function startUnit(unitPlace: u32, decodedPage: u32): void {
  place = unitPlace;
  page = decodedPage;
}

/** Pushes x register `r` (a number). */
export function pushX(r: u32): void {
  if (r == 0) i64Const(0);
  else get(localOfX(r));
}

/** Pops into x register `r`, which is not 0. */
export function popX(r: u32): void {
  set(localOfX(r));
  writesX(r);
  forgetGroup(r);
  forgetShift(r);
}

/** Whether the instruction writes the x register in its rd field. */
export function writesRegister(code: Op): bool {
  if (isAtomic(code)) return true;
  if (isStore(code) || code == Op.FLW || code == Op.FLD || code == Op.C_FLD) return false;
  // The place of rd may hold an f register: then an x register is taken for written that is not, which only costs a look-up.
  return code > Op.NOP && code != Op.C_NOP && !(code >= Op.BEQ && code <= Op.BGEU_FAR);
}

export function writeBlock(b: Block): void {
  startGroups(b);
  forgetFloat();
  forgetShifts();
  if (b.state != NONE && isBeyond(b.start)) {
    pushBarred();
    openUnlikely();
    setStep();
    leave(b.start);
    close();
  }
  const isStep = b.flow == Flow.STEP;
  takeBudget(<i32>(b.insns - (isStep ? 1 : 0)));
  let done: u32 = 0;
  for (let at = b.start; at < b.last; ) {
    const code = <Op>load<u16>(slotOf(at));
    writeInsn(b, at, code, done);
    at += lengthOf(code);
    done++;
  }
  if (b.flow != Flow.NEXT) writeEnd(b);
  else follow(b, b.next, b.end);
  keepGroups(b);
}

function takeBudget(insns: i32): void {
  if (insns == 0) return;
  get(LOCAL_LEFT);
  i32Const(insns);
  op(Wasm.I32_SUB);
  set(LOCAL_LEFT);
}

function writeInsn(b: Block, at: u32, code: Op, done: u32): void {
  const dp = slotOf(at);
  if (isAtomic(code)) writeAtomic(b, at, done);
  else if (code >= Op.CSRRW && code <= Op.CBO_ZERO) writeSystem(b, at, done);
  else if (isLoad(code)) {
    const offset = pushAddress(b, at, done);
    access(loadCode(code), offset);
    popLoaded(code, rd(dp) >> 3);
  } else if (isStore(code)) {
    const offset = pushAddress(b, at, done);
    pushStored(code, source(dp) >> 3);
    access(storeCode(code), offset);
  } else if (code >= Op.FADD_S && code <= Op.FLOAT) {
    writeFloat(b, at, done);
  } else if (code == Op.AUIPC) {
    pushPc(at);
    i64Const(<i64>imm(dp));
    op(Wasm.I64_ADD);
    popX(rd(dp) >> 3);
  } else if (code != Op.NOP && code != Op.C_NOP) {
    if (combinesShifts(code) && isRotation(rs1(dp) >> 3, rs2(dp) >> 3)) rotateWord(rotatedRegister, rotation);
    else compute(code, rs1(dp) >> 3, rs2(dp) >> 3, imm(dp));
    const lookedUp = isLookedUp(rd(dp) >> 3);
    popX(rd(dp) >> 3);
    moveGroup(code, dp, lookedUp);
    noteShift(code, dp);
  }
}

/** Instructions that put two shifted halves together: the halves have no bit in common. */
function combinesShifts(code: Op): bool {
  return code == Op.OR || code == Op.C_OR || code == Op.XOR || code == Op.C_XOR || code == Op.ADDW || code == Op.C_ADDW;
}

function popLoaded(code: Op, r: u32): void {
  if (code == Op.FLW) {
    i64Const(BOX);
    op(Wasm.I64_OR);
    op(Wasm.F64_REINTERPRET);
    popF(r);
  } else if (code == Op.FLD || code == Op.C_FLD) popF(r);
  else popX(r);
}

function pushStored(code: Op, r: u32): void {
  if (code == Op.FSD || code == Op.C_FSD) pushF(r);
  else if (code == Op.FSW) {
    pushF(r);
    op(Wasm.I64_REINTERPRET);
  } else pushX(r);
}

function loadCode(code: Op): Wasm {
  switch (<i32>code) {
    case Op.LB:
      return Wasm.I64_LOAD8_S;
    case Op.LBU:
      return Wasm.I64_LOAD8_U;
    case Op.LH:
      return Wasm.I64_LOAD16_S;
    case Op.LHU:
      return Wasm.I64_LOAD16_U;
    case Op.LW:
    case Op.C_LW:
      return Wasm.I64_LOAD32_S;
    case Op.LWU:
    case Op.FLW:
      return Wasm.I64_LOAD32_U;
    case Op.FLD:
    case Op.C_FLD:
      return Wasm.F64_LOAD;
    default:
      return Wasm.I64_LOAD;
  }
}

function storeCode(code: Op): Wasm {
  if (code == Op.FSD || code == Op.C_FSD) return Wasm.F64_STORE;
  switch (bytesOf(code)) {
    case 1:
      return Wasm.I64_STORE8;
    case 2:
      return Wasm.I64_STORE16;
    case 4:
      return Wasm.I64_STORE32;
    default:
      return Wasm.I64_STORE;
  }
}

/** Pushes the virtual address of `offset` of the window. */
function pushPc(offset: u32): void {
  get(LOCAL_PAGE);
  if (offset == 0) return;
  i64Const(<i64>offset);
  op(Wasm.I64_ADD);
}

/** The instruction that ends the block. */
function writeEnd(b: Block): void {
  const at = b.last;
  const dp = slotOf(at);
  const code = <Op>load<u16>(dp);
  switch (<i32>b.flow) {
    case Flow.BRANCH:
      pushCondition(code, dp);
      open(Wasm.IF);
      follow(b, b.taken, at + distanceOf(dp));
      close();
      follow(b, b.next, b.end);
      return;
    case Flow.CALL:
      link(dp, at);
      follow(b, b.taken, at + distanceOf(dp));
      return;
    case Flow.JUMP:
      follow(b, b.taken, at + distanceOf(dp));
      return;
    case Flow.INDIRECT:
    case Flow.CALL_INDIRECT:
      pushX(rs1(dp) >> 3);
      if (code == Op.JR || code == Op.JALR) {
        i64Const(<i64>imm(dp));
        op(Wasm.I64_ADD);
      }
      i64Const(-2);
      op(Wasm.I64_AND);
      set(LOCAL_PC);
      if (b.flow == Flow.CALL_INDIRECT) link(dp, at);
      writeIndirect();
      return;
    default:
      setStep();
      leave(at);
  }
}

function link(dp: u32, at: u32): void {
  pushPc(at + lengthOf(<Op>load<u16>(dp)));
  popX(rd(dp) >> 3);
}

/** Goes on from block `b` with the block `to`, or leaves the unit for `offset` when it has no such block or may not go on there. */
function follow(b: Block, to: u32, offset: u32): void {
  if (to == NONE) {
    leave(offset);
    return;
  }
  if (isBeyond(offset) && !isBeyond(b.start)) {
    pushBarred();
    openUnlikely();
    leave(offset);
    close();
  }
  writeJump(to);
}

/** Leaves the unit; the next instruction is the one at `offset` of the page, which need not lie in it. */
function leave(offset: u32): void {
  get(LOCAL_PAGE);
  i64Const(<i64>(<i32>offset));
  op(Wasm.I64_ADD);
  set(LOCAL_PC);
  branchToEnd();
}

function setStep(): void {
  i32Const(1);
  set(LOCAL_STEP);
}

/** Leaves the unit for the interpreter to execute the instruction at `offset` of block `b`, of which `done` instructions are executed. */
export function writeStep(b: Block, offset: u32, done: u32): void {
  takeBudget(<i32>done - <i32>(b.insns - (b.flow == Flow.STEP ? 1 : 0)));
  setStep();
  leave(offset);
}

/** The same if the i32 on the stack is not 0. */
export function writeStepIf(b: Block, offset: u32, done: u32): void {
  openUnlikely();
  writeStep(b, offset, done);
  close();
}

/** Leaves the unit for the instruction at `offset` unless the budget lasts for the longest way through it. */
export function writeBudgetCheck(offset: u32): void {
  get(LOCAL_LEFT);
  i32Const(<i32>insnCount());
  op(Wasm.I32_LT_S);
  openUnlikely();
  leave(offset);
  close();
}

/** Jumps to LOCAL_PC: inside the unit when it has an entry there. */
function writeIndirect(): void {
  get(LOCAL_PC);
  i64Const(-4096);
  op(Wasm.I64_AND);
  get(LOCAL_PAGE);
  op(Wasm.I64_EQ);
  get(LOCAL_LEFT);
  i32Const(<i32>insnCount());
  op(Wasm.I32_LT_S);
  op(Wasm.I32_EQZ);
  op(Wasm.I32_AND);
  open(Wasm.IF);
  get(LOCAL_PC);
  op(Wasm.I32_WRAP);
  i32Const(4094);
  op(Wasm.I32_AND);
  access(Wasm.I32_LOAD16_U, heatAt(page, 0));
  tee(LOCAL_WORD);
  i32Const(<i32>FIRST_ENTRY);
  op(Wasm.I32_GE_U);
  open(Wasm.IF);
  get(LOCAL_WORD);
  i32Const(2);
  op(Wasm.I32_SHL);
  access(Wasm.I32_LOAD, ENTRY_WORDS);
  tee(LOCAL_WORD);
  i32Const(16);
  op(Wasm.I32_SHR_U);
  i32Const(<i32>place);
  op(Wasm.I32_EQ);
  open(Wasm.IF);
  get(LOCAL_WORD);
  i32Const(0xffff);
  op(Wasm.I32_AND);
  set(LOCAL_STATE);
  branchToDispatch();
  close();
  close();
  close();
  branchToEnd();
}

function pushCondition(code: Op, dp: u32): void {
  pushX(rs1(dp) >> 3);
  switch (<i32>code) {
    case Op.C_BEQZ:
    case Op.C_BEQZ_FAR:
      op(Wasm.I64_EQZ);
      return;
    case Op.C_BNEZ:
    case Op.C_BNEZ_FAR:
      i64Const(0);
      op(Wasm.I64_NE);
      return;
  }
  pushX(source(dp) >> 3);
  op(conditionCode(code));
}

function conditionCode(code: Op): Wasm {
  switch (<i32>code) {
    case Op.BEQ:
    case Op.BEQ_FAR:
      return Wasm.I64_EQ;
    case Op.BNE:
    case Op.BNE_FAR:
      return Wasm.I64_NE;
    case Op.BLT:
    case Op.BLT_FAR:
      return Wasm.I64_LT_S;
    case Op.BGE:
    case Op.BGE_FAR:
      return Wasm.I64_GE_S;
    case Op.BLTU:
    case Op.BLTU_FAR:
      return Wasm.I64_LT_U;
    default:
      return Wasm.I64_GE_U;
  }
}
