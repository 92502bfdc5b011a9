/*
 * Branches and jumps: conditions, reach, link registers, and code at the ends of pages [unpriv 2.5].
 */

import { beforeAll, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, c, ra, type XReg, zero } from "../support/assembler.js";
import { CODE_PA, Hart, M_TRAP_PA } from "../support/hart.js";
import { EDGES, hex, s64 } from "../support/integers.js";

const hart = new Hart();
beforeAll(() => {
  hart.start();
});

type Build = (rs1: XReg, rs2: XReg, distance: number) => number;
const BRANCHES: [string, Build, (a: bigint, b: bigint) => boolean][] = [
  ["beq", asm.beq, (a, b) => a === b],
  ["bne", asm.bne, (a, b) => a !== b],
  ["blt", asm.blt, (a, b) => s64(a) < s64(b)],
  ["bge", asm.bge, (a, b) => s64(a) >= s64(b)],
  ["bltu", asm.bltu, (a, b) => a < b],
  ["bgeu", asm.bgeu, (a, b) => a >= b],
];
const MIDDLE = CODE_PA + 0x8_0000;
const at = (n: number) => BigInt(n);

describe("conditional branches", () => {
  test.each(BRANCHES)("%s() decides on edge values", (_, build, holds) => {
    const wrong: string[] = [];
    hart.place(MIDDLE, build(a1, a2, 64));
    for (const a of EDGES) {
      for (const b of EDGES) {
        hart.x[a1] = a;
        hart.x[a2] = b;
        hart.pc = MIDDLE;
        hart.run(1);
        if (hart.pc !== at(MIDDLE + (holds(a, b) ? 64 : 4))) wrong.push(`${hex(a)}, ${hex(b)}: to ${hex(hart.pc)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test.each(BRANCHES)("%s() compares a register with x0 and with itself", (_, build, holds) => {
    for (const value of EDGES) {
      hart.x[a1] = value;
      hart.step(build(a1, zero, 8));
      expect(hart.pc).toBe(at(CODE_PA + (holds(value, 0n) ? 8 : 4)));
      hart.step(build(zero, a1, 8));
      expect(hart.pc).toBe(at(CODE_PA + (holds(0n, value) ? 8 : 4)));
      hart.step(build(a1, a1, 8));
      expect(hart.pc).toBe(at(CODE_PA + (holds(value, value) ? 8 : 4)));
    }
  });

  test("reach from -4096 to 4094 bytes, from either end of a page", () => {
    for (const offset of [0, 2, 0xff8, 0xffa, 0xffc, 0xffe]) {
      for (const distance of [-4096, -4094, -2048, -4, -2, 2, 4, 6, 2046, 4092, 4094]) {
        hart.step(asm.beq(zero, zero, distance), MIDDLE + offset);
        expect(hart.pc).toBe(at(MIDDLE + offset + distance));
        hart.step(asm.bne(zero, zero, distance), MIDDLE + offset);
        expect(hart.pc).toBe(at(MIDDLE + offset + 4));
      }
    }
  });

  test("a taken branch goes on running at its target, in its page and out of it", () => {
    for (const distance of [-4096, -2048, 8, 2048, 4094]) {
      hart.place(MIDDLE, asm.beq(zero, zero, distance));
      hart.place(MIDDLE + distance, c.addi(a0, 1), asm.addi(a0, a0, 2));
      hart.x[a0] = 0n;
      hart.pc = MIDDLE;
      hart.run(3);
      expect([hart.pc, hart.x[a0]]).toEqual([at(MIDDLE + distance + 6), 3n]);
    }
  });
});

describe("jumps", () => {
  test("jal() links and reaches 1 MiB either way", () => {
    for (const offset of [0, 2, 0xffc, 0xffe]) {
      for (const distance of [-0x8_0000, -4096, -2, 2, 4, 4096, 0x7_0000]) {
        hart.step(asm.jal(ra, distance), MIDDLE + offset);
        expect([hart.pc, hart.x[ra]]).toEqual([at(MIDDLE + offset + distance), at(MIDDLE + offset + 4)]);
      }
    }
  });

  test("jalr() clears bit 0 of the sum, and reads its base before it links", () => {
    for (const [base, offset] of [
      [MIDDLE + 0x100, 0],
      [MIDDLE + 0x101, 0],
      [MIDDLE + 0x100, 1],
      [MIDDLE + 0x101, -2048],
      [MIDDLE + 0x100, 2047],
    ] as const) {
      hart.x[ra] = BigInt(base);
      hart.step(asm.jalr(ra, offset, ra), MIDDLE);
      expect([hart.pc, hart.x[ra]]).toEqual([at((base + offset) & ~1) & 0xffff_ffffn, at(MIDDLE + 4)]);
    }
  });

  test("c.jr() and c.jalr() link behind two bytes", () => {
    hart.x[a0] = at(MIDDLE + 0x20);
    hart.x[ra] = 99n;
    hart.step(c.jr(a0), MIDDLE + 2);
    expect([hart.pc, hart.x[ra]]).toEqual([at(MIDDLE + 0x20), 99n]);
    hart.step(c.jalr(a0), MIDDLE + 2);
    expect([hart.pc, hart.x[ra]]).toEqual([at(MIDDLE + 0x20), at(MIDDLE + 4)]);
    hart.x[ra] = at(MIDDLE + 0x20);
    hart.step(c.jalr(ra), MIDDLE + 2);
    expect([hart.pc, hart.x[ra]]).toEqual([at(MIDDLE + 0x20), at(MIDDLE + 4)]);
  });

  test("c.j(), c.beqz() and c.bnez() reach as far as their fields", () => {
    for (const distance of [-2048, -2, 2, 1024, 2046]) {
      hart.step(c.j(distance), MIDDLE + 0xffe);
      expect(hart.pc).toBe(at(MIDDLE + 0xffe + distance));
    }
    for (const value of [0n, 1n, 1n << 63n]) {
      hart.x[a0] = value;
      for (const distance of [-256, -2, 2, 128, 254]) {
        hart.step(c.beqz(a0, distance), MIDDLE + 6);
        expect(hart.pc).toBe(at(MIDDLE + 6 + (value === 0n ? distance : 2)));
        hart.step(c.bnez(a0, distance), MIDDLE + 6);
        expect(hart.pc).toBe(at(MIDDLE + 6 + (value !== 0n ? distance : 2)));
      }
    }
  });

  test("a jump to where nothing is traps at the target, not at the jump", () => {
    hart.x[a0] = 0x4000_0000n;
    hart.step(asm.jalr(ra, 0, a0));
    hart.run(1);
    expect(hart.pc).toBe(at(M_TRAP_PA));
    expect(hart.trap()).toMatchObject({ cause: 1n, epc: 0x4000_0000n, tval: 0x4000_0000n });
    expect(hart.x[ra]).toBe(at(CODE_PA + 4));
  });

  test("call() and ret() nest", () => {
    const p = hart.place(
      CODE_PA,
      ...[asm.li(a0, 0), asm.call("outer"), asm.label("done"), asm.j("done")],
      ...[asm.label("outer"), asm.mv(a1, ra), asm.call("inner"), asm.call("inner"), asm.jr(a1)],
      ...[asm.pageOffset(0xffe), asm.label("inner"), asm.addi(a0, a0, 21), asm.ret()],
    );
    hart.pc = CODE_PA;
    hart.runTo(p);
    expect(hart.x[a0]).toBe(42n);
  });
});
