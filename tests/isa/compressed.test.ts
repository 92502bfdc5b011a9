/*
 * C: every 16-bit instruction does what its 32-bit expansion does, and every reserved encoding is illegal [unpriv 27].
 */

import { beforeAll, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR, c, F, fa0, fa5, ft11, ra, s1, sp, t6, X, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart } from "../support/hart.js";
import { hex } from "../support/integers.js";

const hart = new Hart();
beforeAll(() => {
  hart.start();
});

/** Registers that point into data, so that every load and store of a test stays in RAM. */
function prepare(seed: bigint): void {
  for (const r of X.slice(1)) hart.x[r] = BigInt(DATA_PA) + BigInt(r) * 64n + seed * 8n;
  for (const r of F) hart.f[r] = 0x4000_0000_0000_0000n + BigInt(r) * 0x1234_5678_9abcn;
  for (let i = 0; i < 128; i++) hart.setU64(DATA_PA + i * 8, 0x8123_4567_89ab_cd00n + BigInt(i) * 0x0101_0101n);
  hart.x[a1] = 0xffff_ffff_8765_4321n * (seed + 1n);
}

function outcome(insn: number): string {
  const bytes = asm.insnBytes(insn);
  prepare(1n);
  hart.place(CODE_PA, insn);
  hart.pc = CODE_PA;
  hart.run(1);
  const next = hart.pc === BigInt(CODE_PA + bytes) ? "next" : hex(hart.pc);
  return [next, ...[...hart.x].map(hex), ...[...hart.f].map(hex), ...hart.bytes(DATA_PA, 0xa00)].join(" ");
}

const EXPANSIONS: [string, short: number, long: number][] = [
  ["c.addi4spn", c.addi4spn(a0, 1020), asm.addi(a0, sp, 1020)],
  ["c.addi4spn", c.addi4spn(s1, 4), asm.addi(s1, sp, 4)],
  ["c.fld", c.fld(fa5, 248, a0), asm.fld(fa5, 248, a0)],
  ["c.lw", c.lw(a0, 124, s1), asm.lw(a0, 124, s1)],
  ["c.lw", c.lw(a0, 4, a0), asm.lw(a0, 4, a0)],
  ["c.ld", c.ld(a0, 248, s1), asm.ld(a0, 248, s1)],
  ["c.fsd", c.fsd(fa0, 200, s1), asm.fsd(fa0, 200, s1)],
  ["c.sw", c.sw(a1, 64, s1), asm.sw(a1, 64, s1)],
  ["c.sd", c.sd(a1, 192, s1), asm.sd(a1, 192, s1)],
  ["c.nop", c.nop(), asm.nop()],
  ["c.addi", c.addi(t6, -32), asm.addi(t6, t6, -32)],
  ["c.addi", c.addi(a1, 31), asm.addi(a1, a1, 31)],
  ["c.addi x0 (hint)", c.addi(zero, 5), asm.nop()],
  ["c.addi 0 (hint)", c.addi(a0, 0), asm.nop()],
  ["c.addiw", c.addiw(a1, -1), asm.addiw(a1, a1, -1)],
  ["c.addiw 0 is sext.w", c.addiw(a1, 0), asm.sext_w(a1, a1)],
  ["c.li", c.li(t6, -32), asm.addi(t6, zero, -32)],
  ["c.li x0 (hint)", c.li(zero, 1), asm.nop()],
  ["c.addi16sp", c.addi16sp(-512), asm.addi(sp, sp, -512)],
  ["c.addi16sp", c.addi16sp(496), asm.addi(sp, sp, 496)],
  ["c.lui", c.lui(t6, 31), asm.lui(t6, 31)],
  ["c.lui", c.lui(a0, -32), asm.lui(a0, 0xfffe0)],
  ["c.lui x0 (hint)", c.lui(zero, 1), asm.nop()],
  ["c.srli", c.srli(a1, 63), asm.srli(a1, a1, 63)],
  ["c.srli", c.srli(a1, 1), asm.srli(a1, a1, 1)],
  ["c.srai", c.srai(a1, 33), asm.srai(a1, a1, 33)],
  ["c.andi", c.andi(a1, -32), asm.andi(a1, a1, -32)],
  ["c.andi", c.andi(a1, 31), asm.andi(a1, a1, 31)],
  ["c.sub", c.sub(a1, a0), asm.sub(a1, a1, a0)],
  ["c.xor", c.xor(a1, a0), asm.xor(a1, a1, a0)],
  ["c.or", c.or(a1, a0), asm.or(a1, a1, a0)],
  ["c.and", c.and(a1, a0), asm.and(a1, a1, a0)],
  ["c.subw", c.subw(a0, a1), asm.subw(a0, a0, a1)],
  ["c.addw", c.addw(a0, a1), asm.addw(a0, a0, a1)],
  ["c.slli", c.slli(a1, 63), asm.slli(a1, a1, 63)],
  ["c.slli", c.slli(t6, 31), asm.slli(t6, t6, 31)],
  ["c.slli x0 (hint)", c.slli(zero, 5), asm.nop()],
  ["c.fldsp", c.fldsp(ft11, 504), asm.fld(ft11, 504, sp)],
  ["c.lwsp", c.lwsp(t6, 252), asm.lw(t6, 252, sp)],
  ["c.lwsp sp", c.lwsp(sp, 128), asm.lw(sp, 128, sp)],
  ["c.ldsp", c.ldsp(ra, 504), asm.ld(ra, 504, sp)],
  ["c.mv", c.mv(t6, a1), asm.add(t6, zero, a1)],
  ["c.mv x0 (hint)", c.mv(zero, a1), asm.nop()],
  ["c.add", c.add(t6, a1), asm.add(t6, t6, a1)],
  ["c.add itself", c.add(a1, a1), asm.add(a1, a1, a1)],
  ["c.add x0 (hint)", c.add(zero, a1), asm.nop()],
  ["c.fsdsp", c.fsdsp(ft11, 504), asm.fsd(ft11, 504, sp)],
  ["c.swsp", c.swsp(a1, 252), asm.sw(a1, 252, sp)],
  ["c.sdsp", c.sdsp(t6, 504), asm.sd(t6, 504, sp)],
  ["c.sdsp x0", c.sdsp(zero, 8), asm.sd(zero, 8, sp)],
];

describe("C", () => {
  test.each(EXPANSIONS)("%s is its expansion", (_, short, long) => {
    expect(outcome(short)).toBe(outcome(long));
  });

  test("c.ebreak() is a breakpoint", () => {
    expect(hart.step(c.ebreak(), CODE_PA + 2)).toBe(false);
    expect(hart.trap()).toMatchObject({ cause: 3n, epc: BigInt(CODE_PA + 2) });
  });

  /** Reserved or belonging to extensions that this machine lacks [unpriv 27.8]. */
  function isReserved(h: number): boolean {
    const quadrant = h & 3;
    const funct3 = h >> 13;
    const rd = (h >> 7) & 31;
    const imm6 = ((h >> 7) & 0x20) | ((h >> 2) & 31);
    if (quadrant === 0) return (funct3 === 0 && (h & 0x1fe0) === 0) || funct3 === 4;
    if (quadrant === 1) {
      if (funct3 === 1) return rd === 0;
      if (funct3 === 3) return imm6 === 0;
      return funct3 === 4 && (h & 0x1c00) === 0x1c00 && (h & 0x40) !== 0;
    }
    if (funct3 === 2 || funct3 === 3) return rd === 0;
    return h === 0x8002;
  }

  test("all 49152 encodings are illegal if reserved and only then", () => {
    prepare(0n);
    hart.x[a1] = BigInt(DATA_PA);
    const pristine = hart.x.slice();
    const wrong: string[] = [];
    for (let h = 0; h < 0x1_0000; h++) {
      if ((h & 3) === 3) continue;
      hart.x.set(pristine);
      const retired = hart.step(h);
      const cause = retired ? -1n : hart.csr(CSR.mcause);
      const want = isReserved(h) ? 2n : h === c.ebreak() ? 3n : -1n;
      if (cause !== want) wrong.push(`${hex(h)}: cause ${cause}, not ${want}`);
    }
    expect(wrong.slice(0, 20)).toEqual([]);
  });
});
