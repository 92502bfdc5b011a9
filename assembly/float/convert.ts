/*
 * Conversions between the two formats, and between them and integers [IEEE 754-2019 5.4.1, unpriv 20.7 and 21.5].
 *
 * The binary32 side of a conversion goes through binary64: exactly on the way in, rounded to odd on the way out (see
 * softfloat32).
 */

import { NV, NX, raise } from "./flags";
import {
  F32_BIAS,
  F32_FRACTION,
  F32_INFINITY,
  F32_MAGNITUDE,
  F32_NAN,
  F32_QUIET,
  F32_SIGN,
  F64_BIAS,
  F64_INFINITY,
  F64_NAN,
  F64_SIGN,
  f64Exponent,
  f64IsNan,
  f64IsSignaling,
  f64IsZero,
  f64Significand,
} from "./format";
import { ODD, pack32, pack64, roundOff } from "./round";

// ---- Between the formats ------------------------------------------------------------------------------------------

/** Widens; exact. */
export function f32ToF64(a: u32): u64 {
  const sign = ((a & F32_SIGN) as u64) << 32;
  const magnitude = a & F32_MAGNITUDE;
  if (magnitude - 0x0080_0000 >= F32_INFINITY - 0x0080_0000) return widenUnusual(sign, magnitude);
  return sign | (((magnitude as u64) << 29) + (u64(F64_BIAS - F32_BIAS) << 52));
}

/** Widens zeros, subnormals, infinities and NaNs. */
function widenUnusual(sign: u64, magnitude: u32): u64 {
  if (magnitude > F32_INFINITY) {
    if ((magnitude & F32_QUIET) === 0) raise(NV);
    return F64_NAN;
  }
  if (magnitude === F32_INFINITY) return sign | F64_INFINITY;
  if (magnitude === 0) return sign;
  // The leading one moves up to bit 23, where it adds one to the exponent field.
  const shift = clz(magnitude) - 8;
  const fraction = (magnitude << shift) & F32_FRACTION;
  return sign | (u64(F64_BIAS - F32_BIAS + 1 - i32(shift)) << 52) | ((fraction as u64) << 29);
}

/** Narrows. */
export function f64ToF32(a: u64, rm: u32): u32 {
  const sign = u32(a >> 32) & F32_SIGN;
  if (f64IsNan(a)) {
    if (f64IsSignaling(a)) raise(NV);
    return F32_NAN;
  }
  if (a << 1 === F64_INFINITY << 1) return sign | F32_INFINITY;
  if (f64IsZero(a)) return sign;
  return pack32(sign, f64Exponent(a) - F64_BIAS + F32_BIAS, f64Significand(a), rm);
}

// ---- To integers --------------------------------------------------------------------------------------------------
//
// Results are register values: 32-bit ones, unsigned too, are sign-extended to 64 bits.

export function f64ToI32(a: u64, rm: u32): u64 {
  return toInteger(a, rm, 0x7fff_ffff, 0x8000_0000);
}

export function f64ToU32(a: u64, rm: u32): u64 {
  return i64(i32(toInteger(a, rm, 0xffff_ffff, 0)));
}

export function f64ToI64(a: u64, rm: u32): u64 {
  return toInteger(a, rm, i64.MAX_VALUE as u64, 0x8000_0000_0000_0000);
}

export function f64ToU64(a: u64, rm: u32): u64 {
  return toInteger(a, rm, u64.MAX_VALUE, 0);
}

export function f32ToI32(a: u32, rm: u32): u64 {
  return f64ToI32(f32ToF64(a), rm);
}

export function f32ToU32(a: u32, rm: u32): u64 {
  return f64ToU32(f32ToF64(a), rm);
}

export function f32ToI64(a: u32, rm: u32): u64 {
  return f64ToI64(f32ToF64(a), rm);
}

export function f32ToU64(a: u32, rm: u32): u64 {
  return f64ToU64(f32ToF64(a), rm);
}

/**
 * Rounds a to an integer between -`below` and `above`. What is out of range, infinities included, becomes the nearer of
 * the two, a NaN becomes `above`; this is invalid, and not inexact as well [unpriv 20.7].
 */
function toInteger(a: u64, rm: u32, above: u64, below: u64): u64 {
  const negative = (a & F64_SIGN) !== 0;
  const limit = negative && !f64IsNan(a) ? below : above;
  const power = i32((a >> 52) & 0x7ff) - F64_BIAS;
  if (power > 63) return outOfRange(negative && !f64IsNan(a), limit);
  const magnitude = integerMagnitude(a, power, negative, rm);
  if (magnitude > limit) return outOfRange(negative, limit);
  if (power < 52 && !isIntegral(a, power)) raise(NX);
  return negative ? 0 - magnitude : magnitude;
}

/** |a| rounded to an integer, for |a| < 2^64 with its leading one at 2^power. */
function integerMagnitude(a: u64, power: i32, negative: bool, rm: u32): u64 {
  if (power >= 52) return (f64Significand(a) >> 10) << u64(power - 52);
  if (power >= -1) return roundOff(f64Significand(a), u64(62 - power), negative, rm);
  // Below a half, all that matters is whether it is zero.
  return roundOff(u64(!f64IsZero(a)), 63, negative, rm);
}

/** Whether a has no fraction, for |a| < 2^52 with its leading one at 2^power. */
function isIntegral(a: u64, power: i32): bool {
  if (power < 0) return f64IsZero(a);
  return a << u64(12 + power) === 0;
}

function outOfRange(negative: bool, limit: u64): u64 {
  raise(NV);
  return negative ? 0 - limit : limit;
}

// ---- From integers ------------------------------------------------------------------------------------------------

/** Exact, as is u32ToF64: `rm` is there for uniformity. */
export function i32ToF64(x: i32, rm: u32): u64 {
  return i64ToF64(x as i64, rm);
}

export function u32ToF64(x: u32, rm: u32): u64 {
  return u64ToF64(x as u64, rm);
}

export function i64ToF64(x: i64, rm: u32): u64 {
  return x < 0 ? fromInteger(F64_SIGN, 0 - (x as u64), rm) : fromInteger(0, x as u64, rm);
}

export function u64ToF64(x: u64, rm: u32): u64 {
  return fromInteger(0, x, rm);
}

export function i32ToF32(x: i32, rm: u32): u32 {
  return f64ToF32(i64ToF64(x as i64, rm), rm);
}

export function u32ToF32(x: u32, rm: u32): u32 {
  return f64ToF32(u64ToF64(x as u64, rm), rm);
}

export function i64ToF32(x: i64, rm: u32): u32 {
  return f64ToF32(i64ToF64(x, rm | ODD), rm);
}

export function u64ToF32(x: u64, rm: u32): u32 {
  return f64ToF32(u64ToF64(x, rm | ODD), rm);
}

function fromInteger(sign: u64, magnitude: u64, rm: u32): u64 {
  if (magnitude === 0) return 0;
  return pack64(sign, F64_BIAS + 62, magnitude, rm);
}
