/*
 * Integer arithmetic on more than 64 bits, with the halves in separate variables.
 *
 * To jam is to shift right and OR into bit 0 whether any one was lost, so that a later rounding still sees that the value
 * is not exact. Division and square root do the same with their remainder.
 */

const LOW_HALF: u64 = 0xffff_ffff;

/** value >> distance, jammed; distance >= 0. */
export function shiftRightJam(value: u64, distance: i32): u64 {
  if (distance > 63) return u64(value !== 0);
  const lost = value & (((1 as u64) << u64(distance)) - 1);
  return (value >> u64(distance)) | u64(lost !== 0);
}

/** The upper half of (high, low) >> distance; distance >= 0. */
export function shiftRightHigh(high: u64, distance: i32): u64 {
  return distance < 64 ? high >> u64(distance) : 0;
}

/** The lower half of (high, low) >> distance, jammed; distance >= 0. */
export function shiftRightLow(high: u64, low: u64, distance: i32): u64 {
  if (distance > 63) return shiftRightJam(high, distance - 64) | u64(low !== 0);
  // In two steps, since a shift by 64 would be one by 0.
  return ((high << 1) << u64(63 - distance)) | shiftRightJam(low, distance);
}

/**
 * The upper half of a 128-bit product; the lower half is simply a * b.
 *
 *                        a1*b1 (64 bits)
 *                             a0*b1 (64 bits)        } the middle column: 32 bits of each, and the upper half of
 *                             a1*b0 (64 bits)        } a0*b0; its carries go to the upper half of the product
 *                                  a0*b0 (64 bits)
 */
export function multiplyHigh(a: u64, b: u64): u64 {
  const a0 = a & LOW_HALF;
  const a1 = a >> 32;
  const b0 = b & LOW_HALF;
  const b1 = b >> 32;
  const cross = a1 * b0 + ((a0 * b0) >> 32);
  const middle = a0 * b1 + (cross & LOW_HALF);
  return a1 * b1 + (cross >> 32) + (middle >> 32);
}

/** numerator * 2^64 / divisor, jammed, for numerator < divisor and bit 63 of the divisor set: long division, base 2^32. */
export function divideWide(numerator: u64, divisor: u64): u64 {
  const digit1 = quotientDigit(numerator, divisor);
  const remainder1 = (numerator << 32) - digit1 * divisor;
  const digit0 = quotientDigit(remainder1, divisor);
  const remainder0 = (remainder1 << 32) - digit0 * divisor;
  return (digit1 << 32) | digit0 | u64(remainder0 !== 0);
}

/**
 * numerator * 2^32 / divisor, rounded down, for numerator < divisor and bit 63 of the divisor set.
 *
 * The upper half of the divisor gives an estimate that is at most two too large; comparing with the lower half corrects
 * it (Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D).
 */
function quotientDigit(numerator: u64, divisor: u64): u64 {
  const divisor1 = divisor >> 32;
  const divisor0 = divisor & LOW_HALF;
  let digit = numerator / divisor1;
  let remainder = numerator - digit * divisor1;
  while (remainder <= LOW_HALF && (digit > LOW_HALF || digit * divisor0 > remainder << 32)) {
    digit -= 1;
    remainder += divisor1;
  }
  return digit;
}

/**
 * The square root of n * 2^62, jammed, for 2^60 <= n < 2^62: 62 bits.
 *
 * A root grows from its upper part as a quotient does (Zimmermann, "Karatsuba square root", 1999). With s the root and r
 * the remainder of the upper part of a number, B = 2^k and s >= B / 2:
 *
 *     (s*B + q)^2 = s^2*B^2 + 2*s*q*B + q^2,    so q is about r*B / 2s, and one too large at most
 *
 * It is applied twice, from 16 to 31 and from 31 to 62 bits of root.
 */
export function squareRootWide(n: u64): u64 {
  const root1 = squareRoot62(n);
  const remainder1 = n - root1 * root1;
  const quotient = (remainder1 << 31) / (root1 << 1);
  const left = (remainder1 << 31) - quotient * (root1 << 1);
  const root = (root1 << 31) + quotient;
  const remainder = i64(left << 31) - i64(quotient * quotient);
  return remainder < 0 ? (root - 1) | 1 : root | u64(remainder !== 0);
}

/** The square root of n, rounded down, for 2^60 <= n < 2^62. */
function squareRoot62(n: u64): u64 {
  const root1 = squareRoot32(u32(n >> 30)) as u64;
  const remainder1 = (n >> 30) - root1 * root1;
  const dividend = (remainder1 << 15) | ((n >> 15) & 0x7fff);
  const root = (root1 << 15) + dividend / (root1 << 1);
  return root * root > n ? root - 1 : root;
}

/** The square root of n, rounded down, bit by bit. */
function squareRoot32(n: u32): u32 {
  let root: u32 = 0;
  for (let bit: u32 = 0x8000; bit !== 0; bit >>= 1) {
    const trial = root | bit;
    if (trial * trial <= n) root = trial;
  }
  return root;
}
