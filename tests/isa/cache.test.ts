/*
 * Zicbom, Zicboz and Zicbop: 64-byte blocks, permissions, and the enables in menvcfg and senvcfg [unpriv 22; priv 3.1.18].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, CSR } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, PRIV_S, PRIV_U } from "../support/hart.js";

const hart = new Hart();
beforeEach(() => {
  hart.start();
  hart.write(DATA_PA, new Uint8Array(256).fill(0xa5));
});

const CBIE = (value: bigint) => value << 4n;
const CBCFE = 1n << 6n;
const CBZE = 1n << 7n;

describe("cache blocks", () => {
  test("cbo.zero() clears the 64-byte block that holds the address", () => {
    for (const offset of [64, 65, 100, 127]) {
      hart.write(DATA_PA, new Uint8Array(256).fill(0xa5));
      hart.x[a0] = BigInt(DATA_PA + offset);
      expect(hart.step(asm.cbo_zero(a0))).toBe(true);
      const want = new Uint8Array(256).fill(0xa5).fill(0, 64, 128);
      expect(hart.bytes(DATA_PA, 256)).toEqual(want);
    }
  });

  test("cbo.clean(), cbo.flush() and cbo.inval() change no memory", () => {
    hart.x[a0] = BigInt(DATA_PA + 5);
    for (const insn of [asm.cbo_clean(a0), asm.cbo_flush(a0), asm.cbo_inval(a0)]) {
      expect(hart.step(insn)).toBe(true);
      expect(hart.bytes(DATA_PA, 256)).toEqual(new Uint8Array(256).fill(0xa5));
    }
  });

  test("cbo.*() on nowhere raise a store access fault with the address given", () => {
    hart.x[a0] = 0x4000_0005n;
    for (const insn of [asm.cbo_zero(a0), asm.cbo_clean(a0), asm.cbo_flush(a0), asm.cbo_inval(a0)]) {
      expect(hart.step(insn)).toBe(false);
      expect(hart.trap().cause).toBe(7n);
      // The address of the block or the effective address: both lie in the block.
      expect(hart.trap().tval & ~0x3fn).toBe(0x4000_0000n);
    }
  });

  test("prefetches never fault", () => {
    for (const address of [0n, 0x4000_0000n, 1n << 63n]) {
      hart.x[a0] = address;
      for (const insn of [asm.prefetch_i(0, a0), asm.prefetch_r(0, a0), asm.prefetch_w(0, a0)])
        expect(hart.step(insn)).toBe(true);
    }
  });
});

describe("enables of cache-block instructions", () => {
  const works = (priv: number, insn: number, menvcfg: bigint, senvcfg: bigint) => {
    hart.start();
    hart.setCsr(CSR.menvcfg, menvcfg);
    hart.setCsr(CSR.senvcfg, senvcfg);
    hart.x[a0] = BigInt(DATA_PA);
    hart.place(CODE_PA, insn);
    hart.enter(priv, CODE_PA).run(1);
    if (hart.priv !== priv) expect(hart.trap()).toMatchObject({ cause: 2n, epc: BigInt(CODE_PA) });
    return hart.priv === priv;
  };

  test.each([
    ["cbo.zero", asm.cbo_zero(a0), CBZE],
    ["cbo.clean", asm.cbo_clean(a0), CBCFE],
    ["cbo.flush", asm.cbo_flush(a0), CBCFE],
    ["cbo.inval", asm.cbo_inval(a0), CBIE(3n)],
    ["cbo.inval as flush", asm.cbo_inval(a0), CBIE(1n)],
  ])("%s is illegal below M-mode until the levels above allow it", (_, insn, enable) => {
    expect(works(PRIV_S, insn, 0n, enable)).toBe(false);
    expect(works(PRIV_S, insn, enable, 0n)).toBe(true);
    expect(works(PRIV_U, insn, enable, 0n)).toBe(false);
    expect(works(PRIV_U, insn, 0n, enable)).toBe(false);
    expect(works(PRIV_U, insn, enable, enable)).toBe(true);
  });
});
