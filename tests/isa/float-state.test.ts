/*
 * The floating-point state: fcsr, reserved rounding modes, and mstatus.FS as gate and as dirty bit [unpriv 20.2; priv 3.1.6.6].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR, fa0, fa1, fa2 } from "../support/assembler.js";
import { DATA_PA, Hart } from "../support/hart.js";

const hart = new Hart();
beforeEach(() => {
  hart.start();
  hart.x[a1] = BigInt(DATA_PA);
});

const FS_SHIFT = 13n;
const FS = 3n << FS_SHIFT;
const SD = 1n << 63n;
const OFF = 0n;
const INITIAL = 1n;
const CLEAN = 2n;
const DIRTY = 3n;
const setFs = (fs: bigint) => hart.setCsr(CSR.mstatus, (hart.csr(CSR.mstatus) & ~FS) | (fs << FS_SHIFT));
const fs = () => (hart.csr(CSR.mstatus) & FS) >> FS_SHIFT;
const ILLEGAL = 2n;

describe("fcsr", () => {
  test("frm and fflags are windows on fcsr", () => {
    hart.setCsr(CSR.fcsr, 0xff);
    expect(hart.csr(CSR.frm)).toBe(7n);
    expect(hart.csr(CSR.fflags)).toBe(0x1fn);
    hart.setCsr(CSR.frm, 2);
    hart.setCsr(CSR.fflags, 0x11);
    expect(hart.csr(CSR.fcsr)).toBe(0x51n);
  });

  test("bits above 7 of fcsr, 4 of fflags and 2 of frm are ignored", () => {
    hart.x[a1] = 0xffff_ffff_ffff_ff00n;
    expect(hart.step(asm.csrw(CSR.fcsr, a1))).toBe(true);
    expect(hart.csr(CSR.fcsr)).toBe(0n);
    hart.step(asm.csrw(CSR.frm, a1));
    expect(hart.csr(CSR.frm)).toBe(0n);
    hart.x[a1] = 0xffn;
    hart.step(asm.csrw(CSR.fflags, a1));
    expect(hart.csr(CSR.fcsr)).toBe(0x1fn);
  });

  test("flags accumulate until software clears them", () => {
    hart.f[fa1] = 0x3ff0_0000_0000_0000n;
    hart.f[fa2] = 0n;
    hart.step(asm.fdiv_d(fa0, fa1, fa2));
    hart.f[fa2] = 0x4008_0000_0000_0000n;
    hart.step(asm.fdiv_d(fa0, fa1, fa2));
    expect(hart.csr(CSR.fflags)).toBe(0x09n);
    hart.step(asm.csrrwi(a0, CSR.fflags, 0));
    expect(hart.x[a0]).toBe(0x09n);
    hart.step(asm.fdiv_d(fa0, fa1, fa2));
    expect(hart.csr(CSR.fflags)).toBe(0x01n);
  });

  test("clearing NX is seen by the next operation, after any number of inexact ones", () => {
    hart.f[fa1] = 0x3ff0_0000_0000_0000n;
    hart.f[fa2] = 0x4008_0000_0000_0000n;
    const divide = asm.fdiv_d(fa0, fa1, fa2);
    const p = hart.place(
      Number(hart.pc),
      ...[divide, divide, asm.csrwi(CSR.fflags, 0), asm.fadd_d(fa0, fa1, fa1), asm.csrr(a0, CSR.fflags)],
      ...[divide, asm.csrr(a1, CSR.fflags), asm.label("done"), asm.j("done")],
    );
    hart.runTo(p);
    expect([hart.x[a0], hart.x[a1]]).toEqual([0n, 1n]);
  });
});

describe("rounding modes", () => {
  const rounded = [
    (rm: number) => asm.fadd_s(fa0, fa1, fa2, rm),
    (rm: number) => asm.fmul_d(fa0, fa1, fa2, rm),
    (rm: number) => asm.fdiv_d(fa0, fa1, fa2, rm),
    (rm: number) => asm.fsqrt_s(fa0, fa1, rm),
    (rm: number) => asm.fmadd_d(fa0, fa1, fa2, fa2, rm),
    (rm: number) => asm.fcvt_w_d(a0, fa1, rm),
    (rm: number) => asm.fcvt_s_l(fa0, a0, rm),
    (rm: number) => asm.fcvt_s_d(fa0, fa1, rm),
    // Exact, and checked all the same.
    (rm: number) => asm.fcvt_d_s(fa0, fa1, rm),
    (rm: number) => asm.fcvt_d_w(fa0, a0, rm),
    (rm: number) => asm.fcvt_d_wu(fa0, a0, rm),
  ];

  test.each([5, 6])("a static rounding mode of %i is an illegal instruction", (rm) => {
    for (const build of rounded) {
      expect(hart.step(build(rm))).toBe(false);
      expect(hart.trap().cause).toBe(ILLEGAL);
    }
  });

  test.each([5, 6, 7])("a dynamic rounding mode of %i is an illegal instruction when it is used", (frm) => {
    hart.setCsr(CSR.frm, frm);
    for (const build of rounded) {
      expect(hart.step(build(asm.DYN))).toBe(false);
      expect(hart.trap().cause).toBe(ILLEGAL);
      expect(hart.step(build(asm.RNE))).toBe(true);
    }
  });

  test("instructions without rounding work under a reserved frm", () => {
    hart.setCsr(CSR.frm, 5);
    for (const insn of [
      asm.fsgnj_d(fa0, fa1, fa2),
      asm.fmin_s(fa0, fa1, fa2),
      asm.feq_d(a0, fa1, fa2),
      asm.fld(fa0, 0, a1),
    ]) {
      expect(hart.step(insn)).toBe(true);
    }
  });
});

describe("mstatus.FS", () => {
  const USERS: [string, number][] = [
    ["fadd.s", asm.fadd_s(fa0, fa1, fa2)],
    ["fmadd.d", asm.fmadd_d(fa0, fa1, fa2, fa2)],
    ["fsgnj.d", asm.fsgnj_d(fa0, fa1, fa2)],
    ["feq.s", asm.feq_s(a0, fa1, fa2)],
    ["fclass.d", asm.fclass_d(a0, fa1)],
    ["fcvt.l.d", asm.fcvt_l_d(a0, fa1)],
    ["fmv.x.d", asm.fmv_x_d(a0, fa1)],
    ["fmv.w.x", asm.fmv_w_x(fa0, a0)],
    ["flw", asm.flw(fa0, 0, a1)],
    ["fsd", asm.fsd(fa0, 0, a1)],
    ["c.fld", asm.c.fld(fa0, 0, a1)],
    ["c.fsd", asm.c.fsd(fa0, 0, a1)],
    ["c.fldsp", asm.c.fldsp(fa0, 0)],
    ["c.fsdsp", asm.c.fsdsp(fa0, 0)],
    ["csrr fcsr", asm.csrr(a0, CSR.fcsr)],
    ["csrr frm", asm.csrr(a0, CSR.frm)],
    ["csrr fflags", asm.csrr(a0, CSR.fflags)],
  ];

  test.each(USERS)("%s is an illegal instruction while FS is Off", (_, insn) => {
    hart.x[asm.sp] = BigInt(DATA_PA);
    setFs(OFF);
    expect(hart.step(insn)).toBe(false);
    expect(hart.trap().cause).toBe(ILLEGAL);
    setFs(INITIAL);
    expect(hart.step(insn)).toBe(true);
  });

  test("switching FS off is seen by code that ran before", () => {
    const p = hart.place(
      Number(hart.pc),
      ...[asm.li(a0, FS), asm.label("loop"), asm.fadd_d(fa0, fa1, fa2), asm.csrc(CSR.mstatus, a0), asm.j("loop")],
    );
    hart.run(100);
    expect(hart.trap()).toMatchObject({ cause: ILLEGAL, epc: p.at("loop") });
  });

  const WRITERS: [string, number][] = [
    ["fadd.s", asm.fadd_s(fa0, fa1, fa2)],
    ["fsgnj.d", asm.fsgnj_d(fa0, fa1, fa2)],
    ["fmv.d.x", asm.fmv_d_x(fa0, a0)],
    ["fcvt.d.l", asm.fcvt_d_l(fa0, a0)],
    ["flw", asm.flw(fa0, 0, a1)],
    ["fld", asm.fld(fa0, 0, a1)],
    ["c.fld", asm.c.fld(fa0, 0, a1)],
    ["csrw fcsr", asm.csrwi(CSR.fcsr, 0)],
    ["csrw frm", asm.csrwi(CSR.frm, 1)],
    ["csrw fflags", asm.csrwi(CSR.fflags, 1)],
  ];
  test.each(WRITERS)("%s makes FS Dirty and sets SD", (_, insn) => {
    for (const before of [INITIAL, CLEAN]) {
      setFs(before);
      expect(hart.csr(CSR.mstatus) & SD).toBe(0n);
      expect(hart.step(insn)).toBe(true);
      expect(fs()).toBe(DIRTY);
      expect(hart.csr(CSR.mstatus) & SD).toBe(SD);
      expect(hart.csr(CSR.sstatus) & SD).toBe(SD);
    }
  });

  test("a comparison that raises a flag makes FS Dirty", () => {
    setFs(CLEAN);
    hart.f[fa1] = 0x7ff0_0000_0000_0001n;
    hart.step(asm.feq_d(a0, fa1, fa1));
    expect(fs()).toBe(DIRTY);
  });

  test("FS is writable through sstatus and reads back", () => {
    for (const value of [OFF, INITIAL, CLEAN, DIRTY]) {
      hart.setCsr(CSR.sstatus, (hart.csr(CSR.sstatus) & ~FS) | (value << FS_SHIFT));
      expect(fs()).toBe(value);
    }
  });
});
