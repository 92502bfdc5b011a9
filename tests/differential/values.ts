/*
 * Operands that are worth more than others: where carries, overflows, roundings and special cases begin.
 */

import type { Random } from "./random.js";

const EDGES = [0n, 1n, 2n, 7n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn]
  .concat([
    0x1_0000_0000n,
    0x7fff_ffff_ffff_ffffn,
    0x8000_0000_0000_0000n,
    0x5555_5555_5555_5555n,
    0x0102_0408_1020_4080n,
  ])
  .flatMap((v) => [v, -v, ~v]);

/** A 64-bit integer. */
export function integerValue(random: Random): bigint {
  const value = random.weighted<() => bigint>([
    [4, () => random.of(EDGES)],
    [2, () => random.of(EDGES) + BigInt(random.within(-3, 3))],
    [2, () => BigInt.asIntN(32, random.u64())],
    [1, () => 1n << BigInt(random.below(64))],
    [2, () => random.u64() >> BigInt(random.below(64))],
    [3, () => random.u64()],
  ])();
  return BigInt.asUintN(64, value);
}

/** Significands that round in every way, by how many bits they have. */
function significand(random: Random, bits: number): bigint {
  const all = (1n << BigInt(bits)) - 1n;
  return random.weighted<() => bigint>([
    [3, () => 0n],
    [1, () => 1n],
    [2, () => all],
    [1, () => all - 1n],
    [1, () => 1n << BigInt(bits - 1)],
    [1, () => (1n << BigInt(bits - 1)) - 1n],
    [2, () => 1n << BigInt(random.below(bits))],
    [5, () => random.u64() & all],
  ])();
}

function exponent(random: Random, bits: number): bigint {
  const max = (1 << bits) - 1;
  const bias = max >> 1;
  return BigInt(
    random.weighted<() => number>([
      [3, () => 0],
      [1, () => 1],
      [3, () => max],
      [1, () => max - 1],
      [5, () => bias + random.within(-3, 3)],
      [2, () => bias + (random.of([23, 24, 25, 30, 31, 32, 33, 52, 53, 54, 62, 63, 64, -23, -24, -52, -53]) % bias)],
      [3, () => random.below(max)],
    ])(),
  );
}

/** The bits of a double. */
export function doubleValue(random: Random): bigint {
  return (BigInt(random.below(2)) << 63n) | (exponent(random, 11) << 52n) | significand(random, 52);
}

/** The bits of a single, NaN-boxed as a rule [unpriv 21.2]. */
export function singleValue(random: Random): bigint {
  const bits = (BigInt(random.below(2)) << 31n) | (exponent(random, 8) << 23n) | significand(random, 23);
  const box = random.once(12) ? random.of([0n, 0xffff_fffen, 0x7fff_ffffn, random.u64() >> 32n]) : 0xffff_ffffn;
  return (box << 32n) | bits;
}

/** What a floating-point register may hold. */
export function floatValue(random: Random): bigint {
  return random.once(2) ? singleValue(random) : doubleValue(random);
}
