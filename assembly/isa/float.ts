/*
 * Floating-point instructions: F and D [unpriv 20, 21] over the arithmetic in assembly/float.
 *
 * All of them come here except those that the interpreter's loop finishes itself; it comes here too when a result could raise a flag. Single-precision
 * operands are unboxed (anything not NaN-boxed is the canonical NaN), results boxed again [unpriv 21.2].
 */

import {
  clearFlags,
  f32Add,
  f32Classify,
  f32Div,
  f32Eq,
  f32Fma,
  f32Le,
  f32Lt,
  f32Max,
  f32Min,
  f32Mul,
  f32Sqrt,
  f32Sub,
  f32ToF64,
  f32ToI32,
  f32ToI64,
  f32ToU32,
  f32ToU64,
  f64Add,
  f64Classify,
  f64Div,
  f64Eq,
  f64Fma,
  f64Le,
  f64Lt,
  f64Max,
  f64Min,
  f64Mul,
  f64Sqrt,
  f64Sub,
  f64ToF32,
  f64ToI32,
  f64ToI64,
  f64ToU32,
  f64ToU64,
  i32ToF32,
  i32ToF64,
  i64ToF32,
  i64ToF64,
  takeFlags,
  u32ToF32,
  u32ToF64,
  u64ToF32,
  u64ToF64,
} from "../float";
import { setFcsr } from "../hart/csr";
import { ILLEGAL_INSTRUCTION, raiseException } from "../hart/exception";
import { f, hart, setF, setX, x } from "../hart/hart";
import { FS_DIRTY, FS_OFF } from "../hart/status";
import { EXIT_NEXT, EXIT_TRAP } from "./exit";
import { Fp } from "./opcodes";
import { rd, rm, rs1, rs2, rs3, sub } from "./slot";

const RM_DYN: u32 = 7;
const RM_RESERVED: u32 = 5;
const BOX: u64 = 0xffff_ffff_0000_0000;
const SIGN32: u32 = 0x8000_0000;
const SIGN64: u64 = 0x8000_0000_0000_0000;
const CANONICAL_NAN32: u32 = 0x7fc0_0000;

/** The single-precision value in a register. */
export function unbox(value: u64): u32 {
  return value >= BOX ? <u32>value : CANONICAL_NAN32;
}

function s(r: u32): u32 {
  return unbox(f(r));
}

function setS(r: u32, value: u32): void {
  setF(r, BOX | <u64>value);
}

/** An integer result; x0 stays zero. */
function setInteger(r: u32, value: u64): void {
  if (r != 0) setX(r, value);
}

/** Executes the floating-point instruction in the slot at `dp`. */
export function float(dp: u32): u32 {
  const fp = sub(dp);
  const mode = rm(dp) == RM_DYN && rounds(fp) ? hart.frm : rm(dp);
  if (hart.fs == FS_OFF || (mode >= RM_RESERVED && rounds(fp))) {
    raiseException(ILLEGAL_INSTRUCTION, 0);
    return EXIT_TRAP;
  }
  clearFlags();
  const toInteger = fp < <u32>Fp.FADD_D ? single(fp, dp, mode) : double(fp, dp, mode);
  const raised = takeFlags();
  if (raised & ~hart.fflags) setFcsr(hart.frm, hart.fflags | raised);
  else if (!toInteger) hart.fs = FS_DIRTY;
  return EXIT_NEXT;
}

/** Whether the instruction's rm field is a rounding mode and not part of the opcode. */
function rounds(fp: u32): bool {
  const kind = fp < <u32>Fp.FADD_D ? fp : fp - <u32>Fp.FADD_D;
  return kind < <u32>Fp.FSGNJ_S || kind >= <u32>Fp.FCVT_W_S;
}

/** Single precision; returns whether the result went to an integer register. */
function single(fp: u32, dp: u32, mode: u32): bool {
  const to = rd(dp);
  const from = rs1(dp);
  const a = s(from);
  const b = s(rs2(dp));
  switch (<i32>fp) {
    case Fp.FADD_S:
      setS(to, f32Add(a, b, mode));
      return false;
    case Fp.FSUB_S:
      setS(to, f32Sub(a, b, mode));
      return false;
    case Fp.FMUL_S:
      setS(to, f32Mul(a, b, mode));
      return false;
    case Fp.FDIV_S:
      setS(to, f32Div(a, b, mode));
      return false;
    case Fp.FSQRT_S:
      setS(to, f32Sqrt(a, mode));
      return false;
    case Fp.FMADD_S:
      setS(to, f32Fma(a, b, s(rs3(dp)), mode));
      return false;
    case Fp.FMSUB_S:
      setS(to, f32Fma(a, b, s(rs3(dp)) ^ SIGN32, mode));
      return false;
    case Fp.FNMSUB_S:
      setS(to, f32Fma(a ^ SIGN32, b, s(rs3(dp)), mode));
      return false;
    case Fp.FNMADD_S:
      setS(to, f32Fma(a ^ SIGN32, b, s(rs3(dp)) ^ SIGN32, mode));
      return false;
    case Fp.FSGNJ_S:
      setS(to, (a & ~SIGN32) | (b & SIGN32));
      return false;
    case Fp.FSGNJN_S:
      setS(to, (a & ~SIGN32) | (~b & SIGN32));
      return false;
    case Fp.FSGNJX_S:
      setS(to, a ^ (b & SIGN32));
      return false;
    case Fp.FMIN_S:
      setS(to, f32Min(a, b));
      return false;
    case Fp.FMAX_S:
      setS(to, f32Max(a, b));
      return false;
    case Fp.FEQ_S:
      setInteger(to, f32Eq(a, b) ? 1 : 0);
      return true;
    case Fp.FLT_S:
      setInteger(to, f32Lt(a, b) ? 1 : 0);
      return true;
    case Fp.FLE_S:
      setInteger(to, f32Le(a, b) ? 1 : 0);
      return true;
    case Fp.FCLASS_S:
      setInteger(to, f32Classify(a));
      return true;
    case Fp.FMV_X_W:
      setInteger(to, <u64>(<i64>(<i32>f(from))));
      return true;
    case Fp.FMV_W_X:
      setS(to, <u32>x(from));
      return false;
    case Fp.FCVT_W_S:
      setInteger(to, f32ToI32(a, mode));
      return true;
    case Fp.FCVT_WU_S:
      setInteger(to, f32ToU32(a, mode));
      return true;
    case Fp.FCVT_L_S:
      setInteger(to, f32ToI64(a, mode));
      return true;
    case Fp.FCVT_LU_S:
      setInteger(to, f32ToU64(a, mode));
      return true;
    case Fp.FCVT_S_W:
      setS(to, i32ToF32(<i32>x(from), mode));
      return false;
    case Fp.FCVT_S_WU:
      setS(to, u32ToF32(<u32>x(from), mode));
      return false;
    case Fp.FCVT_S_L:
      setS(to, i64ToF32(<i64>x(from), mode));
      return false;
    case Fp.FCVT_S_LU:
      setS(to, u64ToF32(x(from), mode));
      return false;
    default:
      setS(to, f64ToF32(f(from), mode));
      return false;
  }
}

/** Double precision; returns whether the result went to an integer register. */
function double(fp: u32, dp: u32, mode: u32): bool {
  const to = rd(dp);
  const from = rs1(dp);
  const a = f(from);
  const b = f(rs2(dp));
  switch (<i32>fp) {
    case Fp.FADD_D:
      setF(to, f64Add(a, b, mode));
      return false;
    case Fp.FSUB_D:
      setF(to, f64Sub(a, b, mode));
      return false;
    case Fp.FMUL_D:
      setF(to, f64Mul(a, b, mode));
      return false;
    case Fp.FDIV_D:
      setF(to, f64Div(a, b, mode));
      return false;
    case Fp.FSQRT_D:
      setF(to, f64Sqrt(a, mode));
      return false;
    case Fp.FMADD_D:
      setF(to, f64Fma(a, b, f(rs3(dp)), mode));
      return false;
    case Fp.FMSUB_D:
      setF(to, f64Fma(a, b, f(rs3(dp)) ^ SIGN64, mode));
      return false;
    case Fp.FNMSUB_D:
      setF(to, f64Fma(a ^ SIGN64, b, f(rs3(dp)), mode));
      return false;
    case Fp.FNMADD_D:
      setF(to, f64Fma(a ^ SIGN64, b, f(rs3(dp)) ^ SIGN64, mode));
      return false;
    case Fp.FSGNJ_D:
      setF(to, (a & ~SIGN64) | (b & SIGN64));
      return false;
    case Fp.FSGNJN_D:
      setF(to, (a & ~SIGN64) | (~b & SIGN64));
      return false;
    case Fp.FSGNJX_D:
      setF(to, a ^ (b & SIGN64));
      return false;
    case Fp.FMIN_D:
      setF(to, f64Min(a, b));
      return false;
    case Fp.FMAX_D:
      setF(to, f64Max(a, b));
      return false;
    case Fp.FEQ_D:
      setInteger(to, f64Eq(a, b) ? 1 : 0);
      return true;
    case Fp.FLT_D:
      setInteger(to, f64Lt(a, b) ? 1 : 0);
      return true;
    case Fp.FLE_D:
      setInteger(to, f64Le(a, b) ? 1 : 0);
      return true;
    case Fp.FCLASS_D:
      setInteger(to, f64Classify(a));
      return true;
    case Fp.FMV_X_D:
      setInteger(to, a);
      return true;
    case Fp.FMV_D_X:
      setF(to, x(from));
      return false;
    case Fp.FCVT_W_D:
      setInteger(to, f64ToI32(a, mode));
      return true;
    case Fp.FCVT_WU_D:
      setInteger(to, f64ToU32(a, mode));
      return true;
    case Fp.FCVT_L_D:
      setInteger(to, f64ToI64(a, mode));
      return true;
    case Fp.FCVT_LU_D:
      setInteger(to, f64ToU64(a, mode));
      return true;
    case Fp.FCVT_D_W:
      setF(to, i32ToF64(<i32>x(from), mode));
      return false;
    case Fp.FCVT_D_WU:
      setF(to, u32ToF64(<u32>x(from), mode));
      return false;
    case Fp.FCVT_D_L:
      setF(to, i64ToF64(<i64>x(from), mode));
      return false;
    case Fp.FCVT_D_LU:
      setF(to, u64ToF64(x(from), mode));
      return false;
    default:
      setF(to, f32ToF64(s(from)));
      return false;
  }
}
