/*
 * The decoder's compressed part: RV64C with D [unpriv 28].
 *
 * A 16-bit instruction becomes the slot of the instruction it expands to, with an operation code of its own that is two bytes long. HINTs
 * are NOPs, reserved encodings ILLEGAL.
 */

import { isNear } from "./fields";
import { Op } from "./opcodes";
import { illegal, put, putR } from "./slot";

const SP: u32 = 2;

/** Decodes the halfword `bits`; the other parameters are those of `decode`. */
export function decodeCompressed(bits: u32, dp: u32, offset: u32, near: bool): void {
  const funct3 = bits >> 13;
  switch (<i32>(bits & 3)) {
    case 0:
      quadrant0(bits, dp, funct3);
      break;
    case 1:
      quadrant1(bits, dp, funct3, offset, near);
      break;
    default:
      quadrant2(bits, dp, funct3);
  }
}

/** Bits high..low of the instruction, moved to bit `to` of an immediate. */
function field(bits: u32, high: u32, low: u32, to: u32): u32 {
  return ((bits >> low) & ((1 << (high - low + 1)) - 1)) << to;
}

/** A three-bit register field at bit `low`: x8 to x15. */
function short(bits: u32, low: u32): u32 {
  return 8 + ((bits >> low) & 7);
}

function signExtend(value: u32, width: u32): i32 {
  return <i32>(value << (32 - width)) >> (32 - width);
}

function imm6(bits: u32): i32 {
  return signExtend(field(bits, 12, 12, 5) | field(bits, 6, 2, 0), 6);
}

function computes(dp: u32, op: Op, rd: u32, rs1: u32, imm: i32): void {
  if (rd == 0) put(dp, Op.C_NOP, 0, 0, 0);
  else put(dp, op, rd, rs1, imm);
}

function quadrant0(bits: u32, dp: u32, funct3: u32): void {
  const rd = short(bits, 2);
  const rs1 = short(bits, 7);
  const word = field(bits, 12, 10, 3) | field(bits, 6, 6, 2) | field(bits, 5, 5, 6);
  const double = field(bits, 12, 10, 3) | field(bits, 6, 5, 6);
  switch (<i32>funct3) {
    case 0: {
      const imm = field(bits, 12, 11, 4) | field(bits, 10, 7, 6) | field(bits, 6, 6, 2) | field(bits, 5, 5, 3);
      if (imm == 0) illegal(dp);
      else put(dp, Op.C_ADDI, rd, SP, <i32>imm);
      break;
    }
    case 1:
      put(dp, Op.C_FLD, rd, rs1, <i32>double);
      break;
    case 2:
      put(dp, Op.C_LW, rd, rs1, <i32>word);
      break;
    case 3:
      put(dp, Op.C_LD, rd, rs1, <i32>double);
      break;
    case 5:
      put(dp, Op.C_FSD, rd, rs1, <i32>double);
      break;
    case 6:
      put(dp, Op.C_SW, rd, rs1, <i32>word);
      break;
    case 7:
      put(dp, Op.C_SD, rd, rs1, <i32>double);
      break;
    default:
      illegal(dp);
  }
}

function quadrant1(bits: u32, dp: u32, funct3: u32, offset: u32, near: bool): void {
  const rd = (bits >> 7) & 31;
  const imm = imm6(bits);
  switch (<i32>funct3) {
    case 0:
      computes(dp, Op.C_ADDI, rd, rd, imm);
      break;
    case 1:
      if (rd == 0) illegal(dp);
      else put(dp, Op.C_ADDIW, rd, rd, imm);
      break;
    case 2:
      computes(dp, Op.C_LI, rd, 0, imm);
      break;
    case 3:
      luiOrAddi16sp(bits, dp, rd, imm);
      break;
    case 4:
      arithmetic(bits, dp, imm);
      break;
    case 5: {
      const distance = signExtend(
        field(bits, 12, 12, 11) |
          field(bits, 11, 11, 4) |
          field(bits, 10, 9, 8) |
          field(bits, 8, 8, 10) |
          field(bits, 7, 7, 6) |
          field(bits, 6, 6, 7) |
          field(bits, 5, 3, 1) |
          field(bits, 2, 2, 5),
        12,
      );
      if (isNear(offset, distance, near)) put(dp, Op.C_J, 0, 0, distance << 2);
      else put(dp, Op.C_J_FAR, 0, 0, distance);
      break;
    }
    default: {
      const distance = signExtend(
        field(bits, 12, 12, 8) |
          field(bits, 11, 10, 3) |
          field(bits, 6, 5, 6) |
          field(bits, 4, 3, 1) |
          field(bits, 2, 2, 5),
        9,
      );
      const index = funct3 - 6;
      if (isNear(offset, distance, near)) put(dp, Op.C_BEQZ + index, 0, short(bits, 7), distance << 2);
      else put(dp, Op.C_BEQZ_FAR + index, 0, short(bits, 7), distance);
    }
  }
}

function luiOrAddi16sp(bits: u32, dp: u32, rd: u32, imm: i32): void {
  if (rd == SP) {
    const step = signExtend(
      field(bits, 12, 12, 9) |
        field(bits, 6, 6, 4) |
        field(bits, 5, 5, 6) |
        field(bits, 4, 3, 7) |
        field(bits, 2, 2, 5),
      10,
    );
    if (step == 0) illegal(dp);
    else put(dp, Op.C_ADDI, SP, SP, step);
  } else if (imm == 0) illegal(dp);
  else computes(dp, Op.C_LI, rd, 0, imm << 12);
}

function arithmetic(bits: u32, dp: u32, imm: i32): void {
  const rd = short(bits, 7);
  const rs2 = short(bits, 2);
  const shamt = imm & 63;
  const low = (bits >> 5) & 3;
  switch (<i32>((bits >> 10) & 3)) {
    case 0:
      put(dp, Op.C_SRLI, rd, rd, shamt);
      break;
    case 1:
      put(dp, Op.C_SRAI, rd, rd, shamt);
      break;
    case 2:
      put(dp, Op.C_ANDI, rd, rd, imm);
      break;
    default:
      if (bits & 0x1000) {
        if (low > 1) illegal(dp);
        else putR(dp, low == 0 ? Op.C_SUBW : Op.C_ADDW, rd, rd, rs2);
      } else putR(dp, Op.C_SUB + low, rd, rd, rs2);
  }
}

function quadrant2(bits: u32, dp: u32, funct3: u32): void {
  const rd = (bits >> 7) & 31;
  const rs2 = (bits >> 2) & 31;
  const loadWord = field(bits, 12, 12, 5) | field(bits, 6, 4, 2) | field(bits, 3, 2, 6);
  const loadDouble = field(bits, 12, 12, 5) | field(bits, 6, 5, 3) | field(bits, 4, 2, 6);
  const storeWord = field(bits, 12, 9, 2) | field(bits, 8, 7, 6);
  const storeDouble = field(bits, 12, 10, 3) | field(bits, 9, 7, 6);
  switch (<i32>funct3) {
    case 0:
      computes(dp, Op.C_SLLI, rd, rd, imm6(bits) & 63);
      break;
    case 1:
      put(dp, Op.C_FLD, rd, SP, <i32>loadDouble);
      break;
    case 2:
      if (rd == 0) illegal(dp);
      else put(dp, Op.C_LW, rd, SP, <i32>loadWord);
      break;
    case 3:
      if (rd == 0) illegal(dp);
      else put(dp, Op.C_LD, rd, SP, <i32>loadDouble);
      break;
    case 4:
      jumpMoveAdd(bits, dp, rd, rs2);
      break;
    case 5:
      put(dp, Op.C_FSD, rs2, SP, <i32>storeDouble);
      break;
    case 6:
      put(dp, Op.C_SW, rs2, SP, <i32>storeWord);
      break;
    default:
      put(dp, Op.C_SD, rs2, SP, <i32>storeDouble);
  }
}

function jumpMoveAdd(bits: u32, dp: u32, rd: u32, rs2: u32): void {
  const linked = (bits & 0x1000) != 0;
  if (rs2 != 0) {
    if (rd == 0) put(dp, Op.C_NOP, 0, 0, 0);
    else if (linked) putR(dp, Op.C_ADD, rd, rd, rs2);
    else putR(dp, Op.C_MV, rd, 0, rs2);
  } else if (rd == 0) {
    if (linked) put(dp, Op.C_EBREAK, 0, 0, 0);
    else illegal(dp);
  } else put(dp, linked ? Op.C_JALR : Op.C_JR, 1, rd, 0);
}
