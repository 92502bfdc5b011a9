/*
 * Floating point in compiled code: F and D [unpriv 20, 21] by WebAssembly's own arithmetic wherever that gives the same bits and raises no flag that is not raised already. Everything else is
 * left to the interpreter, which computes exactly.
 *
 * What can be seen from a result: an addition that stays finite can have raised inexact only, and so can a multiplication or division whose result is normal. Whether it is that and
 * inexact is set and rounding is to nearest, so that there is nothing to raise, is one unsigned comparison of its exponent: LOCAL_RANGE is 0 as long as something may have to be raised.
 * Integers for that take half as many instructions of the processor as comparing f64. Results that are exact for certain need not ask.
 */

import { HART_PTR } from "../abi";
import { FS_DIRTY } from "../hart/status";
import { Fp, Op } from "../isa/opcodes";
import { rd, rm, rs1, rs2, rs3, sub } from "../isa/slot";
import { access, byte, f64Const, get, i32Const, i64Const, op, Simd, set, tee, unsigned, Wasm } from "./bytes";
import { hasFusedMultiplyAdd } from "./features";
import { HART_FS, HART_LIMIT } from "./fields";
import { LOCAL_A, LOCAL_PART, LOCAL_R, LOCAL_RANGE, LOCAL_WORD, localOfF, pushField, writesF } from "./locals";
import { Block } from "./region";
import { close, openUnlikely } from "./shape";
import { popX, pushX, writeStepIf } from "./translate";
import { slotOf } from "./window";

const BOX: i64 = 0xffff_ffff_0000_0000;
/** Twice the first high word above that of the smallest normal number, to which tiny results are rounded too, and how far from it infinity is. */
const NORMAL_FIRST64: i32 = (1 << 21) + 2;
const NORMAL_RANGE64: i32 = (0x7fe << 21) - 2;
const NORMAL_MIN32: f64 = 1.1754943508222875e-38;
const RM_NEAREST: u32 = 0;
const RM_ZERO: u32 = 1;
const RM_DYNAMIC: u32 = 7;

/** Whether mstatus.FS is known to be dirty in this block. */
let dirty: bool = false;

/** A block begins. */
export function forgetFloat(): void {
  dirty = false;
}

/** Whether the floating-point instruction in the slot can be part of a unit; loads and stores always can. */
export function isFloatCompiled(dp: u32): bool {
  const code = <Op>load<u16>(dp);
  if (code != Op.FLOAT) return code != Op.FMV_X_D || rd(dp) != 0;
  const fp = sub(dp);
  const mode = rm(dp);
  const nearest = mode == RM_NEAREST || mode == RM_DYNAMIC;
  switch (<i32>fp) {
    case Fp.FSQRT_S:
    case Fp.FSQRT_D:
    case Fp.FCVT_S_D:
    case Fp.FCVT_S_W:
    case Fp.FCVT_S_WU:
    case Fp.FCVT_S_L:
    case Fp.FCVT_S_LU:
    case Fp.FCVT_D_L:
    case Fp.FCVT_D_LU:
      return nearest;
    case Fp.FMADD_D:
    case Fp.FMSUB_D:
    case Fp.FNMSUB_D:
    case Fp.FNMADD_D:
      return nearest && hasFusedMultiplyAdd();
    case Fp.FSGNJN_D:
    case Fp.FSGNJX_D:
    case Fp.FSGNJ_S:
    case Fp.FSGNJN_S:
    case Fp.FSGNJX_S:
    case Fp.FMIN_D:
    case Fp.FMAX_D:
    case Fp.FMIN_S:
    case Fp.FMAX_S:
    case Fp.FMV_W_X:
    case Fp.FCVT_D_W:
    case Fp.FCVT_D_WU:
    case Fp.FCVT_D_S:
      return true;
    case Fp.FEQ_D:
    case Fp.FLT_D:
    case Fp.FLE_D:
    case Fp.FEQ_S:
    case Fp.FLT_S:
    case Fp.FLE_S:
    case Fp.FMV_X_W:
      return rd(dp) != 0;
    case Fp.FCVT_W_D:
    case Fp.FCVT_WU_D:
    case Fp.FCVT_L_D:
    case Fp.FCVT_LU_D:
    case Fp.FCVT_W_S:
    case Fp.FCVT_WU_S:
    case Fp.FCVT_L_S:
    case Fp.FCVT_LU_S:
      return mode == RM_ZERO && rd(dp) != 0;
    default:
      return false;
  }
}

/** Pops an f64 into f register `r` (a number). */
export function popF(r: u32): void {
  set(localOfF(r));
  writesF(r);
  if (dirty) return;
  dirty = true;
  i32Const(0);
  i32Const(FS_DIRTY);
  access(Wasm.I32_STORE, HART_PTR + HART_FS);
}

export function pushF(r: u32): void {
  get(localOfF(r));
}

/** Where a step out of the unit is to happen: the instruction at `at` of block `b`, `done` instructions before it are executed. */
let b: Block = changetype<Block>(0);
let at: u32 = 0;
let done: u32 = 0;

/** Leaves the instruction to the interpreter if the i32 on the stack is not 0. */
function stepIf(): void {
  writeStepIf(b, at, done);
}

function stepUnless(): void {
  op(Wasm.I32_EQZ);
  stepIf();
}

/** Writes the floating-point instruction at `offset` of the block; no load or store. */
export function writeFloat(block: Block, offset: u32, before: u32): void {
  b = block;
  at = offset;
  done = before;
  const dp = slotOf(offset);
  const to = rd(dp) >> 3;
  const from = rs1(dp) >> 3;
  const second = rs2(dp) >> 3;
  const fp = fpOf(<Op>load<u16>(dp), dp);
  switch (<i32>fp) {
    case Fp.FADD_D:
      sum(to, from, second, Wasm.F64_ADD);
      return;
    case Fp.FSUB_D:
      sum(to, from, second, Wasm.F64_SUB);
      return;
    case Fp.FMUL_D:
      pushBoth(from, second);
      op(Wasm.F64_MUL);
      tee(LOCAL_R);
      pushIsNormal();
      op(Wasm.I32_EQZ);
      stepUnlessZero(from, second);
      keepResult(to);
      return;
    case Fp.FDIV_D:
      pushBoth(from, second);
      op(Wasm.F64_DIV);
      stepUnlessNormal();
      keepResult(to);
      return;
    case Fp.FSQRT_D:
      pushF(from);
      op(Wasm.F64_SQRT);
      tee(LOCAL_R);
      pushIsFinite();
      stepUnless();
      keepResult(to);
      return;
    case Fp.FMADD_D:
    case Fp.FMSUB_D:
    case Fp.FNMSUB_D:
    case Fp.FNMADD_D:
      fuse(
        to,
        from,
        second,
        rs3(dp) >> 3,
        fp == Fp.FNMSUB_D || fp == Fp.FNMADD_D,
        fp == Fp.FMSUB_D || fp == Fp.FNMADD_D,
      );
      return;
    case Fp.FSGNJ_D:
      pushBoth(from, second);
      op(Wasm.F64_COPYSIGN);
      popF(to);
      return;
    case Fp.FSGNJN_D:
      pushBoth(from, second);
      op(Wasm.F64_NEG);
      op(Wasm.F64_COPYSIGN);
      popF(to);
      return;
    case Fp.FSGNJX_D:
      pushBits(from);
      pushBits(second);
      i64Const(i64.MIN_VALUE);
      op(Wasm.I64_AND);
      op(Wasm.I64_XOR);
      op(Wasm.F64_REINTERPRET);
      popF(to);
      return;
    case Fp.FMIN_D:
    case Fp.FMAX_D:
      refuseNans(from, second);
      pushBoth(from, second);
      op(fp == Fp.FMIN_D ? Wasm.F64_MIN : Wasm.F64_MAX);
      popF(to);
      return;
    case Fp.FEQ_D:
    case Fp.FLT_D:
    case Fp.FLE_D:
      refuseNans(from, second);
      pushBoth(from, second);
      op(fp == Fp.FEQ_D ? Wasm.F64_EQ : fp == Fp.FLT_D ? Wasm.F64_LT : Wasm.F64_LE);
      op(Wasm.I64_EXTEND_U);
      popX(to);
      return;
    case Fp.FMV_X_D:
      pushBits(from);
      popX(to);
      return;
    case Fp.FMV_D_X:
      pushX(from);
      op(Wasm.F64_REINTERPRET);
      popF(to);
      return;
    case Fp.FMV_X_W:
      pushBits(from);
      op(Wasm.I64_EXTEND32_S);
      popX(to);
      return;
    case Fp.FMV_W_X:
      pushX(from);
      boxAndPop(to);
      return;
    case Fp.FCVT_D_W:
    case Fp.FCVT_D_WU:
      pushX(from);
      op(Wasm.I32_WRAP);
      op(fp == Fp.FCVT_D_W ? Wasm.F64_CONVERT_I32_S : Wasm.F64_CONVERT_I32_U);
      popF(to);
      return;
    case Fp.FCVT_D_L:
    case Fp.FCVT_D_LU:
      pushX(from);
      refuseLarge(53, fp == Fp.FCVT_D_LU);
      pushX(from);
      op(fp == Fp.FCVT_D_L ? Wasm.F64_CONVERT_I64_S : Wasm.F64_CONVERT_I64_U);
      popF(to);
      return;
    case Fp.FCVT_W_D:
    case Fp.FCVT_WU_D:
    case Fp.FCVT_L_D:
    case Fp.FCVT_LU_D:
      pushF(from);
      truncate(to, fp - Fp.FCVT_W_D);
      return;
    case Fp.FCVT_W_S:
    case Fp.FCVT_WU_S:
    case Fp.FCVT_L_S:
    case Fp.FCVT_LU_S:
      pushS(from);
      op(Wasm.F64_PROMOTE);
      truncate(to, fp - Fp.FCVT_W_S);
      return;
    case Fp.FCVT_D_S:
      pushS(from);
      op(Wasm.F64_PROMOTE);
      tee(LOCAL_R);
      get(LOCAL_R);
      op(Wasm.F64_NE);
      stepIf();
      keepResult(to);
      return;
    case Fp.FCVT_S_D:
      pushF(from);
      op(Wasm.F32_DEMOTE);
      keepSingle(to, true);
      return;
    case Fp.FCVT_S_W:
      pushX(from);
      refuseLarge(24, false);
      pushX(from);
      op(Wasm.I32_WRAP);
      op(Wasm.F32_CONVERT_I32_S);
      popS(to);
      return;
    case Fp.FCVT_S_WU:
      pushX(from);
      i64Const(0xffff_ffff);
      op(Wasm.I64_AND);
      refuseLarge(24, true);
      pushX(from);
      op(Wasm.I32_WRAP);
      op(Wasm.F32_CONVERT_I32_U);
      popS(to);
      return;
    case Fp.FCVT_S_L:
    case Fp.FCVT_S_LU:
      pushX(from);
      refuseLarge(24, fp == Fp.FCVT_S_LU);
      pushX(from);
      op(fp == Fp.FCVT_S_L ? Wasm.F32_CONVERT_I64_S : Wasm.F32_CONVERT_I64_U);
      popS(to);
      return;
    case Fp.FADD_S:
      pushBothS(from, second);
      op(Wasm.F32_ADD);
      keepSingle(to, false);
      return;
    case Fp.FSUB_S:
      pushBothS(from, second);
      op(Wasm.F32_SUB);
      keepSingle(to, false);
      return;
    case Fp.FMUL_S:
      pushBothS(from, second);
      op(Wasm.F32_MUL);
      keepSingle(to, true);
      return;
    case Fp.FDIV_S:
      pushBothS(from, second);
      op(Wasm.F32_DIV);
      keepSingle(to, true);
      return;
    case Fp.FSQRT_S:
      pushS(from);
      op(Wasm.F32_SQRT);
      keepSingle(to, false);
      return;
    case Fp.FSGNJ_S:
      pushBothS(from, second);
      op(Wasm.F32_COPYSIGN);
      popS(to);
      return;
    case Fp.FSGNJN_S:
      pushBothS(from, second);
      op(Wasm.F32_NEG);
      op(Wasm.F32_COPYSIGN);
      popS(to);
      return;
    case Fp.FSGNJX_S:
      pushS(from);
      op(Wasm.I32_REINTERPRET);
      pushS(second);
      op(Wasm.I32_REINTERPRET);
      i32Const(i32.MIN_VALUE);
      op(Wasm.I32_AND);
      op(Wasm.I32_XOR);
      op(Wasm.F32_REINTERPRET);
      popS(to);
      return;
    case Fp.FMIN_S:
    case Fp.FMAX_S:
      refuseNansS(from, second);
      pushBothS(from, second);
      op(fp == Fp.FMIN_S ? Wasm.F32_MIN : Wasm.F32_MAX);
      popS(to);
      return;
    case Fp.FEQ_S:
    case Fp.FLT_S:
    case Fp.FLE_S:
      refuseNansS(from, second);
      pushBothS(from, second);
      op(fp == Fp.FEQ_S ? Wasm.F32_EQ : fp == Fp.FLT_S ? Wasm.F32_LT : Wasm.F32_LE);
      op(Wasm.I64_EXTEND_U);
      popX(to);
      return;
    default:
      op(Wasm.UNREACHABLE);
  }
}

/** Which instruction it is; those with a path of their own in the interpreter are found by their operation code. */
function fpOf(code: Op, dp: u32): Fp {
  return code >= Op.FADD_S && code <= Op.FLOAT ? <Fp>sub(dp) : Fp.FCLASS_S;
}

function pushBoth(from: u32, second: u32): void {
  pushF(from);
  pushF(second);
}

function pushBits(r: u32): void {
  pushF(r);
  op(Wasm.I64_REINTERPRET);
}

function pushIsZero(r: u32): void {
  pushF(r);
  f64Const(0);
  op(Wasm.F64_EQ);
}

function keepResult(to: u32): void {
  get(LOCAL_R);
  popF(to);
}

/** Sets LOCAL_RANGE by hart.limit, which is +inf once inexact is set and rounding is to nearest, else -inf. */
export function writeRange(): void {
  pushField(Wasm.I32_LOAD, HART_LIMIT + 4);
  i32Const(31);
  op(Wasm.I32_SHR_S);
  i32Const(-1);
  op(Wasm.I32_XOR);
  i32Const(NORMAL_RANGE64);
  op(Wasm.I32_AND);
  set(LOCAL_RANGE);
}

/** Whether the f64 on the stack is finite and can have raised nothing but inexact, which is set. For the largest it says no. */
function pushIsFinite(): void {
  pushMagnitude();
  get(LOCAL_RANGE);
  op(Wasm.I32_LT_U);
}

/** The same, and whether it is normal. */
function pushIsNormal(): void {
  pushMagnitude();
  i32Const(-NORMAL_FIRST64);
  op(Wasm.I32_ADD);
  get(LOCAL_RANGE);
  op(Wasm.I32_LT_U);
}

/** Twice the high word of the f64 on the stack. */
function pushMagnitude(): void {
  op(Wasm.I64_REINTERPRET);
  i64Const(32);
  op(Wasm.I64_SHR_U);
  op(Wasm.I32_WRAP);
  i32Const(1);
  op(Wasm.I32_SHL);
}

/** The same, and not below the smallest normal number of single precision; the f64 is LOCAL_R too. */
function pushIsNormal32(): void {
  pushIsFinite();
  get(LOCAL_R);
  op(Wasm.F64_ABS);
  f64Const(NORMAL_MIN32);
  op(Wasm.F64_GT);
  op(Wasm.I32_AND);
}

/** Pops whether a product, LOCAL_R, may have raised something: zero times something finite is exact, all else is the interpreter's. */
function stepUnlessZero(from: u32, second: u32): void {
  openUnlikely();
  get(LOCAL_R);
  f64Const(0);
  op(Wasm.F64_EQ);
  pushIsZero(from);
  pushIsZero(second);
  op(Wasm.I32_OR);
  op(Wasm.I32_AND);
  stepUnless();
  close();
}

/** Sets LOCAL_R to the f64 on the stack and steps unless it is normal. */
function stepUnlessNormal(): void {
  tee(LOCAL_R);
  pushIsNormal();
  stepUnless();
}

/** An addition or subtraction. While inexact is not raised yet, one that is exact by what is left over [Knuth, TwoSum] passes too. */
function sum(to: u32, from: u32, second: u32, code: Wasm): void {
  pushBoth(from, second);
  op(code);
  tee(LOCAL_R);
  pushIsFinite();
  op(Wasm.I32_EQZ);
  openUnlikely();
  // part = r - a; what was lost is (a - (r - part)) + (b - part). The sign of a zero depends on the rounding mode.
  get(LOCAL_R);
  pushF(from);
  op(Wasm.F64_SUB);
  set(LOCAL_PART);
  pushF(from);
  get(LOCAL_R);
  get(LOCAL_PART);
  op(Wasm.F64_SUB);
  op(Wasm.F64_SUB);
  pushF(second);
  if (code == Wasm.F64_SUB) op(Wasm.F64_NEG);
  get(LOCAL_PART);
  op(Wasm.F64_SUB);
  op(Wasm.F64_ADD);
  f64Const(0);
  op(Wasm.F64_EQ);
  get(LOCAL_R);
  f64Const(0);
  op(Wasm.F64_NE);
  op(Wasm.I32_AND);
  stepUnless();
  close();
  keepResult(to);
}

/** A fused multiply-add: +-(a * b) +- c with one rounding. */
function fuse(to: u32, from: u32, second: u32, third: u32, negatesProduct: bool, negatesThird: bool): void {
  pushF(from);
  if (negatesProduct) op(Wasm.F64_NEG);
  simd(Simd.F64X2_SPLAT);
  pushF(second);
  simd(Simd.F64X2_SPLAT);
  pushF(third);
  if (negatesThird) op(Wasm.F64_NEG);
  simd(Simd.F64X2_SPLAT);
  simd(Simd.F64X2_RELAXED_MADD);
  simd(Simd.F64X2_EXTRACT_LANE);
  byte(0);
  stepUnlessNormal();
  keepResult(to);
}

function simd(code: Simd): void {
  byte(0xfd);
  unsigned(code);
}

function refuseNans(from: u32, second: u32): void {
  pushF(from);
  pushF(from);
  op(Wasm.F64_NE);
  pushF(second);
  pushF(second);
  op(Wasm.F64_NE);
  op(Wasm.I32_OR);
  stepIf();
}

/** Pops an integer and refuses it if it may not fit into `bits` bits, unless inexact is raised already and rounding is to nearest. */
function refuseLarge(bits: u32, isUnsigned: bool): void {
  const range: i64 = (<i64>1) << (<i64>bits);
  if (!isUnsigned) {
    i64Const(range);
    op(Wasm.I64_ADD);
  }
  i64Const(isUnsigned ? range : 2 * range);
  op(Wasm.I64_GE_U);
  get(LOCAL_RANGE);
  op(Wasm.I32_EQZ);
  op(Wasm.I32_AND);
  stepIf();
}

/** Converts the f64 on the stack to an integer towards zero; `kind`: 0 to i32, 1 to u32, 2 to i64, 3 to u64. */
function truncate(to: u32, kind: u32): void {
  tee(LOCAL_R);
  op(Wasm.F64_TRUNC);
  get(LOCAL_R);
  op(Wasm.F64_EQ);
  // Inexact is no news when it is raised; NaN falls through to the bounds.
  get(LOCAL_RANGE);
  i32Const(0);
  op(Wasm.I32_NE);
  op(Wasm.I32_OR);
  get(LOCAL_R);
  f64Const(kind == 0 ? -2147483649.0 : kind == 2 ? -9223372036854777856.0 : -1.0);
  op(Wasm.F64_GT);
  op(Wasm.I32_AND);
  get(LOCAL_R);
  f64Const(
    kind == 0 ? 2147483648.0 : kind == 1 ? 4294967296.0 : kind == 2 ? 9223372036854775808.0 : 18446744073709551616.0,
  );
  op(Wasm.F64_LT);
  op(Wasm.I32_AND);
  stepUnless();
  get(LOCAL_R);
  byte(0xfc);
  unsigned(kind == 0 ? 2 : kind == 1 ? 3 : kind == 2 ? 6 : 7);
  if (kind < 2) op(Wasm.I64_EXTEND_S);
  popX(to);
}

/** Pushes the single-precision value of f register `r`; what is not NaN-boxed is the interpreter's. */
function pushS(r: u32): void {
  pushBits(r);
  tee(LOCAL_A);
  i64Const(BOX);
  op(Wasm.I64_LT_U);
  stepIf();
  get(LOCAL_A);
  op(Wasm.I32_WRAP);
  op(Wasm.F32_REINTERPRET);
}

function pushBothS(from: u32, second: u32): void {
  refuseUnboxed(from);
  refuseUnboxed(second);
  pushBoxed(from);
  pushBoxed(second);
}

function refuseUnboxed(r: u32): void {
  pushBits(r);
  i64Const(BOX);
  op(Wasm.I64_LT_U);
  stepIf();
}

function pushBoxed(r: u32): void {
  pushBits(r);
  op(Wasm.I32_WRAP);
  op(Wasm.F32_REINTERPRET);
}

function refuseNansS(from: u32, second: u32): void {
  pushBothS(from, from);
  op(Wasm.F32_NE);
  stepIf();
  pushBothS(second, second);
  op(Wasm.F32_NE);
  stepIf();
}

/** Pops an f32 into f register `to`. */
function popS(to: u32): void {
  op(Wasm.I32_REINTERPRET);
  op(Wasm.I64_EXTEND_U);
  boxAndPop(to);
}

/** Pops an i64 whose low word is a single-precision value. */
function boxAndPop(to: u32): void {
  i64Const(BOX);
  op(Wasm.I64_OR);
  op(Wasm.F64_REINTERPRET);
  popF(to);
}

/** Pops an f32 result that may be inexact, or, if `mayUnderflow`, tiny. */
function keepSingle(to: u32, mayUnderflow: bool): void {
  op(Wasm.I32_REINTERPRET);
  tee(LOCAL_WORD);
  op(Wasm.F32_REINTERPRET);
  op(Wasm.F64_PROMOTE);
  tee(LOCAL_R);
  if (mayUnderflow) pushIsNormal32();
  else pushIsFinite();
  stepUnless();
  get(LOCAL_WORD);
  op(Wasm.I64_EXTEND_U);
  boxAndPop(to);
}
