/*
 * Comparisons, minimum and maximum, sign injection, classes, moves and NaN boxing [unpriv 20.5 to 20.9, 21.2].
 */

import { beforeAll, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR, fa0, fa1, fa2 } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart } from "../support/hart.js";
import * as ieee from "../support/ieee.js";
import { hex, sext32 } from "../support/integers.js";
import { boxed, FORMATS } from "./float-table.js";

const hart = new Hart();
beforeAll(() => {
  hart.start();
});

const builders = asm as unknown as Record<string, (...operands: number[]) => number>;

/** Runs an instruction once on fa1 and fa2 with fcsr clear; gives the flags. */
function once(a: bigint, b: bigint): number {
  hart.f[fa1] = a;
  hart.f[fa2] = b;
  hart.setCsr(CSR.fcsr, 0);
  hart.pc = CODE_PA;
  hart.run(1);
  expect(hart.pc).toBe(BigInt(CODE_PA + 4));
  return Number(hart.csr(CSR.fflags));
}

describe.each(FORMATS)("comparison and selection, .%s", (suffix, fmt) => {
  const edges = ieee.edges(fmt);
  const build = (name: string) => builders[`${name}_${suffix}`]!;
  const sign = 1n << BigInt(fmt.bits - 1);

  test.each(["eq", "lt", "le"] as const)("f%s() orders numbers and flags NaNs", (kind) => {
    hart.place(CODE_PA, build(`f${kind}`)(a0, fa1, fa2));
    for (const a of edges) {
      for (const b of edges) {
        const { bits, flags } = ieee.compare(kind, fmt, a, b);
        const raised = once(boxed(fmt, a), boxed(fmt, b));
        expect([hex(a), hex(b), hart.x[a0], raised]).toEqual([hex(a), hex(b), bits, flags]);
      }
    }
  });

  test.each(["min", "max"] as const)("f%s() is the number of IEEE 754-2019", (kind) => {
    hart.place(CODE_PA, build(`f${kind}`)(fa0, fa1, fa2));
    for (const a of edges) {
      for (const b of edges) {
        const { bits, flags } = ieee.select(kind, fmt, a, b);
        const raised = once(boxed(fmt, a), boxed(fmt, b));
        expect([hex(a), hex(b), hart.f[fa0], raised]).toEqual([hex(a), hex(b), boxed(fmt, bits), flags]);
      }
    }
  });

  test("fsgnj(), fsgnjn() and fsgnjx() take the magnitude of rs1 and raise nothing", () => {
    const signs: [string, (a: bigint, b: bigint) => bigint][] = [
      ["fsgnj", (_, b) => b],
      ["fsgnjn", (_, b) => ~b],
      ["fsgnjx", (a, b) => a ^ b],
    ];
    for (const [name, signOf] of signs) {
      hart.place(CODE_PA, build(name)(fa0, fa1, fa2));
      for (const a of edges) {
        for (const b of [0n, sign, edges.at(-1)!, edges.at(-2)!]) {
          expect(once(boxed(fmt, a), boxed(fmt, b))).toBe(0);
          const bits = (a & ~sign) | (BigInt.asUintN(fmt.bits, signOf(a, b)) & sign);
          expect(hart.f[fa0]).toBe(boxed(fmt, bits));
        }
      }
    }
  });

  test("fclass() names ten classes and raises nothing", () => {
    hart.place(CODE_PA, build("fclass")(a0, fa1));
    for (const a of edges) {
      expect(once(boxed(fmt, a), 0n)).toBe(0);
      expect([hex(a), hart.x[a0]]).toEqual([hex(a), ieee.classify(fmt, a)]);
    }
  });
});

describe("moves", () => {
  test("fmv.x.w() sign-extends the low word, boxed or not", () => {
    for (const raw of [0xffff_ffff_8000_0001n, 0x1234_5678_8000_0001n, 0x1234_5678_7fff_ffffn]) {
      hart.f[fa1] = raw;
      hart.step(asm.fmv_x_w(a0, fa1));
      expect(hart.x[a0]).toBe(sext32(raw));
    }
  });

  test("fmv.w.x() boxes the low word", () => {
    hart.x[a1] = 0x1234_5678_9abc_def0n;
    hart.step(asm.fmv_w_x(fa0, a1));
    expect(hart.f[fa0]).toBe(0xffff_ffff_9abc_def0n);
  });

  test("fmv.x.d() and fmv.d.x() keep every bit, signaling NaNs too", () => {
    for (const raw of [0x7ff0_0000_0000_0001n, 0xfff4_0000_0000_0001n, 0x8000_0000_0000_0000n]) {
      hart.x[a1] = raw;
      hart.step(asm.fmv_d_x(fa0, a1));
      expect(hart.f[fa0]).toBe(raw);
      hart.step(asm.fmv_x_d(a0, fa0));
      expect(hart.x[a0]).toBe(raw);
    }
  });
});

describe("loads and stores", () => {
  test("flw() boxes what it loads, fld() takes 64 bits, neither changes a NaN", () => {
    hart.setU64(DATA_PA, 0x7ff0_0000_7f80_0001n);
    hart.x[a1] = BigInt(DATA_PA + 8);
    hart.step(asm.flw(fa0, -8, a1));
    expect(hart.f[fa0]).toBe(0xffff_ffff_7f80_0001n);
    hart.step(asm.fld(fa0, -8, a1));
    expect(hart.f[fa0]).toBe(0x7ff0_0000_7f80_0001n);
  });

  test("fsw() stores the low word of an unboxed value, fsd() all of it", () => {
    hart.setU64(DATA_PA, 0n);
    hart.x[a1] = BigInt(DATA_PA);
    hart.f[fa1] = 0x7ff0_0000_7f80_0001n;
    hart.step(asm.fsw(fa1, 0, a1));
    expect(hart.u64(DATA_PA)).toBe(0x7f80_0001n);
    hart.step(asm.fsd(fa1, 0, a1));
    expect(hart.u64(DATA_PA)).toBe(0x7ff0_0000_7f80_0001n);
  });

  test.each([1, 3, 5, 0xffd, 0xffa])("flw(), fld(), fsw() and fsd() work at page offset %i", (offset) => {
    const at = DATA_PA + offset;
    hart.x[a1] = BigInt(at);
    hart.f[fa1] = 0x1122_3344_5566_7788n;
    hart.step(asm.fsd(fa1, 0, a1));
    hart.step(asm.fld(fa0, 0, a1));
    expect(hart.f[fa0]).toBe(0x1122_3344_5566_7788n);
    hart.step(asm.fsw(fa1, 4, a1));
    hart.step(asm.flw(fa0, 4, a1));
    expect(hart.f[fa0]).toBe(0xffff_ffff_5566_7788n);
  });
});

describe("NaN boxing", () => {
  const NAN = 0x7fc0_0000n;
  const ONE = 0x3f80_0000n;
  const UNBOXED = [ONE, 0x7fff_ffff_0000_0000n | ONE, 0xffff_fffe_0000_0000n | ONE];

  test("a single that is not boxed is the canonical NaN to arithmetic", () => {
    const insns = [
      asm.fadd_s(fa0, fa1, fa2),
      asm.fmul_s(fa0, fa2, fa1),
      asm.fsqrt_s(fa0, fa1),
      asm.fmadd_s(fa0, fa1, fa2, fa2),
    ];
    for (const insn of insns) {
      for (const raw of UNBOXED) {
        hart.place(CODE_PA, insn);
        expect(once(raw, boxed(ieee.SINGLE, ONE))).toBe(0);
        expect(hart.f[fa0]).toBe(boxed(ieee.SINGLE, NAN));
      }
    }
  });

  test("a single that is not boxed is the canonical NaN to sign injection, class, minimum, comparison, conversion", () => {
    for (const raw of UNBOXED) {
      hart.place(CODE_PA, asm.fsgnj_s(fa0, fa1, fa2));
      once(raw, boxed(ieee.SINGLE, 1n << 31n));
      expect(hart.f[fa0]).toBe(boxed(ieee.SINGLE, NAN | (1n << 31n)));
      hart.place(CODE_PA, asm.fsgnjn_s(fa0, fa2, fa1));
      once(raw, boxed(ieee.SINGLE, ONE));
      expect(hart.f[fa0]).toBe(boxed(ieee.SINGLE, ONE | (1n << 31n)));
      hart.place(CODE_PA, asm.fclass_s(a0, fa1));
      once(raw, 0n);
      expect(hart.x[a0]).toBe(1n << 9n);
      hart.place(CODE_PA, asm.fmin_s(fa0, fa1, fa2));
      once(raw, boxed(ieee.SINGLE, ONE));
      expect(hart.f[fa0]).toBe(boxed(ieee.SINGLE, ONE));
      hart.place(CODE_PA, asm.feq_s(a0, fa1, fa1));
      expect(once(raw, 0n)).toBe(0);
      expect(hart.x[a0]).toBe(0n);
      hart.place(CODE_PA, asm.fcvt_w_s(a0, fa1, asm.RTZ));
      expect(once(raw, 0n)).toBe(ieee.NV);
      expect(hart.x[a0]).toBe(0x7fff_ffffn);
      hart.place(CODE_PA, asm.fcvt_d_s(fa0, fa1));
      expect(once(raw, 0n)).toBe(0);
      expect(hart.f[fa0]).toBe(ieee.canonicalNan(ieee.DOUBLE));
    }
  });

  test("double precision reads all 64 bits whether they look boxed or not", () => {
    hart.place(CODE_PA, asm.fadd_d(fa0, fa1, fa2));
    once(0x4000_0000_0000_0000n, 0x3ff0_0000_0000_0000n);
    expect(hart.f[fa0]).toBe(0x4008_0000_0000_0000n);
    once(0xffff_ffff_3f80_0000n, 0x3ff0_0000_0000_0000n);
    expect(hart.f[fa0]).toBe(ieee.canonicalNan(ieee.DOUBLE));
  });
});
