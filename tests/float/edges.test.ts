/*
 * Floating point where the rules bite: each line is one rule, with operands and expected values written out.
 *
 * Rounded results are given for the five modes in the order of their numbers: RNE, RTZ, RDN, RUP, RMM. Single precision
 * values are written as 32 bits and compared as fmv.x.w would return them.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { compileFloatCore, type FloatCore, hex, ROUNDING_MODES } from "./core.js";

let core: FloatCore;

beforeAll(async () => {
  core = await compileFloatCore();
});

// ---- What a line says ---------------------------------------------------------------------------------------------

type Five<T> = readonly [T, T, T, T, T];

/** In every mode its own result, and either its own flags or the same. */
function perMode(
  mnemonic: string,
  operands: bigint[],
  results: Five<bigint>,
  flags: string | Five<string>,
  rule: string,
) {
  it(`${mnemonic}: ${rule}`, () => {
    const expected = ROUNDING_MODES.map(
      (mode, rm) => `${mode} ${registerHex(mnemonic, results[rm]!)} ${typeof flags === "string" ? flags : flags[rm]}`,
    );
    expect(ROUNDING_MODES.map((mode, rm) => `${mode} ${execute(mnemonic, rm, operands)}`)).toEqual(expected);
  });
}

/** The same in all modes. */
function always(mnemonic: string, operands: bigint[], result: bigint, flags: string, rule: string) {
  perMode(mnemonic, operands, [result, result, result, result, result], flags, rule);
}

function execute(mnemonic: string, rm: number, operands: bigint[]): string {
  const [a = 0n, b = 0n, c = 0n] = operands;
  const { result, flags } = core.execute(mnemonic, rm, a, b, c);
  return `${hex(result)} ${flags}`;
}

/** Single precision results stand sign-extended in a register; all else is written as 64 bits already. */
function registerHex(mnemonic: string, result: bigint): string {
  const single = /^f(add|sub|mul|div|sqrt|madd|min|max)\.s$|^fcvt\.s\./.test(mnemonic);
  return hex(BigInt.asUintN(64, single ? BigInt.asIntN(32, result) : result));
}

// ---- Values -------------------------------------------------------------------------------------------------------

const NONE = "";

const D = {
  ZERO: 0x0000000000000000n,
  MINUS_ZERO: 0x8000000000000000n,
  ONE: 0x3ff0000000000000n,
  MINUS_ONE: 0xbff0000000000000n,
  TWO: 0x4000000000000000n,
  HALF: 0x3fe0000000000000n,
  MINUS_HALF: 0xbfe0000000000000n,
  MIN_SUBNORMAL: 0x0000000000000001n,
  MAX_SUBNORMAL: 0x000fffffffffffffn,
  MIN_NORMAL: 0x0010000000000000n,
  MAX: 0x7fefffffffffffffn,
  MINUS_MAX: 0xffefffffffffffffn,
  INFINITY: 0x7ff0000000000000n,
  MINUS_INFINITY: 0xfff0000000000000n,
  NAN: 0x7ff8000000000000n,
  /** Quiet, with sign and payload. */
  QUIET: 0xfff8000000001234n,
  SIGNALING: 0x7ff0000000000001n,
};

const S = {
  ZERO: 0x00000000n,
  MINUS_ZERO: 0x80000000n,
  ONE: 0x3f800000n,
  MINUS_ONE: 0xbf800000n,
  HALF: 0x3f000000n,
  MIN_SUBNORMAL: 0x00000001n,
  MAX_SUBNORMAL: 0x007fffffn,
  MIN_NORMAL: 0x00800000n,
  MAX: 0x7f7fffffn,
  MINUS_MAX: 0xff7fffffn,
  INFINITY: 0x7f800000n,
  MINUS_INFINITY: 0xff800000n,
  NAN: 0x7fc00000n,
  QUIET: 0xffc01234n,
  SIGNALING: 0x7f800001n,
};

// ---- The rules ----------------------------------------------------------------------------------------------------

describe("rounding to a neighbour raises NX [IEEE 754-2019 4.3]", () => {
  const next = 0x3ff0000000000001n; // 1 + 2^-52
  const afterNext = 0x3ff0000000000002n;
  const half = 0x3ca0000000000000n; // 2^-53
  const lessThanHalf = 0x3c9fffffffffffffn;
  const moreThanHalf = 0x3ca0000000000001n;
  const negative = (value: bigint) => value | D.MINUS_ZERO;

  perMode(
    "fadd.d",
    [D.ONE, lessThanHalf],
    [D.ONE, D.ONE, D.ONE, next, D.ONE],
    "NX",
    "less than half of the last place",
  );
  perMode("fadd.d", [D.ONE, half], [D.ONE, D.ONE, D.ONE, next, next], "NX", "a tie, with an even last place");
  perMode("fadd.d", [next, half], [afterNext, next, next, afterNext, afterNext], "NX", "a tie, with an odd last place");
  perMode("fadd.d", [D.ONE, moreThanHalf], [next, D.ONE, D.ONE, next, next], "NX", "more than half of the last place");
  perMode(
    "fsub.d",
    [D.MINUS_ONE, half],
    [D.MINUS_ONE, D.MINUS_ONE, negative(next), D.MINUS_ONE, negative(next)],
    "NX",
    "a negative tie: up and down change places",
  );
  perMode("fadd.d", [D.ONE, D.MIN_SUBNORMAL], [D.ONE, D.ONE, D.ONE, next, D.ONE], "NX", "far below the last place");
  perMode(
    "fsub.d",
    [D.ONE, D.MIN_SUBNORMAL],
    [D.ONE, 0x3fefffffffffffffn, 0x3fefffffffffffffn, D.ONE, D.ONE],
    "NX",
    "just below a power of two",
  );
  perMode(
    "fadd.d",
    [0x3fffffffffffffffn, half],
    [D.TWO, 0x3fffffffffffffffn, 0x3fffffffffffffffn, D.TWO, D.TWO],
    "NX",
    "a carry into the exponent",
  );
  perMode(
    "fadd.s",
    [S.ONE, 0x33800000n],
    [S.ONE, S.ONE, S.ONE, 0x3f800001n, 0x3f800001n],
    "NX",
    "a tie, with an even last place",
  );
  perMode(
    "fdiv.d",
    [D.ONE, 0x4008000000000000n],
    [0x3fd5555555555555n, 0x3fd5555555555555n, 0x3fd5555555555555n, 0x3fd5555555555556n, 0x3fd5555555555555n],
    "NX",
    "1 / 3",
  );
  perMode(
    "fdiv.s",
    [S.ONE, 0x40400000n],
    [0x3eaaaaabn, 0x3eaaaaaan, 0x3eaaaaaan, 0x3eaaaaabn, 0x3eaaaaabn],
    "NX",
    "1 / 3",
  );
  perMode(
    "fsqrt.d",
    [D.TWO],
    [0x3ff6a09e667f3bcdn, 0x3ff6a09e667f3bccn, 0x3ff6a09e667f3bccn, 0x3ff6a09e667f3bcdn, 0x3ff6a09e667f3bcdn],
    "NX",
    "the square root of 2",
  );
  always("fadd.d", [D.ONE, 0x3cb0000000000000n], next, NONE, "1 + 2^-52 is exact");
  always("fdiv.d", [D.ONE, D.TWO], D.HALF, NONE, "1 / 2 is exact");
  always("fsqrt.d", [0x4010000000000000n], D.TWO, NONE, "the square root of 4 is exact");
  always("fsqrt.d", [D.MIN_SUBNORMAL], 0x1e60000000000000n, NONE, "the square root of 2^-1074 is exactly 2^-537");
});

describe("overflow: infinity or the largest number, by mode, with OF and NX [IEEE 754-2019 7.4]", () => {
  perMode("fadd.d", [D.MAX, D.MAX], [D.INFINITY, D.MAX, D.MAX, D.INFINITY, D.INFINITY], "NX OF", "positive");
  perMode(
    "fadd.d",
    [D.MINUS_MAX, D.MINUS_MAX],
    [D.MINUS_INFINITY, D.MINUS_MAX, D.MINUS_INFINITY, D.MINUS_MAX, D.MINUS_INFINITY],
    "NX OF",
    "negative",
  );
  perMode("fmul.s", [S.MAX, S.MAX], [S.INFINITY, S.MAX, S.MAX, S.INFINITY, S.INFINITY], "NX OF", "single precision");
  perMode(
    "fdiv.s",
    [S.MINUS_MAX, S.MIN_SUBNORMAL],
    [S.MINUS_INFINITY, S.MINUS_MAX, S.MINUS_INFINITY, S.MINUS_MAX, S.MINUS_INFINITY],
    "NX OF",
    "single precision, negative",
  );
  perMode(
    "fadd.d",
    [D.MAX, 0x7c90000000000000n],
    [D.INFINITY, D.MAX, D.MAX, D.INFINITY, D.INFINITY],
    ["NX OF", "NX", "NX", "NX OF", "NX OF"],
    "half a place beyond: whoever rounds down to the largest number only raises NX",
  );
  perMode(
    "fadd.d",
    [D.MAX, 0x7c8fffffffffffffn],
    [D.MAX, D.MAX, D.MAX, D.INFINITY, D.MAX],
    ["NX", "NX", "NX", "NX OF", "NX"],
    "less than half a place beyond",
  );
  perMode(
    "fcvt.s.d",
    [0x47efffffefffffffn],
    [S.MAX, S.MAX, S.MAX, S.INFINITY, S.MAX],
    ["NX", "NX", "NX", "NX OF", "NX"],
    "narrowing less than half a place beyond",
  );
  perMode("fcvt.s.d", [D.MAX], [S.INFINITY, S.MAX, S.MAX, S.INFINITY, S.INFINITY], "NX OF", "narrowing a large number");
  always("fadd.d", [D.INFINITY, D.MAX], D.INFINITY, NONE, "an infinity is exact");
});

describe("underflow: tiny after rounding, and inexact [IEEE 754-2019 7.5, unpriv 20.4]", () => {
  always("fmul.d", [D.MIN_NORMAL, D.HALF], 0x0008000000000000n, NONE, "an exact subnormal raises nothing");
  always("fsub.d", [D.MIN_NORMAL, D.MIN_SUBNORMAL], D.MAX_SUBNORMAL, NONE, "differences are never inexact and tiny");
  perMode(
    "fmul.d",
    [D.MIN_SUBNORMAL, D.HALF],
    [D.ZERO, D.ZERO, D.ZERO, D.MIN_SUBNORMAL, D.MIN_SUBNORMAL],
    "NX UF",
    "half of the smallest number",
  );
  perMode(
    "fmul.d",
    [D.MIN_SUBNORMAL, D.MINUS_HALF],
    [D.MINUS_ZERO, D.MINUS_ZERO, 0x8000000000000001n, D.MINUS_ZERO, 0x8000000000000001n],
    "NX UF",
    "half of the smallest number, negative",
  );
  perMode(
    "fmul.d",
    [D.MIN_SUBNORMAL, D.MIN_SUBNORMAL],
    [D.ZERO, D.ZERO, D.ZERO, D.MIN_SUBNORMAL, D.ZERO],
    "NX UF",
    "far below the smallest number",
  );
  perMode(
    "fmul.d",
    [D.MIN_NORMAL, 0x3fefffffffffffffn],
    [D.MIN_NORMAL, D.MAX_SUBNORMAL, D.MAX_SUBNORMAL, D.MIN_NORMAL, D.MIN_NORMAL],
    "NX UF",
    "2^-1022 * (1 - 2^-53) has 53 bits, so it is tiny even where it becomes normal",
  );
  perMode(
    "fmul.d",
    [D.MAX_SUBNORMAL, 0x3ff0000000000001n],
    [D.MIN_NORMAL, D.MAX_SUBNORMAL, D.MAX_SUBNORMAL, D.MIN_NORMAL, D.MIN_NORMAL],
    ["NX", "NX UF", "NX UF", "NX", "NX"],
    "2^-1022 * (1 - 2^-104) is tiny only where 53 bits of it are below 2^-1022",
  );
  perMode(
    "fmul.d",
    [0x000ffffffe000000n, 0x3ff0000002000000n],
    [D.MIN_NORMAL, D.MAX_SUBNORMAL, D.MAX_SUBNORMAL, D.MIN_NORMAL, D.MIN_NORMAL],
    ["NX", "NX UF", "NX UF", "NX", "NX"],
    "2^-1022 * (1 - 2^-54) is a tie that rounds to 2^-1022 with 53 bits too",
  );
  perMode(
    "fmul.s",
    [S.MAX_SUBNORMAL, 0x3f800001n],
    [S.MIN_NORMAL, S.MAX_SUBNORMAL, S.MAX_SUBNORMAL, S.MIN_NORMAL, S.MIN_NORMAL],
    ["NX", "NX UF", "NX UF", "NX", "NX"],
    "2^-126 * (1 - 2^-46) is tiny only where 24 bits of it are below 2^-126",
  );
  perMode(
    "fcvt.s.d",
    [0x380ffffff0000000n],
    [S.MIN_NORMAL, S.MAX_SUBNORMAL, S.MAX_SUBNORMAL, S.MIN_NORMAL, S.MIN_NORMAL],
    ["NX", "NX UF", "NX UF", "NX", "NX"],
    "2^-126 * (1 - 2^-25), narrowed",
  );
  perMode(
    "fcvt.s.d",
    [0x380fffffe0000000n],
    [S.MIN_NORMAL, S.MAX_SUBNORMAL, S.MAX_SUBNORMAL, S.MIN_NORMAL, S.MIN_NORMAL],
    "NX UF",
    "2^-126 * (1 - 2^-24), narrowed, has 24 bits",
  );
  perMode(
    "fmadd.d",
    [D.MIN_SUBNORMAL, D.MIN_SUBNORMAL, D.MIN_NORMAL],
    [D.MIN_NORMAL, D.MIN_NORMAL, D.MIN_NORMAL, 0x0010000000000001n, D.MIN_NORMAL],
    "NX",
    "just above the smallest normal number",
  );
});

describe("zeros have signs [IEEE 754-2019 6.3]", () => {
  const cancelled: Five<bigint> = [D.ZERO, D.ZERO, D.MINUS_ZERO, D.ZERO, D.ZERO];
  perMode("fsub.d", [D.ONE, D.ONE], cancelled, NONE, "x - x is -0 when rounding down, else +0");
  perMode("fadd.d", [D.ZERO, D.MINUS_ZERO], cancelled, NONE, "as is +0 + -0");
  perMode("fmadd.d", [D.ONE, D.ONE, D.MINUS_ONE], cancelled, NONE, "and 1 * 1 + -1");
  perMode("fmadd.d", [D.ZERO, D.ONE, D.MINUS_ZERO], cancelled, NONE, "and 0 * 1 + -0");
  perMode("fsub.s", [S.ONE, S.ONE], [S.ZERO, S.ZERO, S.MINUS_ZERO, S.ZERO, S.ZERO], NONE, "in single precision too");
  always("fadd.d", [D.MINUS_ZERO, D.MINUS_ZERO], D.MINUS_ZERO, NONE, "-0 + -0");
  always("fmadd.d", [D.MINUS_ZERO, D.ONE, D.MINUS_ZERO], D.MINUS_ZERO, NONE, "-0 * 1 + -0");
  always("fmul.d", [D.MINUS_ONE, D.ZERO], D.MINUS_ZERO, NONE, "-1 * 0");
  always("fdiv.d", [D.MINUS_ONE, D.INFINITY], D.MINUS_ZERO, NONE, "-1 / infinity");
  always("fsqrt.d", [D.MINUS_ZERO], D.MINUS_ZERO, NONE, "the square root of -0 is -0");
  always("fcvt.s.d", [D.MINUS_ZERO], S.MINUS_ZERO, NONE, "narrowed");
  always("fcvt.d.s", [S.MINUS_ZERO], D.MINUS_ZERO, NONE, "widened");
  always("fcvt.d.l", [0n], D.ZERO, NONE, "the integer zero is +0");
});

describe("invalid operations raise NV and give the canonical NaN [IEEE 754-2019 7.2, unpriv 20.3]", () => {
  always("fsub.d", [D.INFINITY, D.INFINITY], D.NAN, "NV", "infinity - infinity");
  always("fmul.d", [D.MINUS_ZERO, D.INFINITY], D.NAN, "NV", "-0 * infinity");
  always("fdiv.d", [D.ZERO, D.MINUS_ZERO], D.NAN, "NV", "0 / -0");
  always("fdiv.d", [D.INFINITY, D.INFINITY], D.NAN, "NV", "infinity / infinity");
  always("fsqrt.d", [D.MINUS_ONE], D.NAN, "NV", "the square root of -1");
  always("fsqrt.d", [D.MINUS_INFINITY], D.NAN, "NV", "the square root of -infinity");
  always("fmadd.d", [D.INFINITY, D.ONE, D.MINUS_INFINITY], D.NAN, "NV", "infinity * 1 - infinity");
  always("fmadd.d", [D.INFINITY, D.ZERO, D.ONE], D.NAN, "NV", "infinity * 0 + 1");
  always("fmadd.d", [D.INFINITY, D.ZERO, D.QUIET], D.NAN, "NV", "infinity * 0 + quiet NaN [unpriv 20.6]");
  always("fadd.d", [D.SIGNALING, D.ONE], D.NAN, "NV", "a signaling NaN");
  always("fmadd.d", [D.QUIET, D.ONE, D.SIGNALING], D.NAN, "NV", "a signaling NaN behind a quiet one");
  always("fsqrt.s", [S.SIGNALING], S.NAN, "NV", "a signaling NaN in single precision");
  always("fmadd.s", [S.INFINITY, S.ZERO, S.QUIET], S.NAN, "NV", "infinity * 0 + quiet NaN in single precision");
  always("fcvt.s.d", [D.SIGNALING], S.NAN, "NV", "a signaling NaN narrowed");
  always("fcvt.d.s", [S.SIGNALING], D.NAN, "NV", "a signaling NaN widened");
  always("fadd.d", [D.QUIET, D.ONE], D.NAN, NONE, "a quiet NaN loses sign and payload, silently");
  always("fmul.s", [S.ONE, S.QUIET], S.NAN, NONE, "so it does in single precision");
  always("fcvt.s.d", [D.QUIET], S.NAN, NONE, "and narrowed");
  always("fcvt.d.s", [S.QUIET], D.NAN, NONE, "and widened");
});

describe("division of a finite number by zero raises DZ [IEEE 754-2019 7.3]", () => {
  always("fdiv.d", [D.ONE, D.ZERO], D.INFINITY, "DZ", "1 / 0");
  always("fdiv.d", [D.ONE, D.MINUS_ZERO], D.MINUS_INFINITY, "DZ", "1 / -0");
  always("fdiv.s", [S.MIN_SUBNORMAL, S.ZERO], S.INFINITY, "DZ", "in single precision");
  always("fdiv.d", [D.INFINITY, D.ZERO], D.INFINITY, NONE, "but not infinity / 0");
});

describe("a fused multiply-add rounds once [IEEE 754-2019 5.4.1]", () => {
  const next = 0x3ff0000000000001n; // 1 + 2^-52
  const previous = 0x3feffffffffffffen; // 1 - 2^-52
  always(
    "fmadd.d",
    [next, previous, D.MINUS_ONE],
    0xb970000000000000n,
    NONE,
    "(1 + 2^-52) * (1 - 2^-52) - 1 = -2^-104",
  );
  always(
    "fmadd.d",
    [next, next, 0xbff0000000000002n],
    0x3970000000000000n,
    NONE,
    "(1 + 2^-52)^2 - (1 + 2^-51) = 2^-104",
  );
  always("fmadd.s", [0x3f800001n, 0x3f800001n, 0xbf800002n], 0x28800000n, NONE, "(1 + 2^-23)^2 - (1 + 2^-22) = 2^-46");
  always("fmadd.d", [D.MAX, D.TWO, D.MINUS_MAX], D.MAX, NONE, "a product beyond the largest number");
  always("fmadd.d", [D.MAX, D.MAX, D.MINUS_INFINITY], D.MINUS_INFINITY, NONE, "which is still less than an infinity");
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24 ends with half of a last place.
  perMode(
    "fmadd.s",
    [0x3f800800n, 0x3f800800n, 0x17800000n],
    [0x3f801001n, 0x3f801000n, 0x3f801000n, 0x3f801001n, 0x3f801001n],
    "NX",
    "a tie and 2^-80: more than half, though not in 53 bits",
  );
  perMode(
    "fmadd.s",
    [0x3f800800n, 0x3f800800n, 0x97800000n],
    [0x3f801000n, 0x3f801000n, 0x3f801000n, 0x3f801001n, 0x3f801000n],
    "NX",
    "a tie less 2^-80: less than half",
  );
});

describe("conversions to integers saturate [unpriv 20.7]", () => {
  const I32_MAX = 0x7fffffffn;
  const I32_MIN = 0xffffffff80000000n;
  const I64_MAX = 0x7fffffffffffffffn;
  const I64_MIN = 0x8000000000000000n;
  const ALL_ONES = 0xffffffffffffffffn;
  const minus = (value: bigint) => BigInt.asUintN(64, -value);

  for (const nan of [D.QUIET, D.SIGNALING]) {
    always("fcvt.w.d", [nan], I32_MAX, "NV", `${hex(nan)}, a NaN, is the largest i32`);
    always("fcvt.wu.d", [nan], ALL_ONES, "NV", `${hex(nan)}, a NaN, is the largest u32, sign-extended`);
    always("fcvt.l.d", [nan], I64_MAX, "NV", `${hex(nan)}, a NaN, is the largest i64`);
    always("fcvt.lu.d", [nan], ALL_ONES, "NV", `${hex(nan)}, a NaN, is the largest u64`);
  }
  always("fcvt.w.d", [D.INFINITY], I32_MAX, "NV", "infinity");
  always("fcvt.w.d", [D.MINUS_INFINITY], I32_MIN, "NV", "-infinity");
  always("fcvt.wu.d", [D.INFINITY], ALL_ONES, "NV", "infinity");
  always("fcvt.wu.d", [D.MINUS_INFINITY], 0n, "NV", "-infinity");
  always("fcvt.l.s", [S.INFINITY], I64_MAX, "NV", "infinity");
  always("fcvt.l.s", [S.MINUS_INFINITY], I64_MIN, "NV", "-infinity");
  always("fcvt.lu.s", [S.INFINITY], ALL_ONES, "NV", "infinity");
  always("fcvt.lu.s", [S.MINUS_INFINITY], 0n, "NV", "-infinity");

  perMode("fcvt.w.d", [0x4004000000000000n], [2n, 2n, 2n, 3n, 3n], "NX", "2.5");
  perMode("fcvt.w.d", [0x400c000000000000n], [4n, 3n, 3n, 4n, 4n], "NX", "3.5");
  perMode("fcvt.l.d", [0xc004000000000000n], [minus(2n), minus(2n), minus(3n), minus(2n), minus(3n)], "NX", "-2.5");
  perMode("fcvt.l.s", [S.HALF], [0n, 0n, 0n, 1n, 1n], "NX", "0.5");
  perMode("fcvt.lu.d", [D.MIN_SUBNORMAL], [0n, 0n, 0n, 1n, 0n], "NX", "the smallest number");
  always("fcvt.w.d", [D.MINUS_ZERO], 0n, NONE, "-0 is exact");
  always("fcvt.lu.d", [D.MINUS_ZERO], 0n, NONE, "-0 is in the range of unsigned integers");
  perMode(
    "fcvt.wu.d",
    [D.MINUS_HALF],
    [0n, 0n, 0n, 0n, 0n],
    ["NX", "NX", "NV", "NX", "NV"],
    "-0.5 is unless it becomes -1",
  );
  always("fcvt.wu.d", [D.MINUS_ONE], 0n, "NV", "-1 is not, and NX is not raised with NV");

  always("fcvt.w.d", [0x41dfffffffc00000n], I32_MAX, NONE, "2^31 - 1");
  always("fcvt.w.d", [0x41e0000000000000n], I32_MAX, "NV", "2^31");
  always("fcvt.w.d", [0xc1e0000000000000n], I32_MIN, NONE, "-2^31");
  perMode(
    "fcvt.w.d",
    [0x41dfffffffe00000n],
    [I32_MAX, I32_MAX, I32_MAX, I32_MAX, I32_MAX],
    ["NV", "NX", "NX", "NV", "NV"],
    "2^31 - 0.5 is in range if it rounds down",
  );
  always("fcvt.wu.d", [0x41efffffffe00000n], ALL_ONES, NONE, "2^32 - 1, sign-extended");
  always("fcvt.wu.d", [0x41e0000000000000n], I32_MIN, NONE, "2^31, sign-extended");
  always("fcvt.wu.d", [0x41f0000000000000n], ALL_ONES, "NV", "2^32");
  always("fcvt.l.d", [0x43dfffffffffffffn], 0x7ffffffffffffc00n, NONE, "2^63 - 2^10");
  always("fcvt.l.d", [0x43e0000000000000n], I64_MAX, "NV", "2^63");
  always("fcvt.l.d", [0xc3e0000000000000n], I64_MIN, NONE, "-2^63");
  always("fcvt.l.d", [0xc3e0000000000001n], I64_MIN, "NV", "the next below -2^63");
  always("fcvt.lu.d", [0x43efffffffffffffn], 0xfffffffffffff800n, NONE, "2^64 - 2^11");
  always("fcvt.lu.s", [0x5f800000n], ALL_ONES, "NV", "2^64");
});

describe("conversions from integers round [unpriv 20.7]", () => {
  always("fcvt.d.w", [0xffffffffn], D.MINUS_ONE, NONE, "the low 32 bits count, -1");
  always("fcvt.d.wu", [0xffffffffffffffffn], 0x41efffffffe00000n, NONE, "the low 32 bits count, 2^32 - 1");
  always("fcvt.d.l", [0x8000000000000000n], 0xc3e0000000000000n, NONE, "-2^63");
  always("fcvt.s.l", [0x8000000000000000n], 0xdf000000n, NONE, "-2^63");
  perMode(
    "fcvt.d.lu",
    [0xffffffffffffffffn],
    [0x43f0000000000000n, 0x43efffffffffffffn, 0x43efffffffffffffn, 0x43f0000000000000n, 0x43f0000000000000n],
    "NX",
    "2^64 - 1",
  );
  perMode(
    "fcvt.s.w",
    [0xfeffffffn],
    [0xcb800000n, 0xcb800000n, 0xcb800001n, 0xcb800000n, 0xcb800001n],
    "NX",
    "-(2^24 + 1), a tie",
  );
  perMode(
    "fcvt.s.lu",
    [0x8000008000000001n],
    [0x5f000001n, 0x5f000000n, 0x5f000000n, 0x5f000001n, 0x5f000001n],
    "NX",
    "2^63 + 2^39 + 1 is more than a tie, though not in 53 bits",
  );
});

describe("comparisons [IEEE 754-2019 5.11, unpriv 20.8]", () => {
  always("feq.d", [D.ZERO, D.MINUS_ZERO], 1n, NONE, "zeros are equal");
  always("flt.d", [D.MINUS_ZERO, D.ZERO], 0n, NONE, "and neither is less");
  always("fle.d", [D.ZERO, D.MINUS_ZERO], 1n, NONE, "than the other");
  always("flt.d", [D.MINUS_ONE, D.MIN_SUBNORMAL], 1n, NONE, "-1 < 2^-1074");
  always("flt.d", [D.MINUS_MAX, D.MINUS_ONE], 1n, NONE, "negative numbers");
  always("fle.d", [D.INFINITY, D.MAX], 0n, NONE, "infinity > every number");
  always("flt.s", [S.MINUS_INFINITY, S.MINUS_MAX], 1n, NONE, "-infinity < every number");
  always("feq.d", [D.QUIET, D.QUIET], 0n, NONE, "is quiet: a NaN is unequal to itself, silently");
  always("feq.d", [D.ONE, D.SIGNALING], 0n, "NV", "but a signaling NaN is invalid");
  always("flt.d", [D.ONE, D.QUIET], 0n, "NV", "is signaling");
  always("fle.d", [D.QUIET, D.ONE], 0n, "NV", "is signaling");
  always("feq.s", [S.QUIET, S.ONE], 0n, NONE, "is quiet");
  always("fle.s", [S.ONE, S.QUIET], 0n, "NV", "is signaling");
});

describe("minimum and maximum [IEEE 754-2019 9.6, unpriv 20.6]", () => {
  always("fmin.d", [D.ZERO, D.MINUS_ZERO], D.MINUS_ZERO, NONE, "-0 is less than +0");
  always("fmax.d", [D.MINUS_ZERO, D.ZERO], D.ZERO, NONE, "+0 is greater than -0");
  always("fmin.d", [D.MINUS_MAX, D.MINUS_INFINITY], D.MINUS_INFINITY, NONE, "negative numbers");
  always("fmin.d", [D.QUIET, D.ONE], D.ONE, NONE, "a NaN loses");
  always("fmax.d", [D.MINUS_ONE, D.QUIET], D.MINUS_ONE, NONE, "a NaN loses");
  always("fmin.d", [D.SIGNALING, D.ONE], D.ONE, "NV", "a signaling NaN too, invalidly");
  always("fmax.d", [D.QUIET, D.QUIET], D.NAN, NONE, "two NaNs give the canonical one");
  always("fmax.d", [D.QUIET, D.SIGNALING], D.NAN, "NV", "invalidly if one of them is signaling");
  always("fmin.s", [S.MIN_SUBNORMAL, S.MINUS_ZERO], S.MINUS_ZERO, NONE, "in single precision");
  always("fmax.s", [S.SIGNALING, S.MINUS_INFINITY], S.MINUS_INFINITY, "NV", "in single precision");
});

describe("classification [unpriv 20.9]", () => {
  const classes: [double: bigint, single: bigint, what: string][] = [
    [D.MINUS_INFINITY, S.MINUS_INFINITY, "-infinity"],
    [D.MINUS_MAX, S.MINUS_MAX, "a negative normal number"],
    [0x800fffffffffffffn, 0x807fffffn, "a negative subnormal number"],
    [D.MINUS_ZERO, S.MINUS_ZERO, "-0"],
    [D.ZERO, S.ZERO, "+0"],
    [D.MAX_SUBNORMAL, S.MAX_SUBNORMAL, "a positive subnormal number"],
    [D.MIN_NORMAL, S.MIN_NORMAL, "a positive normal number"],
    [D.INFINITY, S.INFINITY, "+infinity"],
    [D.SIGNALING, S.SIGNALING, "a signaling NaN"],
    [D.QUIET, S.QUIET, "a quiet NaN"],
  ];
  for (const [bit, [double, single, what]] of classes.entries()) {
    always("fclass.d", [double], 1n << BigInt(bit), NONE, `bit ${bit} is ${what}`);
    always("fclass.s", [single], 1n << BigInt(bit), NONE, `bit ${bit} is ${what}`);
  }
});
