/*
 * Encodings that are reserved, or belong to extensions that this machine lacks, raise an illegal-instruction exception with the
 * instruction in mtval [unpriv 1.5; priv 3.1.16].
 */

import { beforeAll, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, word } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, PRIV_M } from "../support/hart.js";

const hart = new Hart();
beforeAll(() => {
  hart.start();
});

const RESERVED: [string, number][] = [
  ["all zeros", 0x0000_0000],
  ["all ones", 0xffff_ffff],
  ["the custom-0 opcode", 0x0000_000b],
  ["the custom-1 opcode", 0x0000_002b],
  ["the custom-3 opcode", 0x0000_007b],
  ["a vector instruction", 0x0205_7057],
  ["a 48-bit prefix", 0x0000_001f],
  ["a 64-bit prefix", 0x0000_003f],
  ["a load with funct3 7", asm.ld(a0, 0, a1) | 0x7000],
  ["a store with funct3 4", asm.sb(a0, 0, a1) | 0x4000],
  ["a store with funct3 7", asm.sb(a0, 0, a1) | 0x7000],
  ["a branch with funct3 2", asm.beq(a0, a1, 8) | 0x2000],
  ["a branch with funct3 3", asm.beq(a0, a1, 8) | 0x3000],
  ["jalr with funct3 1", asm.jalr(a0, 0, a1) | 0x1000],
  ["add with funct7 2", asm.add(a0, a1, a2) | (2 << 25)],
  ["sll with funct7 32", asm.sll(a0, a1, a2) | (32 << 25)],
  ["slt with funct7 1 << 6", asm.slt(a0, a1, a2) | (64 << 25)],
  ["slli with bit 26 set", asm.slli(a0, a1, 1) | (1 << 26)],
  ["srli with bit 31 set", asm.srli(a0, a1, 1) | (1 << 31)],
  ["slliw with shamt 32", asm.slliw(a0, a1, 0) | (1 << 25)],
  ["sraiw with shamt 32", asm.sraiw(a0, a1, 0) | (1 << 25)],
  ["addiw with funct3 2", asm.addiw(a0, a1, 0) | 0x2000],
  ["mulw with funct3 1", asm.mulw(a0, a1, a2) | 0x1000],
  ["rev8 for RV32", 0x6985_5513],
  ["clz with an unknown selector", asm.clz(a0, a1) | (8 << 20)],
  ["zext.h with rs2", asm.zext_h(a0, a1) | (1 << 20)],
  ["an AMO with funct3 0", asm.amoadd_w(a0, a1, a2) & ~0x7000],
  ["an AMO with funct3 5", asm.amoadd_w(a0, a1, a2) | 0x7000],
  ["an AMO with an unknown function", asm.amoadd_w(a0, a1, a2) | (0x1f << 27)],
  ["lr.w with rs2", asm.lr_w(a0, a1) | (1 << 20)],
  ["fadd.h", asm.fadd_s(asm.fa0, asm.fa1, asm.fa2) | (2 << 25)],
  ["fadd.q", asm.fadd_s(asm.fa0, asm.fa1, asm.fa2) | (3 << 25)],
  ["fmadd.h", asm.fmadd_s(asm.fa0, asm.fa1, asm.fa2, asm.fa2) | (2 << 25)],
  ["fsqrt with rs2", asm.fsqrt_s(asm.fa0, asm.fa1) | (1 << 20)],
  ["fsgnj with funct3 3", asm.fsgnj_s(asm.fa0, asm.fa1, asm.fa2) | (3 << 12)],
  ["fmin with funct3 4", asm.fmin_s(asm.fa0, asm.fa1, asm.fa2) | (4 << 12)],
  ["feq with funct3 6", asm.feq_d(a0, asm.fa1, asm.fa2) | (4 << 12)],
  ["fcvt.w.s with rs2 4", asm.fcvt_w_s(a0, asm.fa1) | (4 << 20)],
  ["fcvt.s.s", asm.fcvt_s_d(asm.fa0, asm.fa1) & ~(1 << 20)],
  ["fmv.x.w with rs2", asm.fmv_x_w(a0, asm.fa1) | (1 << 20)],
  ["fclass with funct3 2", asm.fmv_x_w(a0, asm.fa1) | (2 << 12)],
  ["flh", 0x0005_9507],
  ["flq", 0x0005_c507],
  ["amocas.q with an odd rd", asm.amocas_q(a1, a2, a0)],
  ["amocas.q with an odd rs2", asm.amocas_q(a0, a1, a2)],
  ["SYSTEM with funct3 4", 0x0000_4073],
  ["ecall with rd", asm.ecall() | (1 << 7)],
  ["ecall with rs1", asm.ecall() | (1 << 15)],
  ["ebreak with rd", asm.ebreak() | (1 << 7)],
  ["uret", 0x0020_0073],
  ["mret with rd", asm.mret() | (1 << 7)],
  ["sfence.vma with rd", asm.sfence_vma(a0, a1) | (1 << 7)],
  ["hfence.vvma", 0x2200_0073],
  ["dret", 0x7b20_0073],
  ["cbo with an unknown operation", asm.cbo_zero(a0) | (8 << 20)],
  ["MISC-MEM with funct3 5", 0x0000_500f],
];

describe("illegal instructions", () => {
  test.each(RESERVED)("%s raises cause 2", (_, insn) => {
    hart.x[a0] = hart.x[a1] = hart.x[a2] = BigInt(DATA_PA);
    hart.place(CODE_PA, word(insn >>> 0));
    hart.pc = CODE_PA;
    hart.run(1);
    // mtval holds the instruction's bits, or zero where an implementation does not say [priv 3.1.16].
    const bits = asm.insnBytes(insn) === 2 ? BigInt(insn & 0xffff) : BigInt(insn >>> 0);
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 2n, epc: BigInt(CODE_PA) });
    expect([0n, bits]).toContain(hart.trap().tval);
  });

  test("mtval holds the bits of a four-byte instruction across two pages", () => {
    const place = CODE_PA + 0xffe;
    hart.place(place, word(0xffff_ff8b));
    hart.pc = place;
    hart.run(1);
    expect(hart.trap()).toMatchObject({ cause: 2n, epc: BigInt(place), tval: 0xffff_ff8bn });
  });

  test("mtval holds the 16 bits of a compressed instruction", () => {
    hart.step(0x8002);
    expect(hart.trap()).toMatchObject({ cause: 2n, tval: 0x8002n });
  });

  test("an illegal instruction changes no register", () => {
    const before = hart.x.slice();
    hart.step(asm.mulw(a0, a1, a2) | 0x1000);
    expect(hart.x).toEqual(before);
  });
});

describe("fences and hints", () => {
  const QUIET: [string, number][] = [
    ["fence", asm.fence()],
    ["fence rw, w", asm.fence("rw", "w")],
    ["fence.tso", asm.fence_tso()],
    ["fence with reserved fields", (asm.fence() | (a0 << 7) | (a1 << 15)) >>> 0],
    ["fence with reserved fm", (asm.fence() | (5 << 28)) >>> 0],
    ["fence.i", asm.fence_i()],
    ["pause", asm.pause()],
    ["addi x0 (hint)", asm.addi(asm.zero, a0, 5)],
    ["lui x0 (hint)", asm.lui(asm.zero, 5)],
    ["ntl.all (hint)", asm.add(asm.zero, asm.zero, asm.X[5]!)],
    ["prefetch.i", asm.prefetch_i(32, a0)],
    ["prefetch.r", asm.prefetch_r(-2048, a0)],
    ["prefetch.w to nowhere", asm.prefetch_w(0, asm.zero)],
    ["wrs.sto", asm.wrs_sto()],
  ];
  test.each(QUIET)("%s changes nothing but pc", (_, insn) => {
    hart.x[a0] = BigInt(DATA_PA);
    const before = hart.x.slice();
    expect(hart.step(insn)).toBe(true);
    expect(hart.pc).toBe(BigInt(CODE_PA + 4));
    expect(hart.x).toEqual(before);
  });
});
