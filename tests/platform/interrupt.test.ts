/*
 * Interrupts: what makes one pending, who may take it, in which order, and waiting for one [priv 3.1.9, 3.3.3, 12.1.3; Sstc].
 */

import { beforeEach, describe, expect, test } from "vitest";
import {
  ACLINT_PA,
  OP_BUDGET,
  OP_IDLE,
  PASSAGE_DEADLINE,
  PASSAGE_NOW,
  PASSAGE_RATE,
  PASSAGE_TIME,
} from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR, zero } from "../support/assembler.js";
import { Bus } from "../support/bus.js";
import { CODE_PA, DATA_PA, Hart, INTERRUPT, M_TRAP_PA, PRIV_M, PRIV_S, PRIV_U } from "../support/hart.js";

const hart = new Hart();
const bus = new Bus(hart);
beforeEach(() => {
  hart.start();
});

const SSI = 1n;
const MSI = 3n;
const STI = 5n;
const MTI = 7n;
const SEI = 9n;
const MEI = 11n;
const bit = (n: bigint) => 1n << n;
const SIE = 2n;
const MIE = 8n;
const SPIE = 0x20n;
const MPIE = 0x80n;
const STCE = 1n << 63n;
const now = () => hart.passage(PASSAGE_TIME);
const msip = (value: number) => bus.write32(ACLINT_PA, value);
const mtimecmp = (tick: bigint) => bus.write64(ACLINT_PA + 0x4000, tick);

/** Loops in `priv` with the given interrupt enables; the trap that is taken within a few instructions, or undefined. */
function taken(priv: number, enables: { mie?: boolean; sie?: boolean } = {}) {
  hart.place(CODE_PA, asm.label("loop"), asm.addi(a0, a0, 1), asm.j("loop"));
  const set = (enables.mie ? MPIE : 0n) | (enables.sie ? SIE : 0n);
  hart.setCsr(CSR.mstatus, (hart.csr(CSR.mstatus) & ~(MPIE | SIE)) | set);
  hart.enter(priv, CODE_PA);
  hart.run(3);
  const inLoop = hart.pc >= BigInt(CODE_PA) && hart.pc < BigInt(CODE_PA + 8);
  return inLoop ? undefined : hart.trap();
}

describe("taking interrupts", () => {
  /** Bits that software can set in mip stand for their sources. */
  const pend = (...causes: bigint[]) => {
    hart.setCsr(CSR.mip, causes.reduce((m, c) => m | bit(c), 0n) & 0x222n);
    if (causes.includes(MSI)) msip(1);
    if (causes.includes(MTI)) mtimecmp(0n);
  };

  test.each([SSI, MSI, STI, MTI, SEI])(
    "interrupt %i is taken with its cause, mepc at the next instruction and mtval 0",
    (cause) => {
      pend(cause);
      hart.setCsr(CSR.mie, bit(cause));
      const trap = taken(PRIV_U);
      expect(trap).toMatchObject({ priv: PRIV_M, cause: INTERRUPT | cause, tval: 0n });
      expect([BigInt(CODE_PA), BigInt(CODE_PA + 4)]).toContain(trap?.epc);
    },
  );

  test("nothing is taken that mie does not enable", () => {
    pend(SSI, MSI, STI, MTI, SEI);
    hart.setCsr(CSR.mie, 0);
    expect(taken(PRIV_U, { mie: true })).toBeUndefined();
    expect(hart.csr(CSR.mip) & 0x2aan).toBe(0x2aan);
  });

  test("in M-mode mstatus.MIE gates, below it does not", () => {
    pend(MSI);
    hart.setCsr(CSR.mie, bit(MSI));
    expect(taken(PRIV_M, { mie: false })).toBeUndefined();
    expect(taken(PRIV_M, { mie: true })).toMatchObject({ priv: PRIV_M, cause: INTERRUPT | MSI });
    hart.setCsr(CSR.mip, 0);
    expect(taken(PRIV_S, { mie: false })).toMatchObject({ cause: INTERRUPT | MSI });
  });

  test("a delegated one is taken in S-mode under SIE, in U-mode always, in M-mode never", () => {
    pend(STI);
    hart.setCsr(CSR.mideleg, 0x222);
    hart.setCsr(CSR.mie, bit(STI));
    expect(taken(PRIV_M, { mie: true, sie: true })).toBeUndefined();
    expect(taken(PRIV_S, { mie: true, sie: true })).toMatchObject({ priv: PRIV_S, cause: INTERRUPT | STI, tval: 0n });
    hart.start();
    pend(STI);
    hart.setCsr(CSR.mideleg, 0x222).setCsr(CSR.mie, bit(STI));
    expect(taken(PRIV_S, { sie: false })).toBeUndefined();
    hart.start();
    pend(STI);
    hart.setCsr(CSR.mideleg, 0x222).setCsr(CSR.mie, bit(STI));
    expect(taken(PRIV_U, { sie: false })).toMatchObject({ priv: PRIV_S, cause: INTERRUPT | STI });
  });

  test("one that is not delegated is taken in M-mode from S-mode whatever SIE says", () => {
    pend(SSI);
    hart.setCsr(CSR.mie, bit(SSI));
    expect(taken(PRIV_S, { sie: false })).toMatchObject({ priv: PRIV_M, cause: INTERRUPT | SSI });
  });

  test("the order is MEI, MSI, MTI, SEI, SSI, STI", () => {
    const order = [MSI, MTI, SEI, SSI, STI];
    for (let first = 0; first < order.length; first++) {
      hart.start();
      pend(...order.slice(first));
      hart.setCsr(CSR.mie, 0xaaa);
      expect(taken(PRIV_U)?.cause).toBe(INTERRUPT | order[first]!);
    }
    // Among delegated ones the same order holds, and M-mode's come first.
    for (const [pending, cause, priv] of [
      [[SEI, SSI, STI], SEI, PRIV_S],
      [[SSI, STI], SSI, PRIV_S],
      [[MTI, SEI, SSI], MTI, PRIV_M],
    ] as const) {
      hart.start();
      pend(...pending);
      hart.setCsr(CSR.mideleg, 0x222).setCsr(CSR.mie, 0xaaa);
      expect(taken(PRIV_U)).toMatchObject({ cause: INTERRUPT | cause, priv });
    }
  });

  test("what goes to M-mode comes before anything delegated, whatever its number", () => {
    pend(SEI, SSI);
    hart.setCsr(CSR.mideleg, bit(SEI)).setCsr(CSR.mie, 0xaaa);
    const trap = taken(PRIV_U);
    expect(trap).toMatchObject({ priv: PRIV_M, cause: INTERRUPT | SSI });
    // Taken from the loop, not from the handler of the other one.
    expect([BigInt(CODE_PA), BigInt(CODE_PA + 4)]).toContain(trap?.epc);
  });

  test("an interrupt comes before the exception of the instruction it interrupts", () => {
    pend(SSI);
    hart.setCsr(CSR.mie, bit(SSI));
    hart.place(CODE_PA, asm.ecall());
    hart.enter(PRIV_U, CODE_PA).run(1);
    expect(hart.trap()).toMatchObject({ cause: INTERRUPT | SSI, epc: BigInt(CODE_PA) });
  });

  test("enabling by a CSR write takes effect at once", () => {
    pend(SSI);
    for (const enable of [
      [asm.csrsi(CSR.mstatus, 8), asm.csrsi(CSR.mie, 2)],
      [asm.csrsi(CSR.mie, 2), asm.csrsi(CSR.mstatus, 8)],
    ]) {
      hart.start();
      pend(SSI);
      const p = hart.place(CODE_PA, ...enable, asm.label("next"), Array(200).fill(asm.addi(a0, a0, 1)));
      hart.run(50);
      expect(hart.trap()).toMatchObject({ cause: INTERRUPT | SSI, epc: p.at("next") });
      expect(hart.x[a0]).toBe(0n);
    }
  });

  test("pending by a CSR write takes effect at once", () => {
    hart.setCsr(CSR.mie, bit(SSI));
    const p = hart.place(
      CODE_PA,
      asm.csrsi(CSR.mstatus, 8),
      asm.csrsi(CSR.mip, 2),
      asm.label("next"),
      Array(50).fill(asm.nop()),
    );
    hart.run(20);
    expect(hart.trap()).toMatchObject({ cause: INTERRUPT | SSI, epc: p.at("next") });
  });

  test("mret() and sret() to a mode with the interrupt enabled take it before the first instruction there", () => {
    pend(SSI);
    hart.setCsr(CSR.mie, bit(SSI));
    hart.place(CODE_PA, Array(50).fill(asm.addi(a0, a0, 1)));
    hart.enter(PRIV_S, CODE_PA).run(20);
    expect(hart.trap()).toMatchObject({ cause: INTERRUPT | SSI, epc: BigInt(CODE_PA) });
    hart.start();
    hart.setCsr(CSR.mip, 2).setCsr(CSR.mie, 2).setCsr(CSR.mideleg, 0x222);
    hart.setCsr(CSR.mstatus, (hart.csr(CSR.mstatus) & ~0x100n) | SPIE);
    hart.setCsr(CSR.sepc, DATA_PA);
    hart.place(DATA_PA, Array(50).fill(asm.addi(a0, a0, 1)));
    hart.place(CODE_PA, asm.sret());
    hart.enter(PRIV_S, CODE_PA).run(20);
    expect(hart.trap()).toMatchObject({ priv: PRIV_S, cause: INTERRUPT | SSI, epc: BigInt(DATA_PA) });
  });

  test("the handler runs with its interrupts off", () => {
    pend(SSI);
    hart.setCsr(CSR.mie, bit(SSI));
    taken(PRIV_M, { mie: true });
    expect(hart.csr(CSR.mstatus) & (MIE | MPIE)).toBe(MPIE);
    hart.run(100);
    expect(hart.pc).toBe(BigInt(M_TRAP_PA));
  });
});

describe("ACLINT", () => {
  test("msip sets mip.MSIP by its lowest bit and reads back", () => {
    msip(0xffff_ffff);
    expect([bus.read32(ACLINT_PA), hart.csr(CSR.mip) & bit(MSI)]).toEqual([1, bit(MSI)]);
    msip(0xffff_fffe);
    expect([bus.read32(ACLINT_PA), hart.csr(CSR.mip) & bit(MSI)]).toEqual([0, 0n]);
  });

  test("mip.MSIP and MTIP cannot be written as CSR bits", () => {
    hart.x[a1] = 0xffffn;
    hart.step(asm.csrw(CSR.mip, a1));
    expect(hart.csr(CSR.mip) & (bit(MSI) | bit(MTI) | bit(MEI))).toBe(0n);
  });

  test("mtime is the time CSR", () => {
    hart.setPassage(PASSAGE_NOW, now() + 1000n);
    expect(bus.read64(ACLINT_PA + 0xbff8)).toBe(hart.passage(PASSAGE_NOW));
    expect(bus.read32(ACLINT_PA + 0xbff8)).toBe(Number(hart.passage(PASSAGE_NOW) & 0xffff_ffffn));
    expect(bus.read32(ACLINT_PA + 0xbffc)).toBe(0);
  });

  test("MTIP is pending while mtime >= mtimecmp", () => {
    const soon = now() + 10n;
    mtimecmp(soon);
    expect(bus.read64(ACLINT_PA + 0x4000)).toBe(soon);
    expect(hart.csr(CSR.mip) & bit(MTI)).toBe(0n);
    hart.setPassage(PASSAGE_NOW, soon - 1n);
    hart.step(asm.nop());
    expect(hart.csr(CSR.mip) & bit(MTI)).toBe(0n);
    hart.setPassage(PASSAGE_NOW, soon);
    hart.step(asm.nop());
    expect(hart.csr(CSR.mip) & bit(MTI)).toBe(bit(MTI));
    mtimecmp(soon + 1n);
    expect(hart.csr(CSR.mip) & bit(MTI)).toBe(0n);
  });

  test("mtimecmp can be written by halves", () => {
    bus.write32(ACLINT_PA + 0x4004, 5);
    bus.write32(ACLINT_PA + 0x4000, 7);
    expect(bus.read64(ACLINT_PA + 0x4000)).toBe(0x5_0000_0007n);
  });

  test("the timer interrupts a running loop at its tick, exactly", () => {
    hart.setPassage(PASSAGE_RATE, 1n << 30n);
    hart.step(asm.nop());
    const start = now();
    mtimecmp(start + 100n);
    hart.setCsr(CSR.mie, bit(MTI));
    hart.place(CODE_PA, asm.label("loop"), asm.csrr(a0, CSR.time), asm.j("loop"));
    hart.place(M_TRAP_PA, asm.csrr(a1, CSR.time), asm.label("done"), asm.j("done"));
    hart.setCsr(CSR.mcounteren, 7);
    hart.enter(PRIV_S, CODE_PA).run(10_000);
    expect(hart.trap().cause).toBe(INTERRUPT | MTI);
    // A read sees its own instruction counted, so the last one may see the tick itself.
    expect(hart.x[a0]! - start).toBeLessThanOrEqual(100n);
    expect(hart.x[a1]! - start).toBe(100n);
  });
});

describe("Sstc", () => {
  const stimecmp = (tick: bigint) => hart.setCsr(CSR.stimecmp, tick);
  beforeEach(() => {
    hart.setCsr(CSR.menvcfg, hart.csr(CSR.menvcfg) | STCE);
  });

  test("STIP is pending while time >= stimecmp, and not writable then", () => {
    stimecmp(now() + 10n);
    hart.x[a1] = bit(STI);
    hart.step(asm.csrs(CSR.mip, a1));
    expect(hart.csr(CSR.mip) & bit(STI)).toBe(0n);
    hart.setPassage(PASSAGE_NOW, now() + 10n);
    hart.step(asm.csrc(CSR.mip, a1));
    expect(hart.csr(CSR.mip) & bit(STI)).toBe(bit(STI));
    stimecmp((1n << 64n) - 1n);
    expect(hart.csr(CSR.mip) & bit(STI)).toBe(0n);
  });

  test("without STCE stimecmp raises nothing and STIP is software's", () => {
    stimecmp(0n);
    hart.setCsr(CSR.menvcfg, 0);
    expect(hart.csr(CSR.mip) & bit(STI)).toBe(0n);
    hart.x[a1] = bit(STI);
    hart.step(asm.csrs(CSR.mip, a1));
    expect(hart.csr(CSR.mip) & bit(STI)).toBe(bit(STI));
  });

  test("S-mode may touch stimecmp only with STCE and mcounteren.TM", () => {
    const allowed = (stce: bigint, tm: number) => {
      hart.start().setCsr(CSR.menvcfg, stce).setCsr(CSR.mcounteren, tm);
      hart.place(CODE_PA, asm.csrrw(a0, CSR.stimecmp, zero));
      hart.enter(PRIV_S, CODE_PA).run(1);
      return hart.priv === PRIV_S;
    };
    expect([allowed(STCE, 2), allowed(STCE, 0), allowed(0n, 2)]).toEqual([true, false, false]);
  });

  test("a write of stimecmp in the past interrupts at once", () => {
    hart.setCsr(CSR.mideleg, 0x222).setCsr(CSR.mie, bit(STI)).setCsr(CSR.mcounteren, 2);
    const p = hart.place(
      CODE_PA,
      asm.csrsi(CSR.sstatus, 2),
      asm.csrw(CSR.stimecmp, zero),
      asm.label("next"),
      Array(50).fill(asm.nop()),
    );
    hart.enter(PRIV_S, CODE_PA).run(20);
    expect(hart.trap()).toMatchObject({ priv: PRIV_S, cause: INTERRUPT | STI, epc: p.at("next") });
  });
});

describe("wfi()", () => {
  test("gives control back as idle, with the tick of the timer", () => {
    const tick = now() + 5000n;
    mtimecmp(tick);
    hart.setCsr(CSR.mie, bit(MTI));
    const p = hart.place(CODE_PA, asm.wfi(), asm.label("next"), asm.addi(a0, a0, 1), asm.label("done"), asm.j("done"));
    expect(hart.run(100)).toBe(OP_IDLE);
    expect(hart.passage(PASSAGE_DEADLINE)).toBe(tick);
    expect(hart.pc).toBe(p.at("next"));
    expect(hart.run(100)).toBe(OP_IDLE);
    hart.setPassage(PASSAGE_NOW, tick);
    expect(hart.run(100)).toBe(OP_BUDGET);
    // MIE is clear: the hart goes on without a trap [priv 3.3.3].
    expect([hart.pc, hart.x[a0]]).toEqual([p.at("done"), 1n]);
  });

  test("says that there is no deadline when no timer is set", () => {
    hart.place(CODE_PA, asm.wfi());
    expect(hart.run(100)).toBe(OP_IDLE);
    expect(hart.passage(PASSAGE_DEADLINE)).toBe((1n << 64n) - 1n);
  });

  test("wakes for an enabled interrupt and traps when that is allowed, with mepc behind the wfi", () => {
    hart.setCsr(CSR.mie, bit(MTI));
    mtimecmp(now() + 100n);
    const p = hart.place(CODE_PA, asm.csrsi(CSR.mstatus, 8), asm.wfi(), asm.label("next"), Array(50).fill(asm.nop()));
    expect(hart.run(100)).toBe(OP_IDLE);
    hart.setPassage(PASSAGE_NOW, now() + 100n);
    hart.run(20);
    expect(hart.trap()).toMatchObject({ cause: INTERRUPT | MTI, epc: p.at("next") });
  });

  test("does not wait while an enabled interrupt is pending, delegated or not, SIE or not", () => {
    for (const deleg of [0, 0x222]) {
      hart.start();
      hart.setCsr(CSR.mideleg, deleg).setCsr(CSR.mip, 2).setCsr(CSR.mie, 2);
      const p = hart.place(CODE_PA, asm.wfi(), asm.label("done"), asm.j("done"));
      expect(hart.run(100)).toBe(OP_BUDGET);
      expect(hart.pc).toBe(p.at("done"));
    }
  });

  test("a pending interrupt that mie does not enable does not wake it", () => {
    hart.setCsr(CSR.mip, 2);
    hart.place(CODE_PA, asm.wfi());
    expect(hart.run(100)).toBe(OP_IDLE);
  });

  test("in U-mode it is illegal or comes back in time, it never idles there for ever", () => {
    hart.place(CODE_PA, asm.wfi(), asm.label("done"), asm.j("done"));
    hart.enter(PRIV_U, CODE_PA);
    expect(hart.run(100)).toBe(OP_BUDGET);
    if (hart.priv === PRIV_M) expect(hart.trap()).toMatchObject({ cause: 2n, epc: BigInt(CODE_PA) });
  });
});
