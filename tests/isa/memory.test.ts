/*
 * Loads and stores: every width and sign, every misalignment, across pages, and faults of either half [unpriv 2.6, 4.3].
 */

import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, CSR, c, sp, type XReg, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, RAM_BYTES } from "../support/hart.js";
import { sext32, u64 } from "../support/integers.js";

const hart = new Hart();
beforeAll(() => {
  hart.start();
});

const PATTERN = Uint8Array.from({ length: 32 }, (_, i) => 0x71 + i * 0x1d);
const littleEndian = (bytes: Uint8Array) => [...bytes].reduceRight((sum, b) => (sum << 8n) | BigInt(b), 0n);

type Load = (rd: XReg, offset: number, rs1: XReg) => number;
const LOADS: [string, Load, bytes: number, extend: (x: bigint) => bigint][] = [
  ["lb", asm.lb, 1, (x) => BigInt.asIntN(8, x)],
  ["lbu", asm.lbu, 1, (x) => x],
  ["lh", asm.lh, 2, (x) => BigInt.asIntN(16, x)],
  ["lhu", asm.lhu, 2, (x) => x],
  ["lw", asm.lw, 4, sext32],
  ["lwu", asm.lwu, 4, (x) => x],
  ["ld", asm.ld, 8, (x) => x],
];
const STORES: [string, Load, bytes: number][] = [
  ["sb", asm.sb, 1],
  ["sh", asm.sh, 2],
  ["sw", asm.sw, 4],
  ["sd", asm.sd, 8],
];
/** Every alignment, then every way across the end of a page. */
const PLACES = [0, 1, 2, 3, 4, 5, 6, 7, 0xff8, 0xff9, 0xffa, 0xffb, 0xffc, 0xffd, 0xffe, 0xfff];

describe("loads", () => {
  test.each(LOADS)("%s() loads and extends at every alignment and across pages", (_, load, bytes, extend) => {
    for (const place of PLACES) {
      const at = DATA_PA + place;
      hart.write(at - 8, PATTERN);
      const want = u64(extend(littleEndian(PATTERN.slice(8, 8 + bytes))));
      for (const offset of [0, 2047, -2048, -1]) {
        hart.x[a1] = BigInt(at - offset);
        expect(hart.step(load(a0, offset, a1))).toBe(true);
        expect(hart.x[a0]).toBe(want);
        hart.x[a0] = BigInt(at - offset);
        hart.step(load(a0, offset, a0));
        expect(hart.x[a0]).toBe(want);
      }
    }
  });

  test.each(LOADS)("%s() to x0 changes nothing but faults all the same", (_, load) => {
    hart.x[a1] = BigInt(DATA_PA);
    expect(hart.step(load(zero, 0, a1))).toBe(true);
    expect(hart.x[zero]).toBe(0n);
    hart.x[a1] = 0x4000_0000n;
    expect(hart.step(load(zero, 0, a1))).toBe(false);
    expect(hart.trap()).toMatchObject({ cause: 5n, tval: 0x4000_0000n, epc: BigInt(CODE_PA) });
  });

  test("an address wraps around modulo 2^64", () => {
    hart.write(DATA_PA, PATTERN);
    hart.x[a1] = BigInt(DATA_PA + 2047);
    hart.step(asm.lbu(a0, -2047, a1));
    expect(hart.x[a0]).toBe(BigInt(PATTERN[0]!));
    hart.x[a1] = u64(-1n);
    expect(hart.step(asm.lb(a0, 1, a1))).toBe(false);
    expect(hart.trap()).toMatchObject({ cause: 5n, tval: 0n });
  });
});

describe("stores", () => {
  test.each(STORES)("%s() stores at every alignment and across pages, and nothing beside", (_, store, bytes) => {
    for (const place of PLACES) {
      const at = DATA_PA + place;
      for (const offset of [0, 2047, -2048]) {
        hart.write(at - 8, PATTERN);
        hart.x[a1] = BigInt(at - offset);
        hart.x[a0] = 0x8877_6655_4433_2211n;
        expect(hart.step(store(a0, offset, a1))).toBe(true);
        const want = Uint8Array.from(PATTERN);
        want.set([0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88].slice(0, bytes), 8);
        expect(hart.bytes(at - 8, 32)).toEqual(want);
      }
    }
  });

  test("x0 is stored as zero", () => {
    hart.write(DATA_PA, PATTERN);
    hart.x[a1] = BigInt(DATA_PA);
    hart.step(asm.sd(zero, 8, a1));
    expect(hart.u64(DATA_PA + 8)).toBe(0n);
  });

  test("a register can be its own address", () => {
    hart.x[a1] = BigInt(DATA_PA);
    hart.step(asm.sd(a1, 0, a1));
    expect(hart.u64(DATA_PA)).toBe(BigInt(DATA_PA));
  });
});

describe("access faults", () => {
  beforeEach(() => {
    hart.start();
  });
  const HOLES = [0x0n, 0x4000_0000n, 0x7fff_fff8n, BigInt(0x8000_0000 + RAM_BYTES), 1n << 40n, 1n << 56n, u64(-8n)];

  test("a load from nowhere raises cause 5 with the address", () => {
    for (const hole of HOLES) {
      hart.x[a1] = hole;
      hart.x[a0] = 77n;
      expect(hart.step(asm.ld(a0, 0, a1))).toBe(false);
      expect(hart.trap()).toEqual({ priv: 3, cause: 5n, epc: BigInt(CODE_PA), tval: hole });
      expect(hart.x[a0]).toBe(77n);
    }
  });

  test("a store to nowhere raises cause 7 with the address", () => {
    for (const hole of HOLES) {
      hart.x[a1] = hole;
      expect(hart.step(asm.sw(a0, 4, a1))).toBe(false);
      expect(hart.trap()).toEqual({ priv: 3, cause: 7n, epc: BigInt(CODE_PA), tval: u64(hole + 4n) });
    }
  });

  test("an AMO on nowhere raises cause 7, a load-reserved cause 5", () => {
    hart.x[a1] = 0x4000_0000n;
    hart.step(asm.amoadd_d(a0, a2, a1));
    expect(hart.trap()).toMatchObject({ cause: 7n, tval: 0x4000_0000n });
    hart.step(asm.lr_d(a0, a1));
    expect(hart.trap()).toMatchObject({ cause: 5n, tval: 0x4000_0000n });
  });

  test("a load across the end of RAM faults and says where", () => {
    const end = BigInt(0x8000_0000 + RAM_BYTES);
    hart.x[a1] = end - 4n;
    hart.step(asm.ld(a0, 0, a1));
    expect(hart.trap().cause).toBe(5n);
    expect([end - 4n, end]).toContain(hart.trap().tval);
    hart.step(asm.lw(a0, 0, a1));
    expect(hart.pc).toBe(BigInt(CODE_PA + 4));
  });

  test("a store across the end of RAM faults", () => {
    hart.x[a1] = BigInt(0x8000_0000 + RAM_BYTES) - 2n;
    hart.step(asm.sw(a0, 0, a1));
    expect(hart.trap().cause).toBe(7n);
  });

  test("a compressed access that faults reports its own address and leaves registers", () => {
    hart.x[a1] = 0x4000_0000n;
    hart.x[sp] = 0x4000_0000n;
    for (const [insn, cause] of [
      [c.ld(a0, 8, a1), 5n],
      [c.sd(a0, 8, a1), 7n],
      [c.ldsp(a0, 8), 5n],
      [c.sdsp(a0, 8), 7n],
    ] as const) {
      hart.x[a0] = 5n;
      expect(hart.step(insn, CODE_PA + 2)).toBe(false);
      expect(hart.trap()).toEqual({ priv: 3, cause, epc: BigInt(CODE_PA + 2), tval: 0x4000_0008n });
      expect(hart.x[a0]).toBe(5n);
    }
    expect(hart.csr(CSR.mcause)).toBe(7n);
  });
});
