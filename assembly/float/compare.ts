/*
 * Comparisons, minimum and maximum, and classification [IEEE 754-2019 5.11 and 9.6, unpriv 20.6, 20.8 and 20.9].
 *
 * Numbers of one sign are ordered as their bits are; `order` extends this to a signed integer for all of them, with -0
 * just below +0. Single precision compares its operands widened, which is exact and raises NV for signaling NaNs.
 */

import { f32ToF64, f64ToF32 } from "./convert";
import { NV, raise } from "./flags";
import {
  F32_INFINITY,
  F32_MAGNITUDE,
  F32_QUIET,
  F32_SIGN,
  F64_INFINITY,
  F64_MAGNITUDE,
  F64_NAN,
  F64_QUIET,
  F64_SIGN,
  f64IsNan,
  f64IsSignaling,
  f64IsZero,
} from "./format";
import { RNE } from "./round";

// ---- Comparisons --------------------------------------------------------------------------------------------------

/** a == b, quiet: only a signaling NaN is invalid. */
export function f64Eq(a: u64, b: u64): bool {
  if (f64IsNan(a) || f64IsNan(b)) return unordered(f64IsSignaling(a) || f64IsSignaling(b));
  return a === b || bothZero(a, b);
}

/** a < b, signaling: any NaN is invalid. */
export function f64Lt(a: u64, b: u64): bool {
  if (f64IsNan(a) || f64IsNan(b)) return unordered(true);
  return order(a) < order(b) && !bothZero(a, b);
}

/** a <= b, signaling. */
export function f64Le(a: u64, b: u64): bool {
  if (f64IsNan(a) || f64IsNan(b)) return unordered(true);
  return order(a) <= order(b) || bothZero(a, b);
}

export function f32Eq(a: u32, b: u32): bool {
  return f64Eq(f32ToF64(a), f32ToF64(b));
}

export function f32Lt(a: u32, b: u32): bool {
  return f64Lt(f32ToF64(a), f32ToF64(b));
}

export function f32Le(a: u32, b: u32): bool {
  return f64Le(f32ToF64(a), f32ToF64(b));
}

/** The answer to every comparison with a NaN. */
function unordered(invalid: bool): bool {
  if (invalid) raise(NV);
  return false;
}

function bothZero(a: u64, b: u64): bool {
  return f64IsZero(a | b);
}

function order(a: u64): i64 {
  return (a as i64) ^ (((a as i64) >> 63) & (F64_MAGNITUDE as i64));
}

// ---- Minimum and maximum ------------------------------------------------------------------------------------------

/** minimumNumber: a NaN loses against a number, -0 is less than +0. */
export function f64Min(a: u64, b: u64): u64 {
  if (f64IsNan(a) || f64IsNan(b)) return theNumber(a, b);
  return order(a) < order(b) ? a : b;
}

/** maximumNumber. */
export function f64Max(a: u64, b: u64): u64 {
  if (f64IsNan(a) || f64IsNan(b)) return theNumber(a, b);
  return order(a) < order(b) ? b : a;
}

export function f32Min(a: u32, b: u32): u32 {
  return f64ToF32(f64Min(f32ToF64(a), f32ToF64(b)), RNE);
}

export function f32Max(a: u32, b: u32): u32 {
  return f64ToF32(f64Max(f32ToF64(a), f32ToF64(b)), RNE);
}

/** The one of a and b that is not NaN, or the canonical NaN. */
function theNumber(a: u64, b: u64): u64 {
  if (f64IsSignaling(a) || f64IsSignaling(b)) raise(NV);
  if (!f64IsNan(a)) return a;
  return f64IsNan(b) ? F64_NAN : b;
}

// ---- Classification: one bit of ten [unpriv 20.9] -------------------------------------------------------------------

export const CLASS_NEGATIVE_INFINITY: u32 = 1 << 0;
export const CLASS_NEGATIVE_NORMAL: u32 = 1 << 1;
export const CLASS_NEGATIVE_SUBNORMAL: u32 = 1 << 2;
export const CLASS_NEGATIVE_ZERO: u32 = 1 << 3;
export const CLASS_POSITIVE_ZERO: u32 = 1 << 4;
export const CLASS_POSITIVE_SUBNORMAL: u32 = 1 << 5;
export const CLASS_POSITIVE_NORMAL: u32 = 1 << 6;
export const CLASS_POSITIVE_INFINITY: u32 = 1 << 7;
export const CLASS_SIGNALING_NAN: u32 = 1 << 8;
export const CLASS_QUIET_NAN: u32 = 1 << 9;

export function f64Classify(a: u64): u32 {
  const negative = (a & F64_SIGN) !== 0;
  const magnitude = a & F64_MAGNITUDE;
  if (magnitude > F64_INFINITY) return (a & F64_QUIET) !== 0 ? CLASS_QUIET_NAN : CLASS_SIGNALING_NAN;
  if (magnitude === F64_INFINITY) return negative ? CLASS_NEGATIVE_INFINITY : CLASS_POSITIVE_INFINITY;
  if (magnitude >= 0x0010_0000_0000_0000) return negative ? CLASS_NEGATIVE_NORMAL : CLASS_POSITIVE_NORMAL;
  if (magnitude !== 0) return negative ? CLASS_NEGATIVE_SUBNORMAL : CLASS_POSITIVE_SUBNORMAL;
  return negative ? CLASS_NEGATIVE_ZERO : CLASS_POSITIVE_ZERO;
}

export function f32Classify(a: u32): u32 {
  const negative = (a & F32_SIGN) !== 0;
  const magnitude = a & F32_MAGNITUDE;
  if (magnitude > F32_INFINITY) return (a & F32_QUIET) !== 0 ? CLASS_QUIET_NAN : CLASS_SIGNALING_NAN;
  if (magnitude === F32_INFINITY) return negative ? CLASS_NEGATIVE_INFINITY : CLASS_POSITIVE_INFINITY;
  if (magnitude >= 0x0080_0000) return negative ? CLASS_NEGATIVE_NORMAL : CLASS_POSITIVE_NORMAL;
  if (magnitude !== 0) return negative ? CLASS_NEGATIVE_SUBNORMAL : CLASS_POSITIVE_SUBNORMAL;
  return negative ? CLASS_NEGATIVE_ZERO : CLASS_POSITIVE_ZERO;
}
