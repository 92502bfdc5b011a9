/*
 * RV64I arithmetic and M against the manual's definitions in BigInt [unpriv 2.4, 4.2, 13].
 */

import { beforeAll, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, auipc, lui, X, zero } from "../support/assembler.js";
import { CODE_PA, Hart } from "../support/hart.js";
import { s32, s64, sext32, u32, u64 } from "../support/integers.js";
import { type Binary, expectBinary, expectImmediate } from "./table.js";

const hart = new Hart();
beforeAll(() => {
  hart.start();
});

const bool = (b: boolean) => (b ? 1n : 0n);
const MIN64 = -(1n << 63n);
const MIN32 = -(1n << 31n);
/** Division as the M extension defines it: by zero gives all ones, overflow gives the dividend [unpriv 13.2]. */
const quotient = (a: bigint, b: bigint, min: bigint) => (b === 0n ? -1n : a === min && b === -1n ? min : a / b);
const remainder = (a: bigint, b: bigint, min: bigint) => (b === 0n ? a : a === min && b === -1n ? 0n : a % b);

const REGISTER: Record<string, Binary> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  sll: (a, b) => a << (b & 63n),
  slt: (a, b) => bool(s64(a) < s64(b)),
  sltu: (a, b) => bool(a < b),
  xor: (a, b) => a ^ b,
  srl: (a, b) => a >> (b & 63n),
  sra: (a, b) => s64(a) >> (b & 63n),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  addw: (a, b) => sext32(a + b),
  subw: (a, b) => sext32(a - b),
  sllw: (a, b) => sext32(a << (b & 31n)),
  srlw: (a, b) => sext32(u32(a) >> (b & 31n)),
  sraw: (a, b) => s32(a) >> (b & 31n),
  mul: (a, b) => a * b,
  mulh: (a, b) => (s64(a) * s64(b)) >> 64n,
  mulhsu: (a, b) => (s64(a) * b) >> 64n,
  mulhu: (a, b) => (a * b) >> 64n,
  div: (a, b) => quotient(s64(a), s64(b), MIN64),
  divu: (a, b) => (b === 0n ? -1n : a / b),
  rem: (a, b) => remainder(s64(a), s64(b), MIN64),
  remu: (a, b) => (b === 0n ? a : a % b),
  mulw: (a, b) => sext32(a * b),
  divw: (a, b) => sext32(quotient(s32(a), s32(b), MIN32)),
  divuw: (a, b) => (u32(b) === 0n ? -1n : sext32(u32(a) / u32(b))),
  remw: (a, b) => sext32(remainder(s32(a), s32(b), MIN32)),
  remuw: (a, b) => sext32(u32(b) === 0n ? a : u32(a) % u32(b)),
};

const IMMEDIATE: Record<string, (a: bigint, imm: bigint) => bigint> = {
  addi: (a, imm) => a + imm,
  slti: (a, imm) => bool(s64(a) < imm),
  sltiu: (a, imm) => bool(a < u64(imm)),
  xori: (a, imm) => a ^ u64(imm),
  ori: (a, imm) => a | u64(imm),
  andi: (a, imm) => a & u64(imm),
  addiw: (a, imm) => sext32(a + imm),
};

const SHIFT: Record<string, (a: bigint, shamt: bigint) => bigint> = {
  slli: (a, n) => a << n,
  srli: (a, n) => a >> n,
  srai: (a, n) => s64(a) >> n,
};
const SHIFT_WORD: Record<string, (a: bigint, shamt: bigint) => bigint> = {
  slliw: (a, n) => sext32(a << n),
  srliw: (a, n) => sext32(u32(a) >> n),
  sraiw: (a, n) => s32(a) >> n,
};

const builders = asm as unknown as Record<string, (rd: number, rs1: number, x: number) => number>;

describe("RV64I and M, register and register", () => {
  test.each(Object.entries(REGISTER))("%s() gives what the manual says for edge values", (name, spec) => {
    expectBinary(hart, builders[name]!, spec);
  });
});

describe("RV64I, register and immediate", () => {
  test.each(Object.entries(IMMEDIATE))("%s() sign-extends its immediate", (name, spec) => {
    expectImmediate(hart, builders[name]!, spec, [0, 1, -1, 5, -16, 0x7f, 2047, -2048]);
  });
  test.each(Object.entries(SHIFT))("%s() shifts by 0 to 63", (name, spec) => {
    expectImmediate(hart, builders[name]!, spec, [0, 1, 7, 31, 32, 33, 63]);
  });
  test.each(Object.entries(SHIFT_WORD))("%s() shifts the low word by 0 to 31", (name, spec) => {
    expectImmediate(hart, builders[name]!, spec, [0, 1, 7, 15, 31]);
  });
});

describe("RV64I, upper immediates", () => {
  const immediates = [0, 1, 0x7ffff, 0x80000, 0xfffff, 0x12345];

  test("lui() sign-extends from bit 31", () => {
    for (const imm of immediates) {
      hart.step(lui(a0, imm));
      expect(hart.x[a0]).toBe(sext32(BigInt(imm) << 12n));
    }
  });

  test("auipc() adds to the address of the instruction", () => {
    for (const pa of [CODE_PA, CODE_PA + 0xffe, CODE_PA + 0x1000]) {
      for (const imm of immediates) {
        hart.step(auipc(a1, imm), pa);
        expect(hart.x[a1]).toBe(u64(BigInt(pa) + s32(BigInt(imm) << 12n)));
      }
    }
  });
});

describe("registers", () => {
  test("every register is written and read as itself", () => {
    for (const r of X.slice(1)) hart.x[r] = BigInt(r) * 0x0101_0101_0101_0101n;
    for (const r of X.slice(1)) {
      const other = X[(r % 31) + 1]!;
      const sum = u64(hart.x[r]! + hart.x[other]!);
      hart.step(asm.add(r, r, other));
      expect(hart.x[r]).toBe(sum);
    }
  });

  test("x0 stays zero whatever writes it", () => {
    const writers = [lui(zero, 1), auipc(zero, 1), asm.addi(zero, a0, 1), asm.add(zero, a0, a0), asm.jal(zero, 8)];
    for (const insn of [...writers, asm.jalr(zero, 0, a1), asm.ld(zero, 0, a1), asm.mul(zero, a0, a0)]) {
      hart.x[a0] = 7n;
      hart.x[a1] = BigInt(CODE_PA);
      hart.step(insn);
      hart.step(asm.addi(a0, zero, 0));
      expect(hart.x[zero]).toBe(0n);
      expect(hart.x[a0]).toBe(0n);
    }
  });
});
