/*
 * Two's complement in BigInt, and the edge values that integer tests run over.
 */

export const u64 = (x: bigint) => BigInt.asUintN(64, x);
export const s64 = (x: bigint) => BigInt.asIntN(64, x);
export const u32 = (x: bigint) => BigInt.asUintN(32, x);
export const s32 = (x: bigint) => BigInt.asIntN(32, x);
/** The low word, sign-extended: what every *W instruction leaves in its register. */
export const sext32 = (x: bigint) => u64(s32(x));

export const EDGES = [
  0n,
  1n,
  2n,
  5n,
  0x7fn,
  0x80n,
  0x7fffn,
  0x8000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x0102_0408_1020_4080n,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_8000_0000n,
  0xffff_ffff_ffff_fffen,
  0xffff_ffff_ffff_ffffn,
];

export const hex = (x: bigint | number) => `0x${x.toString(16)}`;
