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

/** Rounds significand * 2^(exponent - 1023 - 62), which is not zero, to binary64; `sign` is 0 or F64_SIGN. */
export function pack64(sign: u64, exponent: i32, significand: u64, rm: u32): u64 {
  return sign | pack(sign !== 0, exponent, significand, rm, F64_BELOW, F64_INFINITY);
}

/** Rounds significand * 2^(exponent - 127 - 62), which is not zero, to binary32; `sign` is 0 or F32_SIGN. */
export function pack32(sign: u32, exponent: i32, significand: u64, rm: u32): u32 {
  return sign | (pack(sign !== 0, exponent, significand, rm, F32_BELOW, F32_INFINITY) as u32);
}

/**
 * Rounds to the format whose infinity is `infinity`, and whose last place is bit `below` once the leading one has been
 * brought to bit 63; returns the bits without sign.
 *
 * The leading one, not stored, is added to the exponent field instead, which is therefore prepared one too low. A carry
 * out of the significand so also lands where it belongs, in the exponent, and leaves a fraction of zero.
 */
function pack(negative: bool, exponent: i32, significand: u64, rm: u32, below: u64, infinity: u64): u64 {
  const shift = clz(significand);
  const normal = significand << shift;
  const field = exponent - i32(shift);
  if (field < 0) return packTiny(negative, field, normal, rm, below);
  const bits = (u64(field) << (63 - below)) + roundOff(normal, below, negative, rm);
  if (bits >= infinity) return overflow(negative, rm, infinity);
  if ((normal & (((1 as u64) << below) - 1)) !== 0) raise(NX);
  return bits;
}

/**
 * The same below the normal numbers, where the exponent stays and the significand gives up places instead.
 *
 * A result is tiny if it is below the smallest normal number once rounded "as though the exponent range were unbounded",
 * that is to full precision [IEEE 754-2019 7.5, unpriv 20.4: tininess is detected after rounding]. Only a carry out of the
 * binade just below the normal numbers saves a result from that.
 */
function packTiny(negative: bool, field: i32, normal: u64, rm: u32, below: u64): u64 {
  const carries = roundOff(normal, below, negative, rm) >> (64 - below) !== 0;
  const tiny = field < -1 || !carries;
  const shifted = shiftRightJam(normal, -field);
  if ((shifted & (((1 as u64) << below) - 1)) !== 0) raise(tiny ? UF | NX : NX);
  return roundOff(shifted, below, negative, rm);
}

/** Infinity if the mode rounds that way, otherwise the largest finite number [IEEE 754-2019 7.4]. */
function overflow(negative: bool, rm: u32, infinity: u64): u64 {
  raise(OF | NX);
  const away = rm === RNE || rm === RMM || rm === (negative ? RDN : RUP);
  return away ? infinity : infinity - 1;
}
