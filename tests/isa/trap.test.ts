/*
 * Traps: causes and what xepc, xtval and mstatus hold, delegation, vectors, returns, and what TVM, TW and TSR forbid [priv 3.1, 3.3, 12.1].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR, zero } from "../support/assembler.js";
import { CODE_PA, GATE_PA, Hart, M_TRAP_PA, PRIV_M, PRIV_S, PRIV_U, S_TRAP_PA } from "../support/hart.js";

const hart = new Hart();
beforeEach(() => {
  hart.start();
});

const MODES: [string, number][] = [
  ["U", PRIV_U],
  ["S", PRIV_S],
  ["M", PRIV_M],
];
const SIE = 1n << 1n;
const MIE = 1n << 3n;
const SPIE = 1n << 5n;
const MPIE = 1n << 7n;
const SPP = 1n << 8n;
const MPP = 3n << 11n;
const MPRV = 1n << 17n;
const TVM = 1n << 20n;
const TW = 1n << 21n;
const TSR = 1n << 22n;
const mstatus = () => hart.csr(CSR.mstatus);
const setMstatus = (clear: bigint, set: bigint) => hart.setCsr(CSR.mstatus, (mstatus() & ~clear) | set);
const at = (n: number) => BigInt(n);

/** Runs one instruction in `priv` at CODE_PA. */
function runIn(priv: number, ...items: asm.Item[]): void {
  hart.place(CODE_PA, ...items);
  hart.enter(priv, CODE_PA);
  hart.run(1);
}

describe("causes", () => {
  test.each(MODES)("ecall() from %s-mode tells its mode in the cause", (_, priv) => {
    runIn(priv, asm.ecall());
    expect(hart.trap()).toEqual({ priv: PRIV_M, cause: 8n + BigInt(priv), epc: at(CODE_PA), tval: 0n });
    expect(hart.pc).toBe(at(M_TRAP_PA));
  });

  test.each(MODES)("ebreak() in %s-mode is cause 3", (_, priv) => {
    runIn(priv, asm.ebreak());
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 3n, epc: at(CODE_PA) });
    // The address of the breakpoint, or zero [priv 3.1.16].
    expect([0n, at(CODE_PA)]).toContain(hart.trap().tval);
  });

  test.each(MODES)("faults in %s-mode tell cause and address", (_, priv) => {
    hart.x[a1] = 0x4000_0000n;
    const faults: [number, bigint][] = [
      [asm.lw(a0, 8, a1), 5n],
      [asm.sd(a0, 8, a1), 7n],
      [asm.fld(asm.fa0, 8, a1), 5n],
      [asm.fsw(asm.fa0, 8, a1), 7n],
    ];
    for (const [insn, cause] of faults) {
      hart.pc = CODE_PA;
      runIn(priv, insn);
      expect(hart.trap()).toEqual({ priv: PRIV_M, cause, epc: at(CODE_PA), tval: 0x4000_0008n });
    }
    hart.enter(priv, 0x4000_0000n).run(1);
    expect(hart.trap()).toEqual({ priv: PRIV_M, cause: 1n, epc: 0x4000_0000n, tval: 0x4000_0000n });
  });

  test("a trap in the handler overwrites the first one's registers", () => {
    hart.place(M_TRAP_PA, asm.ebreak());
    runIn(PRIV_M, asm.ecall());
    hart.run(1);
    expect(hart.trap()).toMatchObject({ cause: 3n, epc: at(M_TRAP_PA) });
  });

  test("a handler that cannot be fetched does not hang run()", () => {
    hart.setCsr(CSR.mtvec, 0x4000_0000n);
    hart.place(CODE_PA, asm.ecall());
    hart.pc = CODE_PA;
    hart.run(1000);
    expect(hart.trap()).toMatchObject({ cause: 1n, epc: 0x4000_0000n });
  });
});

describe("entry to M-mode", () => {
  test.each(MODES)("a trap from %s-mode saves mode and enable in MPP and MPIE", (_, priv) => {
    for (const mie of [0n, MIE]) {
      hart.start();
      hart.place(CODE_PA, asm.ecall());
      // mret moves MPIE to MIE.
      setMstatus(0n, mie === 0n ? 0n : MPIE);
      if (mie === 0n) setMstatus(MPIE, 0n);
      hart.enter(priv, CODE_PA).run(1);
      expect(mstatus() & MPP).toBe(BigInt(priv) << 11n);
      expect(mstatus() & (MIE | MPIE)).toBe(mie === 0n ? 0n : MPIE);
    }
  });

  test("SPP, SPIE and SIE stay as they are", () => {
    setMstatus(0n, SPP | SPIE | SIE);
    runIn(PRIV_U, asm.ecall());
    expect(mstatus() & (SPP | SPIE | SIE)).toBe(SPP | SPIE | SIE);
  });
});

describe("delegation", () => {
  const all = 0xb3ffn;

  test("a delegated exception goes to S-mode with scause, sepc and stval; mcause and the others stay", () => {
    hart.setCsr(CSR.medeleg, all);
    hart.setCsr(CSR.mcause, 0);
    hart.setCsr(CSR.mtval, 5);
    hart.x[a1] = 0x4000_0000n;
    runIn(PRIV_U, asm.lw(a0, 4, a1));
    expect(hart.trap()).toEqual({ priv: PRIV_S, cause: 5n, epc: at(CODE_PA), tval: 0x4000_0004n });
    expect([hart.pc, hart.csr(CSR.mcause), hart.csr(CSR.mtval)]).toEqual([at(S_TRAP_PA), 0n, 5n]);
  });

  const EXCEPTIONS: [string, bigint, number, asm.Item][] = [
    ["an illegal instruction", 2n, PRIV_U, asm.csrr(a0, CSR.mstatus)],
    ["a breakpoint", 3n, PRIV_S, asm.ebreak()],
    ["a load access fault", 5n, PRIV_S, asm.ld(a0, 0, zero)],
    ["a store access fault", 7n, PRIV_U, asm.sd(a0, 0, zero)],
    ["an ecall from U", 8n, PRIV_U, asm.ecall()],
    ["an ecall from S", 9n, PRIV_S, asm.ecall()],
  ];
  test.each(EXCEPTIONS)("%s goes where its own bit of medeleg says", (_, cause, priv, item) => {
    hart.setCsr(CSR.medeleg, 1n << cause);
    runIn(priv, item);
    expect(hart.trap()).toMatchObject({ priv: PRIV_S, cause, epc: at(CODE_PA) });
    hart.start().setCsr(CSR.medeleg, all & ~(1n << cause));
    runIn(priv, item);
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause, epc: at(CODE_PA) });
  });

  test("an exception in M-mode is never delegated", () => {
    hart.setCsr(CSR.medeleg, all);
    runIn(PRIV_M, asm.ebreak());
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 3n });
  });

  test.each(MODES.slice(0, 2))("entry to S-mode from %s-mode saves SPP and SPIE and clears SIE", (_, priv) => {
    for (const sie of [0n, SIE]) {
      hart.start().setCsr(CSR.medeleg, all);
      setMstatus(SIE | SPIE | SPP, sie);
      runIn(priv, asm.ecall());
      expect(hart.priv).toBe(PRIV_S);
      expect(mstatus() & (SIE | SPIE | SPP)).toBe((sie === 0n ? 0n : SPIE) | (priv === PRIV_S ? SPP : 0n));
    }
  });
});

describe("vectors", () => {
  test("exceptions go to the base in vectored mode too", () => {
    hart.setCsr(CSR.mtvec, M_TRAP_PA + 1);
    runIn(PRIV_M, asm.ecall());
    expect(hart.pc).toBe(at(M_TRAP_PA));
    hart.start().setCsr(CSR.stvec, S_TRAP_PA + 1);
    hart.setCsr(CSR.medeleg, 1n << 8n);
    runIn(PRIV_U, asm.ecall());
    expect(hart.pc).toBe(at(S_TRAP_PA));
  });

  test("interrupts go to base + 4 x cause in vectored mode, to the base in direct mode", () => {
    for (const [mode, offset] of [
      [1, 4],
      [0, 0],
    ] as const) {
      hart.start().setCsr(CSR.mtvec, M_TRAP_PA + mode);
      hart.setCsr(CSR.mie, 2);
      hart.setCsr(CSR.mip, 2);
      hart.place(CODE_PA, Array(8).fill(asm.nop()));
      hart.enter(PRIV_U, CODE_PA).run(2);
      expect([hart.priv, hart.pc]).toEqual([PRIV_M, at(M_TRAP_PA + offset)]);
      hart.start().setCsr(CSR.stvec, S_TRAP_PA + mode);
      hart.setCsr(CSR.mideleg, 0x222);
      hart.setCsr(CSR.mie, 2);
      hart.setCsr(CSR.mip, 2);
      hart.place(CODE_PA, Array(8).fill(asm.nop()));
      hart.enter(PRIV_U, CODE_PA).run(2);
      expect([hart.priv, hart.pc]).toEqual([PRIV_S, at(S_TRAP_PA + offset)]);
    }
  });
});

describe("mret() and sret()", () => {
  test.each(MODES)("mret() returns to %s-mode, moves MPIE to MIE and leaves U in MPP", (_, priv) => {
    for (const mpie of [0n, MPIE]) {
      hart.start();
      setMstatus(MPP | MIE | MPIE, (BigInt(priv) << 11n) | mpie);
      hart.setCsr(CSR.mepc, CODE_PA + 0x40);
      hart.pc = GATE_PA;
      hart.run(1);
      expect([hart.priv, hart.pc]).toEqual([priv, at(CODE_PA + 0x40)]);
      expect(mstatus() & (MPP | MIE | MPIE)).toBe(MPIE | (mpie === 0n ? 0n : MIE));
    }
  });

  test.each(MODES)("mret() to %s-mode clears MPRV unless it returns to M", (_, priv) => {
    setMstatus(MPP, MPRV | (BigInt(priv) << 11n));
    hart.setCsr(CSR.mepc, CODE_PA);
    hart.pc = GATE_PA;
    // The gate is fetched as M-mode; MPRV concerns loads and stores only.
    hart.run(1);
    expect(mstatus() & MPRV).toBe(priv === PRIV_M ? MPRV : 0n);
  });

  test.each(MODES.slice(0, 2))("sret() returns to %s-mode, moves SPIE to SIE and leaves U in SPP", (_, priv) => {
    for (const [from, spie] of [
      [PRIV_S, 0n],
      [PRIV_S, SPIE],
      [PRIV_M, SPIE],
    ] as const) {
      hart.start();
      setMstatus(SPP | SIE | SPIE, (priv === PRIV_S ? SPP : 0n) | spie);
      hart.setCsr(CSR.sepc, CODE_PA + 0x82);
      runIn(from, asm.sret());
      expect([hart.priv, hart.pc]).toEqual([priv, at(CODE_PA + 0x82)]);
      expect(mstatus() & (SPP | SIE | SPIE)).toBe(SPIE | (spie === 0n ? 0n : SIE));
    }
  });

  test("sret() in M-mode clears MPRV", () => {
    setMstatus(MPP | SPP, MPRV | MPP);
    hart.setCsr(CSR.sepc, CODE_PA);
    hart.step(asm.sret());
    expect(mstatus() & MPRV).toBe(0n);
  });

  test("mret() is illegal below M-mode, sret() in U-mode", () => {
    for (const [priv, insn] of [
      [PRIV_U, asm.mret()],
      [PRIV_S, asm.mret()],
      [PRIV_U, asm.sret()],
    ] as const) {
      hart.start();
      runIn(priv, insn);
      expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 2n, epc: at(CODE_PA) });
    }
  });
});

describe("TVM, TW and TSR", () => {
  /** Whether an instruction retires in S-mode under this bit of mstatus. */
  function retires(bit: bigint, insn: number): boolean {
    hart.start();
    setMstatus(0n, bit);
    hart.setCsr(CSR.sepc, CODE_PA + 4);
    setMstatus(0n, SPP);
    runIn(PRIV_S, insn);
    if (hart.priv === PRIV_S) return true;
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 2n, epc: at(CODE_PA) });
    return false;
  }

  test("TVM makes satp, sfence.vma and sinval.vma illegal in S-mode", () => {
    for (const insn of [asm.csrr(a0, CSR.satp), asm.csrw(CSR.satp, zero), asm.sfence_vma(), asm.sinval_vma(a0, a1)]) {
      expect(retires(0n, insn)).toBe(true);
      expect(retires(TVM, insn)).toBe(false);
    }
    // These name no address space and stay allowed [priv 10].
    expect(retires(TVM, asm.sfence_w_inval())).toBe(true);
    expect(retires(TVM, asm.sfence_inval_ir())).toBe(true);
  });

  test("TSR makes sret() illegal in S-mode", () => {
    expect(retires(0n, asm.sret())).toBe(true);
    expect(retires(TSR, asm.sret())).toBe(false);
  });

  test("TW makes wfi() illegal in S-mode", () => {
    expect(retires(TW, asm.wfi())).toBe(false);
  });

  test("TVM, TW and TSR do not concern M-mode", () => {
    setMstatus(0n, TVM | TSR | TW);
    hart.setCsr(CSR.mip, 2);
    hart.setCsr(CSR.mie, 2);
    for (const insn of [asm.csrr(a0, CSR.satp), asm.sfence_vma(), asm.sinval_vma(), asm.wfi()]) {
      expect(hart.step(insn)).toBe(true);
    }
  });

  test("fences of address translation are illegal in U-mode", () => {
    for (const insn of [asm.sfence_vma(), asm.sinval_vma(), asm.sfence_w_inval(), asm.sfence_inval_ir()]) {
      hart.start();
      runIn(PRIV_U, insn);
      expect(hart.trap()).toMatchObject({ cause: 2n, epc: at(CODE_PA) });
    }
  });
});
