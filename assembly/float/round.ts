/*
 * From an exact result back to a format: the one place that rounds, overflows and underflows [IEEE 754-2019 4.3, 7.4, 7.5].
 *
 * An operation hands over its result unpacked (see format), with everything that did not fit below bit 0 summed up in bit
 * 0 as "not zero" ("jammed", see wide). Rounding then needs to know only three things about the part it drops: is it zero,
 * is it less than half of the last place, or exactly half.
 */

import { NX, OF, raise, UF } from "./flags";
import { F32_BELOW, F32_INFINITY, F64_BELOW, F64_INFINITY, F64_SIGN } from "./format";
import { shiftRightJam } from "./wide";

// ---- Rounding modes [unpriv 20.2, frm] ----------------------------------------------------------------------------

/** To nearest, ties to even. */
export const RNE: u32 = 0;
/** Towards zero. */
export const RTZ: u32 = 1;
/** Down, towards -infinity. */
export const RDN: u32 = 2;
/** Up, towards +infinity. */
export const RUP: u32 = 3;
/** To nearest, ties to max magnitude (away from zero). */
export const RMM: u32 = 4;
/**
 * ORed to a mode: an inexact result gets an odd last place instead. Rounding it again to a format that is narrower by two
 * bits or more then gives what one rounding of the exact value would have given (Boldo and Melquiond, "Emulation of a
 * FMA and correctly rounded sums", 2008). The mode below it still decides the sign of an exact zero.
 */
export const ODD: u32 = 8;

/** Drops the low `below` bits of a significand (1 to 63) and rounds what is left. */
export function roundOff(significand: u64, below: u64, negative: bool, rm: u32): u64 {
  const kept = significand >> below;
  const rest = significand & (((1 as u64) << below) - 1);
  const half = (1 as u64) << (below - 1);
  if (rm === RNE) return kept + u64(rest + (kept & 1) > half);
  if ((rm & ODD) !== 0) return kept | u64(rest !== 0);
  if (rm === RMM) return kept + u64(rest >= half);
  if (rm === (negative ? RDN : RUP)) return kept + u64(rest !== 0);
  return kept;
}

/** The sum of two numbers that cancel each other exactly [IEEE 754-2019 6.3]. */
export function exactZero(rm: u32): u64 {
  return (rm & ~ODD) === RDN ? F64_SIGN : 0;
}

/** Rounds an unpacked number to binary64; `sign` is 0 or F64_SIGN. */
export function pack64(sign: u64, exponent: i32, significand: u64, rm: u32): u64 {
  return sign | pack(sign !== 0, exponent, significand, rm, F64_BELOW, F64_INFINITY);
}

/** Rounds an unpacked number, its exponent biased for binary32, to binary32; `sign` is 0 or F32_SIGN. */
export function pack32(sign: u32, exponent: i32, significand: u64, rm: u32): u32 {
  return sign | (pack(sign !== 0, exponent, significand, rm, F32_BELOW, F32_INFINITY) as u32);
}

/** As pack64, for a significand other than zero whose leading one is anywhere. */
export function normalizeAndPack64(sign: u64, exponent: i32, significand: u64, rm: u32): u64 {
  const shift = i32(clz(significand)) - 1;
  if (shift < 0) return pack64(sign, exponent + 1, (significand >> 1) | (significand & 1), rm);
  return pack64(sign, exponent - shift, significand << u64(shift), rm);
}

/**
 * Rounds to the format whose infinity is `infinity` and whose last place is bit `below`; returns the bits without sign.
 *
 * The leading one, not stored, is added to the exponent field instead, which is therefore prepared one too low. A carry
 * out of the significand so also lands where it belongs, in the exponent, and leaves a fraction of zero.
 */
function pack(negative: bool, exponent: i32, significand: u64, rm: u32, below: u64, infinity: u64): u64 {
  if (exponent < 1) return packTiny(negative, exponent, significand, rm, below);
  const bits = (u64(exponent - 1) << (62 - below)) + roundOff(significand, below, negative, rm);
  if (bits >= infinity) return overflow(negative, rm, infinity);
  if ((significand & (((1 as u64) << below) - 1)) !== 0) raise(NX);
  return bits;
}

/**
 * The same below the normal numbers, where the exponent stays and the significand gives up places instead.
 *
 * A result is tiny if it is below the smallest normal number once rounded "as though the exponent range were unbounded",
 * that is to full precision [IEEE 754-2019 7.5, unpriv 20.4: tininess is detected after rounding]. Only a carry out of the
 * binade just below the normal numbers saves a result from that.
 */
function packTiny(negative: bool, exponent: i32, significand: u64, rm: u32, below: u64): u64 {
  const carries = roundOff(significand, below, negative, rm) >> (63 - below) !== 0;
  const tiny = exponent < 0 || !carries;
  const shifted = shiftRightJam(significand, 1 - exponent);
  if ((shifted & (((1 as u64) << below) - 1)) !== 0) raise(tiny ? UF | NX : NX);
  return roundOff(shifted, below, negative, rm);
}

/** Infinity if the mode rounds that way, otherwise the largest finite number [IEEE 754-2019 7.4]. */
function overflow(negative: bool, rm: u32, infinity: u64): u64 {
  raise(OF | NX);
  const away = rm === RNE || rm === RMM || rm === (negative ? RDN : RUP);
  return away ? infinity : infinity - 1;
}
