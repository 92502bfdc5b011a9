/*
 * The two interchange formats and what a number looks like once it is unpacked [IEEE 754-2019 3.4].
 *
 *                 sign   exponent        fraction              value, when 0 < exponent < all ones
 *     binary64    63     62..52 (11)     51..0                 (-1)^s * 1.fraction * 2^(exponent - 1023)
 *     binary32    31     30..23 (8)      22..0                 (-1)^s * 1.fraction * 2^(exponent - 127)
 *
 * Unpacked, a finite number other than zero has its leading one at bit 62 of a 64-bit significand, which leaves bit 63 for
 * a carry and at least ten bits below the last place for rounding; the biased exponent runs on below 1 for subnormals:
 *
 *     |value| = significand * 2^(exponent - 1023 - 62)
 *
 * There is no unpacked binary32: single precision is computed in double precision, see softfloat32.
 */

import { NV, raise } from "./flags";

export const F64_SIGN: u64 = 0x8000_0000_0000_0000;
export const F64_MAGNITUDE: u64 = ~F64_SIGN;
export const F64_FRACTION: u64 = 0x000f_ffff_ffff_ffff;
/** The leading one that a normal number does not store. */
export const F64_HIDDEN: u64 = 0x0010_0000_0000_0000;
/** The first fraction bit tells a quiet NaN from a signaling one. */
export const F64_QUIET: u64 = 0x0008_0000_0000_0000;
export const F64_INFINITY: u64 = 0x7ff0_0000_0000_0000;
/** The canonical NaN, the only one that arithmetic returns [unpriv 20.3]. */
export const F64_NAN: u64 = 0x7ff8_0000_0000_0000;
export const F64_BIAS: i32 = 1023;

export const F32_SIGN: u32 = 0x8000_0000;
export const F32_MAGNITUDE: u32 = 0x7fff_ffff;
export const F32_FRACTION: u32 = 0x007f_ffff;
export const F32_QUIET: u32 = 0x0040_0000;
export const F32_INFINITY: u32 = 0x7f80_0000;
export const F32_NAN: u32 = 0x7fc0_0000;
export const F32_BIAS: i32 = 127;

/** How many low bits lie below the last place of each format when the leading one is at bit 63. */
export const F64_BELOW: u64 = 63 - 52;
export const F32_BELOW: u64 = 63 - 23;

/** Neither infinite nor NaN. */
export function f64IsFinite(a: u64): bool {
  return (a & F64_INFINITY) !== F64_INFINITY;
}

export function f64IsZero(a: u64): bool {
  return (a & F64_MAGNITUDE) === 0;
}

export function f64IsNan(a: u64): bool {
  return (a & F64_MAGNITUDE) > F64_INFINITY;
}

export function f64IsSignaling(a: u64): bool {
  return f64IsNan(a) && (a & F64_QUIET) === 0;
}

/** The exponent of a finite number once it is unpacked. Zero has one below every other number's. */
export function f64Exponent(a: u64): i32 {
  const field = i32(a >> 52) & 0x7ff;
  return field !== 0 ? field : 12 - i32(clz(a & F64_FRACTION));
}

/** The significand of a finite number once it is unpacked. Zero has zero. */
export function f64Significand(a: u64): u64 {
  const fraction = a & F64_FRACTION;
  return (a & F64_INFINITY) !== 0 ? (fraction | F64_HIDDEN) << 10 : fraction << (clz(fraction) - 1);
}

/** The result of an operation on a and b of which at least one is NaN: signaling ones raise NV, payloads are dropped. */
export function f64PropagateNan(a: u64, b: u64): u64 {
  if (f64IsSignaling(a) || f64IsSignaling(b)) raise(NV);
  return F64_NAN;
}

/** The result of an operation that has none. */
export function f64Invalid(): u64 {
  raise(NV);
  return F64_NAN;
}
