/*
 * Zicsr: reading, writing, setting and clearing, side conditions, and who may touch what [unpriv 6; priv 2.1].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR, HPM, zero } from "../support/assembler.js";
import { CODE_PA, Hart, PRIV_M, PRIV_S, PRIV_U } from "../support/hart.js";
import { u64 } from "../support/integers.js";

const hart = new Hart();
beforeEach(() => {
  hart.start();
});

const A = 0x1234_5678_9abc_def0n;
const B = 0xff00_ff00_ff00_ff0fn;

describe("Zicsr", () => {
  test("csrrw() swaps, csrrs() sets, csrrc() clears, each giving the old value", () => {
    for (const [build, want] of [
      [asm.csrrw, B],
      [asm.csrrs, A | B],
      [asm.csrrc, A & u64(~B)],
    ] as const) {
      hart.setCsr(CSR.mscratch, A);
      hart.x[a1] = B;
      expect(hart.step(build(a0, CSR.mscratch, a1))).toBe(true);
      expect([hart.x[a0], hart.csr(CSR.mscratch)]).toEqual([A, want]);
    }
  });

  test("the immediate forms zero-extend five bits", () => {
    for (const [build, want] of [
      [asm.csrrwi, 0x1fn],
      [asm.csrrsi, A | 0x1fn],
      [asm.csrrci, A & u64(~0x1fn)],
    ] as const) {
      hart.setCsr(CSR.mscratch, A);
      hart.step(build(a0, CSR.mscratch, 31));
      expect([hart.x[a0], hart.csr(CSR.mscratch)]).toEqual([A, want]);
    }
  });

  test("source and destination can be one register", () => {
    hart.setCsr(CSR.mscratch, A);
    hart.x[a1] = B;
    hart.step(asm.csrrw(a1, CSR.mscratch, a1));
    expect([hart.x[a1], hart.csr(CSR.mscratch)]).toEqual([A, B]);
  });

  test("x0 as destination writes, x0 as source of csrrw() writes zero", () => {
    hart.x[a1] = B;
    hart.step(asm.csrw(CSR.mscratch, a1));
    expect([hart.csr(CSR.mscratch), hart.x[zero]]).toEqual([B, 0n]);
    hart.step(asm.csrrw(a0, CSR.mscratch, zero));
    expect([hart.csr(CSR.mscratch), hart.x[a0]]).toEqual([0n, B]);
  });

  const READ_ONLY = [
    CSR.mhartid,
    CSR.mvendorid,
    CSR.marchid,
    CSR.mimpid,
    CSR.mconfigptr,
    CSR.cycle,
    CSR.time,
    CSR.instret,
  ];
  test("a read-only CSR can be read, and set or cleared by x0 or 0", () => {
    for (const csr of [...READ_ONLY, HPM.hpmcounter3!, HPM.hpmcounter31!]) {
      for (const insn of [
        asm.csrr(a0, csr),
        asm.csrrc(a0, csr, zero),
        asm.csrrsi(a0, csr, 0),
        asm.csrrci(a0, csr, 0),
      ]) {
        expect([csr, hart.step(insn)]).toEqual([csr, true]);
      }
    }
  });

  test("writing a read-only CSR is an illegal instruction, with x0 as the value too", () => {
    hart.x[a1] = 0n;
    for (const csr of READ_ONLY) {
      const writes = [asm.csrrw(a0, csr, a1), asm.csrrw(a0, csr, zero), asm.csrrs(a0, csr, a1), asm.csrrc(a0, csr, a1)];
      for (const insn of [...writes, asm.csrrwi(a0, csr, 0), asm.csrrsi(a0, csr, 1), asm.csrrci(a0, csr, 1)]) {
        hart.x[a0] = 7n;
        expect([csr, hart.step(insn)]).toEqual([csr, false]);
        expect(hart.trap().cause).toBe(2n);
        expect(hart.x[a0]).toBe(7n);
      }
    }
  });

  test("a CSR that does not exist is an illegal instruction to every access", () => {
    for (const csr of [
      0x004,
      0x0c0,
      0x107,
      0x200,
      0x5a8,
      0x680,
      0x7c0,
      0x800,
      0xbc0,
      0xcc0,
      0xfff,
      0xc80,
      0x303 + 0x0e,
    ]) {
      for (const insn of [asm.csrr(a0, csr), asm.csrrw(zero, csr, zero)]) {
        expect([csr.toString(16), hart.step(insn)]).toEqual([csr.toString(16), false]);
        expect(hart.trap().cause).toBe(2n);
      }
    }
  });

  test("every CSR of this machine can be read in M-mode", () => {
    for (const [name, csr] of [...Object.entries(CSR), ...Object.entries(HPM)]) {
      expect([name, hart.step(asm.csrr(a0, csr))]).toEqual([name, true]);
    }
    for (let n = 0; n < 16; n++) expect(hart.step(asm.csrr(a0, CSR.pmpaddr0 + n))).toBe(true);
  });

  test("the odd pmpcfg registers do not exist on RV64", () => {
    for (const csr of [0x3a1, 0x3a3]) expect(hart.step(asm.csrr(a0, csr))).toBe(false);
  });
});

describe("privilege of CSRs", () => {
  /** Runs one instruction in a mode; false when it trapped to M. */
  function allowed(priv: number, insn: number): boolean {
    hart.start();
    hart.setCsr(CSR.mcounteren, 0xffff_ffff);
    hart.setCsr(CSR.scounteren, 0xffff_ffff);
    // stimecmp is there for S-mode when menvcfg.STCE is set [Sstc].
    hart.setCsr(CSR.menvcfg, hart.csr(CSR.menvcfg) | (1n << 63n));
    hart.place(CODE_PA, insn);
    hart.enter(priv, CODE_PA);
    hart.run(1);
    if (hart.priv !== priv) expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 2n, epc: BigInt(CODE_PA) });
    return hart.priv === priv;
  }
  const lowest = (csr: number) => (csr >> 8) & 3;

  test("bits 9:8 of its number say the lowest mode that may read it", () => {
    for (const [name, csr] of Object.entries(CSR)) {
      for (const priv of [PRIV_U, PRIV_S]) {
        expect([name, priv, allowed(priv, asm.csrr(a0, csr))]).toEqual([name, priv, priv >= lowest(csr)]);
      }
    }
  });

  test("what a mode may not read it may not write either", () => {
    for (const csr of [CSR.mscratch, CSR.mstatus, CSR.satp, CSR.pmpaddr0]) {
      expect(allowed(PRIV_U, asm.csrrw(zero, csr, zero))).toBe(false);
    }
    expect(allowed(PRIV_S, asm.csrrw(zero, CSR.mscratch, zero))).toBe(false);
    expect(allowed(PRIV_S, asm.csrrw(zero, CSR.sscratch, zero))).toBe(true);
  });
});

describe("values of CSRs", () => {
  const roundTrip = (csr: number, value: bigint) => {
    hart.x[a1] = value;
    expect(hart.step(asm.csrw(csr, a1))).toBe(true);
    return hart.csr(csr);
  };

  test("misa tells RV64 with I, M, A, F, D, C, S and U", () => {
    const letters = [..."IMAFDCSU"].reduce((m, l) => m | (1n << BigInt(l.charCodeAt(0) - 65)), 0n);
    expect(hart.csr(CSR.misa) & letters).toBe(letters);
    expect(hart.csr(CSR.misa) >> 62n).toBe(2n);
    // V, H, Q and E are not there.
    for (const letter of "VHQE") expect((hart.csr(CSR.misa) >> BigInt(letter.charCodeAt(0) - 65)) & 1n).toBe(0n);
  });

  test("mhartid is 0", () => {
    expect(hart.csr(CSR.mhartid)).toBe(0n);
  });

  test("xepc hold half-word aligned addresses [priv 3.1.14]", () => {
    expect(roundTrip(CSR.mepc, u64(-1n))).toBe(u64(-2n));
    expect(roundTrip(CSR.sepc, 0x8000_0003n)).toBe(0x8000_0002n);
  });

  test("xscratch, xtval hold every value", () => {
    for (const csr of [CSR.mscratch, CSR.sscratch, CSR.mtval, CSR.stval]) {
      for (const value of [0n, u64(-1n), A]) expect(roundTrip(csr, value)).toBe(value);
    }
  });

  test("xtvec keep bases aligned to four, and modes direct and vectored [priv 3.1.7]", () => {
    for (const csr of [CSR.mtvec, CSR.stvec]) {
      expect(roundTrip(csr, 0x8000_1000n)).toBe(0x8000_1000n);
      expect(roundTrip(csr, 0x8000_1001n)).toBe(0x8000_1001n);
      expect(roundTrip(csr, 0x8000_2002n) & 2n).toBe(0n);
    }
  });

  test("xcause hold interrupts and exceptions", () => {
    for (const csr of [CSR.mcause, CSR.scause]) {
      expect(roundTrip(csr, 15n)).toBe(15n);
      expect(roundTrip(csr, (1n << 63n) | 9n)).toBe((1n << 63n) | 9n);
    }
  });

  test("medeleg cannot delegate ecall from M-mode; the standard exceptions can be [priv 3.1.8]", () => {
    const value = roundTrip(CSR.medeleg, u64(-1n));
    expect(value & (1n << 11n)).toBe(0n);
    expect(value & 0xb3ffn).toBe(0xb3ffn & ~(1n << 11n));
    expect(value & ((1n << 10n) | (1n << 14n))).toBe(0n);
  });

  test("mideleg delegates the supervisor's interrupts and no machine's", () => {
    expect(roundTrip(CSR.mideleg, u64(-1n)) & 0xfffn).toBe(0x222n);
  });

  test("mie holds six enables; mip lets SSIP, STIP and SEIP be written", () => {
    hart.setCsr(CSR.menvcfg, hart.csr(CSR.menvcfg) & ~(1n << 63n));
    expect(roundTrip(CSR.mie, u64(-1n)) & 0xfffn).toBe(0xaaan);
    expect(roundTrip(CSR.mip, u64(-1n)) & 0x222n).toBe(0x222n);
    expect(roundTrip(CSR.mip, 0n) & 0x222n).toBe(0n);
  });

  test("sie and sip show and change what mideleg gives, and no more", () => {
    roundTrip(CSR.mie, 0xaaan);
    roundTrip(CSR.mideleg, 0n);
    expect(hart.csr(CSR.sie)).toBe(0n);
    roundTrip(CSR.sie, u64(-1n));
    expect(hart.csr(CSR.mie)).toBe(0xaaan);
    roundTrip(CSR.mideleg, 0x222n);
    expect(hart.csr(CSR.sie)).toBe(0x222n);
    roundTrip(CSR.sie, 0n);
    expect(hart.csr(CSR.mie)).toBe(0x888n);
    roundTrip(CSR.sip, u64(-1n));
    // Of sip only SSIP is writable [priv 12.1.3].
    expect(hart.csr(CSR.mip) & 0x222n).toBe(0x2n);
    roundTrip(CSR.mip, 0x222n);
    expect(hart.csr(CSR.sip)).toBe(0x222n);
  });

  test("mstatus reads SXL and UXL as 64 bits, and MPP takes only modes that exist", () => {
    expect((hart.csr(CSR.mstatus) >> 32n) & 0xfn).toBe(0xan);
    for (const mpp of [0n, 1n, 3n]) {
      expect((roundTrip(CSR.mstatus, mpp << 11n) >> 11n) & 3n).toBe(mpp);
    }
    roundTrip(CSR.mstatus, 2n << 11n);
    expect([0n, 1n, 3n]).toContain((hart.csr(CSR.mstatus) >> 11n) & 3n);
  });

  test("mstatus keeps every field that software writes", () => {
    // SIE MIE SPIE MPIE SPP MPP FS MPRV SUM MXR TVM TW TSR
    const fields = 0x2n | 0x8n | 0x20n | 0x80n | 0x100n | 0x1800n | 0x6000n | (0x3fn << 17n);
    expect(roundTrip(CSR.mstatus, fields) & (fields | (1n << 63n))).toBe(fields | (1n << 63n));
    expect(roundTrip(CSR.mstatus, 0n) & fields).toBe(0n);
  });

  test("XS, VS and the endianness bits are zero: the machine has neither [priv 3.1.6]", () => {
    expect(roundTrip(CSR.mstatus, u64(-1n)) & ((3n << 15n) | (3n << 9n) | (1n << 6n) | (3n << 36n))).toBe(0n);
  });

  test("sstatus shows its part of mstatus and changes no other [priv 12.1.1]", () => {
    const supervisor = 0x2n | 0x20n | 0x100n | 0x6000n | (1n << 18n) | (1n << 19n);
    roundTrip(CSR.mstatus, 0x3fn << 17n);
    roundTrip(CSR.sstatus, u64(-1n));
    expect(hart.csr(CSR.mstatus) & 0x7f_f9aan).toBe((supervisor | (0x3fn << 17n)) & 0x7f_f9aan);
    expect(hart.csr(CSR.sstatus)).toBe(supervisor | (2n << 32n) | (1n << 63n));
    roundTrip(CSR.sstatus, 0n);
    expect(hart.csr(CSR.mstatus) & 0x7f_f9aan).toBe((0x3fn << 17n) & ~(3n << 18n));
  });

  test("counter enables hold 32 bits", () => {
    expect(roundTrip(CSR.mcounteren, 7n) & 7n).toBe(7n);
    expect(roundTrip(CSR.scounteren, 7n) & 7n).toBe(7n);
    expect(roundTrip(CSR.mcounteren, u64(-1n)) >> 32n).toBe(0n);
    expect(roundTrip(CSR.mcountinhibit, u64(-1n)) & 2n).toBe(0n);
  });

  test("menvcfg resets with ADUE and PBMTE, and takes STCE, CBZE, CBCFE and CBIE", () => {
    expect((hart.reset().csr(CSR.menvcfg) >> 61n) & 3n).toBe(3n);
    for (const bit of [4n, 5n, 6n, 7n, 61n, 62n, 63n]) {
      if (bit === 5n) continue;
      hart.setCsr(CSR.menvcfg, 0n);
      expect([bit, hart.csr(CSR.menvcfg)]).toEqual([bit, 0n]);
      hart.setCsr(CSR.menvcfg, bit === 4n ? 0x30n : 1n << bit);
      expect([bit, hart.csr(CSR.menvcfg)]).toEqual([bit, bit === 4n ? 0x30n : 1n << bit]);
    }
  });

  test("senvcfg takes FIOM, CBIE, CBCFE and CBZE", () => {
    expect(roundTrip(CSR.senvcfg, 0xf1n) & 0xf0n).toBe(0xf0n);
    expect(roundTrip(CSR.senvcfg, 0n)).toBe(0n);
  });
});
