/*
 * Integer computation in compiled code: I, M, Zba, Zbb, Zbs and Zicond [unpriv 2.4, 4.2, 11, 12, 31]; the meaning of each instruction stands in isa/integer.ts.
 */

import { Op } from "../isa/opcodes";
import { byte, get, i32Const, i64Const, op, set, TYPE_I32, TYPE_I64, Wasm } from "./bytes";
import { LOCAL_A, LOCAL_B, LOCAL_C, LOCAL_D } from "./locals";
import { pushX } from "./translate";

const LOW_HALF: i64 = 0xffff_ffff;

/** Pushes what the instruction writes to rd; registers are numbers. */
export function compute(code: Op, rs1: u32, rs2: u32, imm: i32): void {
  switch (<i32>code) {
    case Op.ADDI:
    case Op.C_ADDI:
      pushX(rs1);
      if (imm == 0) return;
      withImmediate(imm, Wasm.I64_ADD);
      return;
    case Op.SLTI:
      pushX(rs1);
      withImmediate(imm, Wasm.I64_LT_S);
      op(Wasm.I64_EXTEND_U);
      return;
    case Op.SLTIU:
      pushX(rs1);
      withImmediate(imm, Wasm.I64_LT_U);
      op(Wasm.I64_EXTEND_U);
      return;
    case Op.XORI:
      pushX(rs1);
      withImmediate(imm, Wasm.I64_XOR);
      return;
    case Op.ORI:
      pushX(rs1);
      withImmediate(imm, Wasm.I64_OR);
      return;
    case Op.ANDI:
    case Op.C_ANDI:
      pushX(rs1);
      withImmediate(imm, Wasm.I64_AND);
      return;
    case Op.SLLI:
    case Op.C_SLLI:
      pushX(rs1);
      withImmediate(imm, Wasm.I64_SHL);
      return;
    case Op.SRLI:
    case Op.C_SRLI:
      pushX(rs1);
      withImmediate(imm, Wasm.I64_SHR_U);
      return;
    case Op.SRAI:
    case Op.C_SRAI:
      pushX(rs1);
      withImmediate(imm, Wasm.I64_SHR_S);
      return;
    case Op.RORI:
      pushX(rs1);
      withImmediate(imm, Wasm.I64_ROTR);
      return;
    case Op.ADDIW:
    case Op.C_ADDIW:
      pushX(rs1);
      if (imm != 0) withImmediate(imm, Wasm.I64_ADD);
      op(Wasm.I64_EXTEND32_S);
      return;
    case Op.SLLIW:
      pushX(rs1);
      withImmediate(imm, Wasm.I64_SHL);
      op(Wasm.I64_EXTEND32_S);
      return;
    case Op.SRLIW:
      wordImmediate(rs1, imm, Wasm.I32_SHR_U);
      return;
    case Op.SRAIW:
      wordImmediate(rs1, imm, Wasm.I32_SHR_S);
      return;
    case Op.RORIW:
      wordImmediate(rs1, imm, Wasm.I32_ROTR);
      return;
    case Op.LUI:
    case Op.C_LI:
      i64Const(<i64>imm);
      return;
    case Op.C_MV:
      pushX(rs2);
      return;
    case Op.ADD:
    case Op.C_ADD:
      both(rs1, rs2, Wasm.I64_ADD);
      return;
    case Op.SUB:
    case Op.C_SUB:
      both(rs1, rs2, Wasm.I64_SUB);
      return;
    // WebAssembly takes shift amounts modulo the width, too.
    case Op.SLL:
      both(rs1, rs2, Wasm.I64_SHL);
      return;
    case Op.SRL:
      both(rs1, rs2, Wasm.I64_SHR_U);
      return;
    case Op.SRA:
      both(rs1, rs2, Wasm.I64_SHR_S);
      return;
    case Op.SLT:
      both(rs1, rs2, Wasm.I64_LT_S);
      op(Wasm.I64_EXTEND_U);
      return;
    case Op.SLTU:
      both(rs1, rs2, Wasm.I64_LT_U);
      op(Wasm.I64_EXTEND_U);
      return;
    case Op.XOR:
    case Op.C_XOR:
      both(rs1, rs2, Wasm.I64_XOR);
      return;
    case Op.OR:
    case Op.C_OR:
      both(rs1, rs2, Wasm.I64_OR);
      return;
    case Op.AND:
    case Op.C_AND:
      both(rs1, rs2, Wasm.I64_AND);
      return;
    case Op.ADDW:
    case Op.C_ADDW:
      both(rs1, rs2, Wasm.I64_ADD);
      op(Wasm.I64_EXTEND32_S);
      return;
    case Op.SUBW:
    case Op.C_SUBW:
      both(rs1, rs2, Wasm.I64_SUB);
      op(Wasm.I64_EXTEND32_S);
      return;
    case Op.SLLW:
      words(rs1, rs2, Wasm.I32_SHL);
      return;
    case Op.SRLW:
      words(rs1, rs2, Wasm.I32_SHR_U);
      return;
    case Op.SRAW:
      words(rs1, rs2, Wasm.I32_SHR_S);
      return;
    case Op.MUL:
      both(rs1, rs2, Wasm.I64_MUL);
      return;
    case Op.MULW:
      both(rs1, rs2, Wasm.I64_MUL);
      op(Wasm.I64_EXTEND32_S);
      return;
    case Op.MULHU:
      multiplyHigh(rs1, rs2);
      return;
    case Op.MULHSU:
      multiplyHigh(rs1, rs2);
      correct(rs2, rs1);
      return;
    case Op.MULH:
      multiplyHigh(rs1, rs2);
      correct(rs1, rs2);
      correct(rs2, rs1);
      return;
    case Op.DIV:
      divide(rs1, rs2, true, false);
      return;
    case Op.DIVU:
      divide(rs1, rs2, false, false);
      return;
    case Op.REM:
      divide(rs1, rs2, true, true);
      return;
    case Op.REMU:
      divide(rs1, rs2, false, true);
      return;
    case Op.DIVW:
      divideWords(rs1, rs2, true, false);
      return;
    case Op.DIVUW:
      divideWords(rs1, rs2, false, false);
      return;
    case Op.REMW:
      divideWords(rs1, rs2, true, true);
      return;
    case Op.REMUW:
      divideWords(rs1, rs2, false, true);
      return;
    case Op.SLLI_UW:
      pushLow(rs1);
      withImmediate(imm, Wasm.I64_SHL);
      return;
    case Op.ADD_UW:
      pushLow(rs1);
      withRegister(rs2, Wasm.I64_ADD);
      return;
    case Op.SH1ADD:
    case Op.SH2ADD:
    case Op.SH3ADD:
      pushX(rs1);
      withImmediate(<i32>(code - Op.SH1ADD + 1), Wasm.I64_SHL);
      withRegister(rs2, Wasm.I64_ADD);
      return;
    case Op.SH1ADD_UW:
    case Op.SH2ADD_UW:
    case Op.SH3ADD_UW:
      pushLow(rs1);
      withImmediate(<i32>(code - Op.SH1ADD_UW + 1), Wasm.I64_SHL);
      withRegister(rs2, Wasm.I64_ADD);
      return;
    case Op.ANDN:
      pushX(rs1);
      pushNot(rs2);
      op(Wasm.I64_AND);
      return;
    case Op.ORN:
      pushX(rs1);
      pushNot(rs2);
      op(Wasm.I64_OR);
      return;
    case Op.XNOR:
      pushX(rs1);
      pushNot(rs2);
      op(Wasm.I64_XOR);
      return;
    case Op.CLZ:
      single(rs1, Wasm.I64_CLZ);
      return;
    case Op.CTZ:
      single(rs1, Wasm.I64_CTZ);
      return;
    case Op.CPOP:
      single(rs1, Wasm.I64_POPCNT);
      return;
    case Op.CLZW:
      singleWord(rs1, Wasm.I32_CLZ);
      return;
    case Op.CTZW:
      singleWord(rs1, Wasm.I32_CTZ);
      return;
    case Op.CPOPW:
      singleWord(rs1, Wasm.I32_POPCNT);
      return;
    case Op.MAX:
      choose(rs1, rs2, Wasm.I64_GT_S);
      return;
    case Op.MAXU:
      choose(rs1, rs2, Wasm.I64_GT_U);
      return;
    case Op.MIN:
      choose(rs1, rs2, Wasm.I64_LT_S);
      return;
    case Op.MINU:
      choose(rs1, rs2, Wasm.I64_LT_U);
      return;
    case Op.SEXT_B:
      single(rs1, Wasm.I64_EXTEND8_S);
      return;
    case Op.SEXT_H:
      single(rs1, Wasm.I64_EXTEND16_S);
      return;
    case Op.ZEXT_H:
      pushX(rs1);
      i64Const(0xffff);
      op(Wasm.I64_AND);
      return;
    case Op.ROL:
      both(rs1, rs2, Wasm.I64_ROTL);
      return;
    case Op.ROR:
      both(rs1, rs2, Wasm.I64_ROTR);
      return;
    case Op.ROLW:
      words(rs1, rs2, Wasm.I32_ROTL);
      return;
    case Op.RORW:
      words(rs1, rs2, Wasm.I32_ROTR);
      return;
    case Op.ORC_B:
      spreadBytes(rs1);
      return;
    case Op.REV8:
      reverseBytes(rs1);
      return;
    case Op.BCLR:
      pushX(rs1);
      pushBit(rs2);
      pushAllOnes();
      op(Wasm.I64_XOR);
      op(Wasm.I64_AND);
      return;
    case Op.BEXT:
      both(rs1, rs2, Wasm.I64_SHR_U);
      i64Const(1);
      op(Wasm.I64_AND);
      return;
    case Op.BINV:
      pushX(rs1);
      pushBit(rs2);
      op(Wasm.I64_XOR);
      return;
    case Op.BSET:
      pushX(rs1);
      pushBit(rs2);
      op(Wasm.I64_OR);
      return;
    case Op.BCLRI:
      pushX(rs1);
      i64Const(~((<i64>1) << (<i64>imm)));
      op(Wasm.I64_AND);
      return;
    case Op.BEXTI:
      pushX(rs1);
      withImmediate(imm, Wasm.I64_SHR_U);
      i64Const(1);
      op(Wasm.I64_AND);
      return;
    case Op.BINVI:
      pushX(rs1);
      i64Const((<i64>1) << (<i64>imm));
      op(Wasm.I64_XOR);
      return;
    case Op.BSETI:
      pushX(rs1);
      i64Const((<i64>1) << (<i64>imm));
      op(Wasm.I64_OR);
      return;
    case Op.CZERO_EQZ:
      i64Const(0);
      pushX(rs1);
      pushX(rs2);
      op(Wasm.I64_EQZ);
      op(Wasm.SELECT);
      return;
    case Op.CZERO_NEZ:
      pushX(rs1);
      i64Const(0);
      pushX(rs2);
      op(Wasm.I64_EQZ);
      op(Wasm.SELECT);
      return;
    default:
      // flow.ts keeps every other instruction out of units.
      op(Wasm.UNREACHABLE);
  }
}

function withImmediate(imm: i32, code: Wasm): void {
  i64Const(<i64>imm);
  op(code);
}

function withRegister(rs: u32, code: Wasm): void {
  pushX(rs);
  op(code);
}

function both(rs1: u32, rs2: u32, code: Wasm): void {
  pushX(rs1);
  withRegister(rs2, code);
}

function single(rs: u32, code: Wasm): void {
  pushX(rs);
  op(code);
}

function pushWord(rs: u32): void {
  single(rs, Wasm.I32_WRAP);
}

/** An operation on the low words, its result sign-extended. */
function words(rs1: u32, rs2: u32, code: Wasm): void {
  pushWord(rs1);
  pushWord(rs2);
  op(code);
  op(Wasm.I64_EXTEND_S);
}

function wordImmediate(rs1: u32, imm: i32, code: Wasm): void {
  pushWord(rs1);
  i32Const(imm);
  op(code);
  op(Wasm.I64_EXTEND_S);
}

/** Pushes the low word of register `rs`, rotated to the left by `amount` and sign-extended. */
export function rotateWord(rs: u32, amount: u32): void {
  wordImmediate(rs, <i32>amount, Wasm.I32_ROTL);
}

function singleWord(rs: u32, code: Wasm): void {
  pushWord(rs);
  op(code);
  op(Wasm.I64_EXTEND_U);
}

/** The low word, zero-extended. */
function pushLow(rs: u32): void {
  pushX(rs);
  i64Const(LOW_HALF);
  op(Wasm.I64_AND);
}

function pushAllOnes(): void {
  i64Const(-1);
}

function pushNot(rs: u32): void {
  pushX(rs);
  pushAllOnes();
  op(Wasm.I64_XOR);
}

function pushBit(rs: u32): void {
  i64Const(1);
  pushX(rs);
  op(Wasm.I64_SHL);
}

function choose(rs1: u32, rs2: u32, code: Wasm): void {
  pushX(rs1);
  pushX(rs2);
  both(rs1, rs2, code);
  op(Wasm.SELECT);
}

/** The high half of the unsigned product, as `multiplyHigh` of isa/integer.ts has it. */
function multiplyHigh(rs1: u32, rs2: u32): void {
  pushLow(rs1);
  set(LOCAL_A);
  pushX(rs1);
  withImmediate(32, Wasm.I64_SHR_U);
  set(LOCAL_B);
  pushLow(rs2);
  set(LOCAL_C);
  // middle = aHigh * bLow + (aLow * bLow >> 32)
  get(LOCAL_B);
  get(LOCAL_C);
  op(Wasm.I64_MUL);
  get(LOCAL_A);
  get(LOCAL_C);
  op(Wasm.I64_MUL);
  withImmediate(32, Wasm.I64_SHR_U);
  op(Wasm.I64_ADD);
  set(LOCAL_D);
  pushX(rs2);
  withImmediate(32, Wasm.I64_SHR_U);
  set(LOCAL_C);
  // aHigh * bHigh + (middle >> 32) + (aLow * bHigh + (middle & 0xffffffff) >> 32)
  get(LOCAL_B);
  get(LOCAL_C);
  op(Wasm.I64_MUL);
  get(LOCAL_D);
  withImmediate(32, Wasm.I64_SHR_U);
  op(Wasm.I64_ADD);
  get(LOCAL_A);
  get(LOCAL_C);
  op(Wasm.I64_MUL);
  get(LOCAL_D);
  i64Const(LOW_HALF);
  op(Wasm.I64_AND);
  op(Wasm.I64_ADD);
  withImmediate(32, Wasm.I64_SHR_U);
  op(Wasm.I64_ADD);
}

/** Subtracts `factor` from what is pushed if `other` is negative. */
function correct(factor: u32, other: u32): void {
  pushX(other);
  withImmediate(63, Wasm.I64_SHR_S);
  withRegister(factor, Wasm.I64_AND);
  op(Wasm.I64_SUB);
}

/** Division with RISC-V's results for zero, and for -1, which WebAssembly refuses to divide the smallest number by [unpriv 12.2]. */
function divide(rs1: u32, rs2: u32, isSigned: bool, isRemainder: bool): void {
  pushX(rs2);
  op(Wasm.I64_EQZ);
  op(Wasm.IF);
  byte(TYPE_I64);
  if (isRemainder) pushX(rs1);
  else pushAllOnes();
  op(Wasm.ELSE);
  if (isSigned) {
    pushX(rs2);
    pushAllOnes();
    op(Wasm.I64_EQ);
    op(Wasm.IF);
    byte(TYPE_I64);
    i64Const(0);
    if (!isRemainder) withRegister(rs1, Wasm.I64_SUB);
    op(Wasm.ELSE);
    both(rs1, rs2, isRemainder ? Wasm.I64_REM_S : Wasm.I64_DIV_S);
    op(Wasm.END);
  } else both(rs1, rs2, isRemainder ? Wasm.I64_REM_U : Wasm.I64_DIV_U);
  op(Wasm.END);
}

function divideWords(rs1: u32, rs2: u32, isSigned: bool, isRemainder: bool): void {
  pushWord(rs2);
  op(Wasm.I32_EQZ);
  op(Wasm.IF);
  byte(TYPE_I32);
  if (isRemainder) pushWord(rs1);
  else i32Const(-1);
  op(Wasm.ELSE);
  if (isSigned) {
    pushWord(rs2);
    i32Const(-1);
    op(Wasm.I32_EQ);
    op(Wasm.IF);
    byte(TYPE_I32);
    i32Const(0);
    if (!isRemainder) {
      pushWord(rs1);
      op(Wasm.I32_SUB);
    }
    op(Wasm.ELSE);
    wordQuotient(rs1, rs2, isRemainder ? Wasm.I32_REM_S : Wasm.I32_DIV_S);
    op(Wasm.END);
  } else wordQuotient(rs1, rs2, isRemainder ? Wasm.I32_REM_U : Wasm.I32_DIV_U);
  op(Wasm.END);
  op(Wasm.I64_EXTEND_S);
}

function wordQuotient(rs1: u32, rs2: u32, code: Wasm): void {
  pushWord(rs1);
  pushWord(rs2);
  op(code);
}

/** orc.b: each byte becomes 0xff unless it is zero. */
function spreadBytes(rs: u32): void {
  pushX(rs);
  i64Const(0x7f7f_7f7f_7f7f_7f7f);
  op(Wasm.I64_AND);
  i64Const(0x7f7f_7f7f_7f7f_7f7f);
  op(Wasm.I64_ADD);
  withRegister(rs, Wasm.I64_OR);
  withImmediate(7, Wasm.I64_SHR_U);
  i64Const(0x0101_0101_0101_0101);
  op(Wasm.I64_AND);
  i64Const(255);
  op(Wasm.I64_MUL);
}

/** rev8: neighbouring bytes, then halfwords, then words change places. */
function reverseBytes(rs: u32): void {
  pushX(rs);
  set(LOCAL_A);
  swapNeighbours(0x00ff_00ff_00ff_00ff, 8);
  set(LOCAL_A);
  swapNeighbours(0x0000_ffff_0000_ffff, 16);
  withImmediate(32, Wasm.I64_ROTL);
}

function swapNeighbours(mask: i64, bits: i32): void {
  get(LOCAL_A);
  i64Const(mask);
  op(Wasm.I64_AND);
  withImmediate(bits, Wasm.I64_SHL);
  get(LOCAL_A);
  withImmediate(bits, Wasm.I64_SHR_U);
  i64Const(mask);
  op(Wasm.I64_AND);
  op(Wasm.I64_OR);
}
