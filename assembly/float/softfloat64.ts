/*
 * Double precision arithmetic in integers, exact to the bit and to the flag [IEEE 754-2019 5.4.1, unpriv D extension].
 *
 * Every operation takes three steps: infinities, NaNs and, where they are special, zeros; then the exact result of the
 * finite numbers, unpacked (see format); then one rounding (see round). Operands and results are the bits of a binary64,
 * `rm` is a rounding mode of round.ts, and exceptions accumulate in flags.ts.
 */

import { DZ, raise } from "./flags";
import {
  F64_BIAS,
  F64_INFINITY,
  F64_MAGNITUDE,
  F64_SIGN,
  f64Exponent,
  f64Invalid,
  f64IsFinite,
  f64IsNan,
  f64IsZero,
  f64PropagateNan,
  f64Significand,
} from "./format";
import { exactZero, pack64 } from "./round";
import { divideWide, multiplyHigh, shiftRightHigh, shiftRightJam, shiftRightLow, squareRootWide } from "./wide";

// ---- Addition and subtraction -------------------------------------------------------------------------------------

/** a + b */
export function f64Add(a: u64, b: u64, rm: u32): u64 {
  if (!f64IsFinite(a) || !f64IsFinite(b)) return addSpecial(a, b);
  const swap = (a & F64_MAGNITUDE) < (b & F64_MAGNITUDE);
  return addSmaller(swap ? b : a, swap ? a : b, rm);
}

/** a - b */
export function f64Sub(a: u64, b: u64, rm: u32): u64 {
  return f64Add(a, b ^ F64_SIGN, rm);
}

/**
 * a + b for finite numbers, |a| >= |b|: the sum has the sign of a, and b is what gets shifted.
 *
 * A bit of b is only jammed away at a distance of more than ten places, and then a difference loses one leading bit at
 * most, so that bit 0 remains below the last place.
 */
function addSmaller(a: u64, b: u64, rm: u32): u64 {
  const exponent = f64Exponent(a);
  const aligned = shiftRightJam(f64Significand(b), exponent - f64Exponent(b));
  const opposite = ((a ^ b) & F64_SIGN) !== 0;
  const sum = opposite ? f64Significand(a) - aligned : f64Significand(a) + aligned;
  if (sum === 0) return opposite ? exactZero(rm) : a;
  return pack64(a & F64_SIGN, exponent, sum, rm);
}

function addSpecial(a: u64, b: u64): u64 {
  if (f64IsNan(a) || f64IsNan(b)) return f64PropagateNan(a, b);
  if (f64IsFinite(a)) return b;
  if (f64IsFinite(b)) return a;
  return a === b ? a : f64Invalid();
}

// ---- Multiplication -----------------------------------------------------------------------------------------------

/** a * b */
export function f64Mul(a: u64, b: u64, rm: u32): u64 {
  const sign = (a ^ b) & F64_SIGN;
  if (!f64IsFinite(a) || !f64IsFinite(b)) return mulSpecial(a, b);
  if (f64IsZero(a) || f64IsZero(b)) return sign;
  const left = f64Significand(a);
  const right = f64Significand(b) << 1;
  const product = multiplyHigh(left, right) | u64(left * right !== 0);
  return pack64(sign, f64Exponent(a) + f64Exponent(b) - F64_BIAS + 1, product, rm);
}

function mulSpecial(a: u64, b: u64): u64 {
  if (f64IsNan(a) || f64IsNan(b)) return f64PropagateNan(a, b);
  if (f64IsZero(a) || f64IsZero(b)) return f64Invalid();
  return ((a ^ b) & F64_SIGN) | F64_INFINITY;
}

// ---- Division -----------------------------------------------------------------------------------------------------

/** a / b */
export function f64Div(a: u64, b: u64, rm: u32): u64 {
  const sign = (a ^ b) & F64_SIGN;
  if (!f64IsFinite(a) || !f64IsFinite(b)) return divSpecial(a, b);
  if (f64IsZero(b)) return f64IsZero(a) ? f64Invalid() : divByZero(sign);
  if (f64IsZero(a)) return sign;
  const quotient = divideWide(f64Significand(a), f64Significand(b) << 1);
  return pack64(sign, f64Exponent(a) - f64Exponent(b) + F64_BIAS - 1, quotient, rm);
}

function divSpecial(a: u64, b: u64): u64 {
  if (f64IsNan(a) || f64IsNan(b)) return f64PropagateNan(a, b);
  const sign = (a ^ b) & F64_SIGN;
  if (f64IsFinite(a)) return sign;
  return f64IsFinite(b) ? sign | F64_INFINITY : f64Invalid();
}

function divByZero(sign: u64): u64 {
  raise(DZ);
  return sign | F64_INFINITY;
}

// ---- Square root --------------------------------------------------------------------------------------------------

/** The square root of a; that of -0 is -0. */
export function f64Sqrt(a: u64, rm: u32): u64 {
  if (f64IsNan(a)) return f64PropagateNan(a, a);
  if (f64IsZero(a)) return a;
  if ((a & F64_SIGN) !== 0) return f64Invalid();
  if (a === F64_INFINITY) return a;
  // The power of two is halved, so an odd one leaves a factor of two with the significand.
  const power = f64Exponent(a) - F64_BIAS;
  const root = squareRootWide(f64Significand(a) >> u64(2 - (power & 1)));
  return pack64(0, (power >> 1) + F64_BIAS + 1, root, rm);
}

// ---- Fused multiply-add -------------------------------------------------------------------------------------------

/** a * b + c, rounded once. The negated forms differ in the signs of a and c only. */
export function f64Fma(a: u64, b: u64, c: u64, rm: u32): u64 {
  if (!f64IsFinite(a) || !f64IsFinite(b) || !f64IsFinite(c)) return fmaSpecial(a, b, c);
  if (f64IsZero(a) || f64IsZero(b)) return f64Add((a ^ b) & F64_SIGN, c, rm);
  if (f64IsZero(c)) return f64Mul(a, b, rm);
  const left = f64Significand(a);
  const right = f64Significand(b) << 1;
  const exponent = f64Exponent(a) + f64Exponent(b) - F64_BIAS + 1;
  const high = multiplyHigh(left, right);
  const low = left * right;
  return addToProduct((a ^ b) & F64_SIGN, exponent, high, low, c, rm);
}

/**
 * (high, low) + c for an exact product whose leading one is at bit 126 or 125.
 *
 * The product ends at bit 21 and c, put into the upper half, at bit 74. Whichever is smaller is shifted, and what is
 * jammed away has again gone far enough that a difference cannot bring it up to the last place.
 */
function addToProduct(sign: u64, exponent: i32, high: u64, low: u64, c: u64, rm: u32): u64 {
  const distance = exponent - f64Exponent(c);
  let addendHigh = f64Significand(c);
  let addendLow: u64 = 0;
  if (distance < 0) {
    low = shiftRightLow(high, low, -distance);
    high = shiftRightHigh(high, -distance);
    exponent = f64Exponent(c);
  } else {
    addendLow = shiftRightLow(addendHigh, 0, distance);
    addendHigh = shiftRightHigh(addendHigh, distance);
  }
  if (sign === (c & F64_SIGN)) {
    low += addendLow;
    high += addendHigh + u64(low < addendLow);
    return packWide(sign, exponent, high, low, rm);
  }
  // Upper halves can only be equal at a distance so short that all of c is still in its own.
  if (high >= addendHigh) {
    return packWide(sign, exponent, high - addendHigh - u64(low < addendLow), low - addendLow, rm);
  }
  return packWide(sign ^ F64_SIGN, exponent, addendHigh - high - u64(addendLow < low), addendLow - low, rm);
}

/** Rounds (high, low), where `high` alone would stand for a significand. */
function packWide(sign: u64, exponent: i32, high: u64, low: u64, rm: u32): u64 {
  if (high === 0) {
    if (low === 0) return exactZero(rm);
    return pack64(sign, exponent - 64, low, rm);
  }
  const shift = clz(high);
  const top = (high << shift) | ((low >> 1) >> (63 - shift));
  return pack64(sign, exponent - i32(shift), top | u64(low << shift !== 0), rm);
}

/**
 * Infinity times zero is invalid even if c is a quiet NaN [unpriv 20.6]. A finite product, however large, leaves an
 * infinite c as it is, so zero stands in for it.
 */
function fmaSpecial(a: u64, b: u64, c: u64): u64 {
  const product = f64IsFinite(a) && f64IsFinite(b) ? 0 : mulSpecial(a, b);
  return addSpecial(product, c);
}
