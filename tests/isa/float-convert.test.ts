/*
 * Conversions between integers, single and double precision, with saturation and flags [unpriv 20.7, 21.5].
 */

import { beforeAll, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR, fa0, fa1, fcvt_d_s, fcvt_s_d } from "../support/assembler.js";
import { CODE_PA, Hart } from "../support/hart.js";
import * as ieee from "../support/ieee.js";
import { EDGES, hex, s32, s64, u32, u64 } from "../support/integers.js";
import { boxed, type Case, expectFloat, FORMATS, MODE_NAMES } from "./float-table.js";

const hart = new Hart();
beforeAll(() => {
  hart.start();
});

const builders = asm as unknown as Record<string, (...operands: number[]) => number>;
const INTEGERS: [kind: string, width: number, isSigned: boolean, read: (x: bigint) => bigint][] = [
  ["w", 32, true, s32],
  ["wu", 32, false, u32],
  ["l", 64, true, s64],
  ["lu", 64, false, u64],
];

/** Values around the limits of the integer types and around halves. */
function values(fmt: ieee.Format): bigint[] {
  const near: bigint[] = [];
  const limits = [0n, 1n, 2n, 3n, 1n << 31n, 1n << 32n, 1n << 52n, 1n << 53n, 1n << 63n, 1n << 64n, 0x7fff_ff80n];
  for (const limit of limits) {
    for (const quarter of [-8n, -6n, -4n, -3n, -2n, -1n, 0n, 1n, 2n, 3n, 4n, 6n, 8n]) {
      const scaled = limit * 4n + quarter;
      for (const sign of [1n, -1n]) {
        const { bits } = ieee.round(fmt, scaled * sign < 0n, scaled < 0n ? -scaled : scaled, -2, false, ieee.RNE);
        near.push(bits);
      }
    }
  }
  return [...new Set([...ieee.edges(fmt), ...near])];
}

describe.each(FORMATS)("conversions to and from integers, .%s", (suffix, fmt) => {
  test.each(INTEGERS)(`fcvt.%s.${suffix}() saturates and rounds`, (kind, width, isSigned) => {
    const wrong: string[] = [];
    for (const rm of ieee.ROUNDING_MODES) {
      for (const field of [rm, asm.DYN]) {
        hart.place(CODE_PA, builders[`fcvt_${kind}_${suffix}`]!(a0, fa1, field));
        for (const value of values(fmt)) {
          const { bits, flags } = ieee.toInteger(fmt, value, width, isSigned, rm);
          // 32-bit results are sign-extended, unsigned ones too [unpriv 20.7].
          const want = `${hex(u64(BigInt.asIntN(width, bits)))} flags ${flags}`;
          hart.f[fa1] = boxed(fmt, value);
          hart.setCsr(CSR.fcsr, field === asm.DYN ? rm << 5 : 0);
          hart.pc = CODE_PA;
          hart.run(1);
          const got = `${hex(hart.x[a0]!)} flags ${hart.csr(CSR.fflags)}`;
          if (got !== want) wrong.push(`${hex(value)} ${MODE_NAMES[rm]}: ${got}, not ${want}`);
        }
      }
    }
    expect(wrong.slice(0, 20)).toEqual([]);
  });

  test.each(INTEGERS)(`fcvt.${suffix}.%s() rounds`, (kind, _width, _signed, read) => {
    const wrong: string[] = [];
    const sources = [
      ...EDGES,
      0x1_0000_0180_0000n,
      0xff_ffff_8000_0000n,
      0x7fff_ffff_ffff_fc00n,
      0x7fff_ffbfn,
      0x0100_0001n,
    ];
    for (const rm of ieee.ROUNDING_MODES) {
      for (const field of [rm, asm.DYN]) {
        hart.place(CODE_PA, builders[`fcvt_${suffix}_${kind}`]!(fa0, a1, field));
        for (const value of sources) {
          const { bits, flags } = ieee.fromInteger(fmt, read(value), rm);
          const want = `${hex(boxed(fmt, bits))} flags ${flags}`;
          hart.x[a1] = value;
          hart.setCsr(CSR.fcsr, field === asm.DYN ? rm << 5 : 0);
          hart.pc = CODE_PA;
          hart.run(1);
          const got = `${hex(hart.f[fa0]!)} flags ${hart.csr(CSR.fflags)}`;
          if (got !== want) wrong.push(`${hex(value)} ${MODE_NAMES[rm]}: ${got}, not ${want}`);
        }
      }
    }
    expect(wrong.slice(0, 20)).toEqual([]);
  });
});

describe("conversions between formats", () => {
  const { SINGLE, DOUBLE } = ieee;

  test("fcvt.s.d() rounds, overflows, underflows and quiets", () => {
    // Around the largest and smallest singles, and ties.
    const exponents = [0x380n, 0x381n, 0x36an, 0x369n, 0x368n, 0x47en, 0x47fn, 0x3ffn];
    const fractions = [
      0n,
      1n,
      0xf_ffff_e000_0000n,
      0xf_ffff_f000_0000n,
      0xf_ffff_efff_ffffn,
      0x0_0000_1000_0000n,
      0x8_0000_3000_0000n,
    ];
    const extra = exponents.flatMap((e) => fractions.map((f) => (e << 52n) | f));
    const sources = [...values(DOUBLE), ...extra, ...extra.map((x) => x | (1n << 63n))];
    const cases = sources.map((a): Case => ({ operands: [a], want: (rm) => ieee.convert(DOUBLE, SINGLE, a, rm) }));
    expectFloat(hart, SINGLE, (rm) => fcvt_s_d(fa0, fa1, rm), cases);
  });

  test("fcvt.d.s() is exact and quiets", () => {
    const cases = values(SINGLE).map(
      (a): Case => ({ operands: [boxed(SINGLE, a)], want: (rm) => ieee.convert(SINGLE, DOUBLE, a, rm) }),
    );
    expectFloat(hart, DOUBLE, (rm) => fcvt_d_s(fa0, fa1, rm), cases);
  });
});
