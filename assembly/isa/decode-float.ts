/*
 * The decoder's floating-point part: F and D [unpriv 20, 21].
 *
 * Every such slot carries its Fp number in `sub` and its rounding mode in `rm`; Op decides only whether the interpreter's loop tries a fast path
 * first. A static rounding mode that is reserved makes the instruction illegal here, a dynamic one when it is executed.
 */

import { immI, immS } from "./fields";
import { Fp, Op } from "./opcodes";
import { illegal, put, putF } from "./slot";

const RM_DYN: u32 = 7;
const NO_FP: u32 = 0xff;
/** From the single-precision Fp numbers to the double-precision ones. */
const TO_DOUBLE: u32 = Fp.FADD_D - Fp.FADD_S;

/** Decodes what is none of the integer opcodes; ILLEGAL if it is no floating-point instruction either. */
export function decodeFloat(dp: u32, bits: u32): void {
  const rd = (bits >> 7) & 31;
  const rs1 = (bits >> 15) & 31;
  const rs2 = (bits >> 20) & 31;
  const funct3 = (bits >> 12) & 7;
  const format = (bits >> 25) & 3;
  switch (<i32>(bits & 0x7f)) {
    case 0x07:
      if (funct3 == 2) put(dp, Op.FLW, rd, rs1, immI(bits));
      else if (funct3 == 3) put(dp, Op.FLD, rd, rs1, immI(bits));
      else illegal(dp);
      return;
    case 0x27:
      if (funct3 == 2) put(dp, Op.FSW, rs2, rs1, immS(bits));
      else if (funct3 == 3) put(dp, Op.FSD, rs2, rs1, immS(bits));
      else illegal(dp);
      return;
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
      if (format > 1 || !isRounding(funct3)) illegal(dp);
      else putF(dp, Op.FLOAT, rd, rs1, rs2, bits >> 27, funct3, Fp.FMADD_S + ((bits >> 2) & 3) + format * TO_DOUBLE);
      return;
    case 0x53: {
      const fp = format > 1 ? NO_FP : opFp(bits >> 27, format, funct3, rs2);
      if (fp == NO_FP) illegal(dp);
      else putF(dp, fastPath(fp, funct3), rd, rs1, rs2, 0, funct3, fp);
      return;
    }
    default:
      illegal(dp);
  }
}

function isRounding(rm: u32): bool {
  return rm < 5 || rm == RM_DYN;
}

/** OP-FP by funct5, format and the fields that select further; NO_FP if there is no such instruction. */
function opFp(funct5: u32, format: u32, funct3: u32, rs2: u32): u32 {
  const wide = format * TO_DOUBLE;
  const rounding = isRounding(funct3);
  switch (<i32>funct5) {
    case 0x00:
    case 0x01:
    case 0x02:
    case 0x03:
      return rounding ? Fp.FADD_S + funct5 + wide : NO_FP;
    case 0x0b:
      return rounding && rs2 == 0 ? Fp.FSQRT_S + wide : NO_FP;
    case 0x04:
      return funct3 < 3 ? Fp.FSGNJ_S + funct3 + wide : NO_FP;
    case 0x05:
      return funct3 < 2 ? Fp.FMIN_S + funct3 + wide : NO_FP;
    case 0x08:
      // fcvt.s.d and fcvt.d.s: rs2 names the source's format.
      return rounding && rs2 == (format ^ 1) ? Fp.FCVT_S_D + wide : NO_FP;
    case 0x14:
      if (funct3 > 2) return NO_FP;
      return (funct3 == 2 ? Fp.FEQ_S : funct3 == 1 ? Fp.FLT_S : Fp.FLE_S) + wide;
    case 0x18:
      return rounding && rs2 < 4 ? Fp.FCVT_W_S + rs2 + wide : NO_FP;
    case 0x1a:
      return rounding && rs2 < 4 ? Fp.FCVT_S_W + rs2 + wide : NO_FP;
    case 0x1c:
      if (rs2 != 0 || funct3 > 1) return NO_FP;
      return (funct3 == 0 ? Fp.FMV_X_W : Fp.FCLASS_S) + wide;
    case 0x1e:
      return rs2 == 0 && funct3 == 0 ? Fp.FMV_W_X + wide : NO_FP;
    default:
      return NO_FP;
  }
}

/** The interpreter's own case for an instruction, Op.FLOAT if it has none or the rounding mode rules it out. */
function fastPath(fp: u32, rm: u32): Op {
  switch (<i32>fp) {
    case Fp.FADD_S:
    case Fp.FSUB_S:
    case Fp.FMUL_S:
    case Fp.FDIV_S:
      return rm == 0 || rm == RM_DYN ? Op.FADD_S + (fp - Fp.FADD_S) : Op.FLOAT;
    case Fp.FADD_D:
    case Fp.FSUB_D:
    case Fp.FMUL_D:
    case Fp.FDIV_D:
      return rm == 0 || rm == RM_DYN ? Op.FADD_D + (fp - Fp.FADD_D) : Op.FLOAT;
    case Fp.FSGNJ_D:
      return Op.FSGNJ_D;
    case Fp.FMV_X_D:
      return Op.FMV_X_D;
    case Fp.FMV_D_X:
      return Op.FMV_D_X;
    default:
      return Op.FLOAT;
  }
}
