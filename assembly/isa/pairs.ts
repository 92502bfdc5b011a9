/*
 * Pairs: two instructions in a row that the interpreter executes by one dispatch.
 *
 * Dispatch costs more than most instructions do, and an indirect jump less to predict. Each slot holds the pair that begins with it, so code may be entered anywhere; the second instruction keeps
 * its own slot, where its operands are read. The list is what the benchmark's integer programs execute most, measured by counting
 * neighbours; no pair begins with a jump.
 */

import { Op } from "./opcodes";

/** The operation code for `first` followed by `second`, or Op.DECODE if there is none. */
export function pairOf(first: Op, second: Op): Op {
  switch (<i32>first) {
    case Op.C_MV:
      if (second == Op.C_MV) return Op.C_MV__C_MV;
      if (second == Op.C_LI) return Op.C_MV__C_LI;
      if (second == Op.BGEU) return Op.C_MV__BGEU;
      break;
    case Op.C_LI:
      if (second == Op.C_MV) return Op.C_LI__C_MV;
      if (second == Op.C_LI) return Op.C_LI__C_LI;
      break;
    case Op.OR:
      if (second == Op.OR) return Op.OR__OR;
      if (second == Op.SLLIW) return Op.OR__SLLIW;
      break;
    case Op.XOR:
      if (second == Op.XOR) return Op.XOR__XOR;
      if (second == Op.OR) return Op.XOR__OR;
      break;
    case Op.SRLIW:
      if (second == Op.SLLIW) return Op.SRLIW__SLLIW;
      if (second == Op.SRLIW) return Op.SRLIW__SRLIW;
      if (second == Op.OR) return Op.SRLIW__OR;
      if (second == Op.XOR) return Op.SRLIW__XOR;
      if (second == Op.C_ADDI) return Op.SRLIW__C_ADDI;
      break;
    case Op.SLLIW:
      if (second == Op.SRLIW) return Op.SLLIW__SRLIW;
      if (second == Op.SLLIW) return Op.SLLIW__SLLIW;
      if (second == Op.OR) return Op.SLLIW__OR;
      break;
    case Op.C_ADDW:
      if (second == Op.ADDW) return Op.C_ADDW__ADDW;
      if (second == Op.BNE) return Op.C_ADDW__BNE;
      if (second == Op.BGEU) return Op.C_ADDW__BGEU;
      if (second == Op.BLTU) return Op.C_ADDW__BLTU;
      break;
    case Op.ADDW:
      if (second == Op.ADDW) return Op.ADDW__ADDW;
      if (second == Op.BLTU) return Op.ADDW__BLTU;
      break;
    case Op.ADDIW:
      if (second == Op.ADDIW) return Op.ADDIW__ADDIW;
      if (second == Op.C_ADDIW) return Op.ADDIW__C_ADDIW;
      break;
    case Op.C_ADDIW:
      if (second == Op.ADDIW) return Op.C_ADDIW__ADDIW;
      if (second == Op.ADDW) return Op.C_ADDIW__ADDW;
      if (second == Op.C_ADDI) return Op.C_ADDIW__C_ADDI;
      if (second == Op.C_ADDIW) return Op.C_ADDIW__C_ADDIW;
      if (second == Op.BNE) return Op.C_ADDIW__BNE;
      break;
    case Op.SRLI:
      if (second == Op.C_XOR) return Op.SRLI__C_XOR;
      if (second == Op.ORI) return Op.SRLI__ORI;
      if (second == Op.C_ADD) return Op.SRLI__C_ADD;
      break;
    case Op.C_XOR:
      if (second == Op.MUL) return Op.C_XOR__MUL;
      if (second == Op.ANDI) return Op.C_XOR__ANDI;
      if (second == Op.C_ADDIW) return Op.C_XOR__C_ADDIW;
      break;
    case Op.MUL:
      if (second == Op.SRLI) return Op.MUL__SRLI;
      break;
    case Op.SLLI:
      if (second == Op.C_SRLI) return Op.SLLI__C_SRLI;
      if (second == Op.C_ADD) return Op.SLLI__C_ADD;
      break;
    case Op.C_SRLI:
      if (second == Op.C_OR) return Op.C_SRLI__C_OR;
      if (second == Op.C_ADD) return Op.C_SRLI__C_ADD;
      if (second == Op.ADD) return Op.C_SRLI__ADD;
      break;
    case Op.ORI:
      if (second == Op.SRLI) return Op.ORI__SRLI;
      break;
    case Op.C_ADD:
      if (second == Op.SRLI) return Op.C_ADD__SRLI;
      if (second == Op.SLLI) return Op.C_ADD__SLLI;
      if (second == Op.C_ADD) return Op.C_ADD__C_ADD;
      if (second == Op.C_ADDI) return Op.C_ADD__C_ADDI;
      if (second == Op.BNE) return Op.C_ADD__BNE;
      if (second == Op.C_JR) return Op.C_ADD__C_JR;
      if (second == Op.LBU) return Op.C_ADD__LBU;
      if (second == Op.LW) return Op.C_ADD__LW;
      if (second == Op.C_LW) return Op.C_ADD__C_LW;
      if (second == Op.C_LD) return Op.C_ADD__C_LD;
      if (second == Op.SB) return Op.C_ADD__SB;
      break;
    case Op.C_SLLI:
      if (second == Op.C_ADD) return Op.C_SLLI__C_ADD;
      if (second == Op.SRLI) return Op.C_SLLI__SRLI;
      if (second == Op.ADDI) return Op.C_SLLI__ADDI;
      break;
    case Op.C_ADDI:
      if (second == Op.C_ADD) return Op.C_ADDI__C_ADD;
      if (second == Op.MULW) return Op.C_ADDI__MULW;
      if (second == Op.C_XOR) return Op.C_ADDI__C_XOR;
      if (second == Op.BNE) return Op.C_ADDI__BNE;
      if (second == Op.BEQ) return Op.C_ADDI__BEQ;
      if (second == Op.BLTU) return Op.C_ADDI__BLTU;
      if (second == Op.C_JR) return Op.C_ADDI__C_JR;
      if (second == Op.C_SD) return Op.C_ADDI__C_SD;
      break;
    case Op.ADDI:
      if (second == Op.C_ADD) return Op.ADDI__C_ADD;
      if (second == Op.C_ADDI) return Op.ADDI__C_ADDI;
      if (second == Op.ADDI) return Op.ADDI__ADDI;
      break;
    case Op.MULW:
      if (second == Op.C_ADDW) return Op.MULW__C_ADDW;
      break;
    case Op.ANDI:
      if (second == Op.C_SLLI) return Op.ANDI__C_SLLI;
      break;
    case Op.C_OR:
      if (second == Op.BNE) return Op.C_OR__BNE;
      break;
    case Op.C_AND:
      if (second == Op.BNE) return Op.C_AND__BNE;
      break;
    case Op.C_LW:
      if (second == Op.C_LW) return Op.C_LW__C_LW;
      if (second == Op.ADDI) return Op.C_LW__ADDI;
      if (second == Op.C_ADD) return Op.C_LW__C_ADD;
      break;
    case Op.C_LD:
      if (second == Op.C_LD) return Op.C_LD__C_LD;
      if (second == Op.C_ADDI) return Op.C_LD__C_ADDI;
      if (second == Op.C_MV) return Op.C_LD__C_MV;
      break;
    case Op.C_SD:
      if (second == Op.C_SD) return Op.C_SD__C_SD;
      break;
    case Op.LBU:
      if (second == Op.LBU) return Op.LBU__LBU;
      if (second == Op.SRLIW) return Op.LBU__SRLIW;
      if (second == Op.C_ADDI) return Op.LBU__C_ADDI;
      if (second == Op.C_SLLI) return Op.LBU__C_SLLI;
      if (second == Op.BNE) return Op.LBU__BNE;
      if (second == Op.C_J) return Op.LBU__C_J;
      break;
    case Op.ADD:
      if (second == Op.LBU) return Op.ADD__LBU;
      break;
    case Op.LW:
      if (second == Op.C_XOR) return Op.LW__C_XOR;
      if (second == Op.C_SLLI) return Op.LW__C_SLLI;
      break;
    case Op.SB:
      if (second == Op.C_ADDW) return Op.SB__C_ADDW;
      break;
    case Op.AUIPC:
      if (second == Op.ADDI) return Op.AUIPC__ADDI;
      break;
  }
  return Op.DECODE;
}
