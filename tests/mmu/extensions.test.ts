/*
 * Svadu and Svade (A and D bits), Svnapot, Svpbmt [priv 12.3.1, 12.4.1; Svadu, Svnapot, Svpbmt].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, PRIV_M, PRIV_S } from "../support/hart.js";
import { PageTable, PTE_A, PTE_D, PTE_KERNEL, PTE_N, PTE_PBMT, PTE_R, PTE_V, PTE_W, PTE_X } from "../support/pages.js";

const hart = new Hart();
let table: PageTable;
const VA = 0x5_0000_0000n;
const TARGET_PA = DATA_PA + 0x3000;
const ADUE = 1n << 61n;
const PBMTE = 1n << 62n;
const RWX = PTE_V | PTE_R | PTE_W | PTE_X;
const AD = PTE_A | PTE_D;

function start(menvcfg = ADUE | PBMTE): void {
  hart.start();
  hart.setCsr(CSR.menvcfg, menvcfg | 0xf0n);
  table = new PageTable(hart).mapRam();
}
beforeEach(() => start());

/** One instruction in S-mode with a1 = `va`; the cause of its trap, or undefined. */
function inSupervisor(insn: number, va = VA): bigint | undefined {
  hart.place(CODE_PA, insn);
  hart.x[a1] = va;
  hart.setCsr(CSR.satp, table.satp());
  hart.pc = CODE_PA + 0x200;
  hart.place(CODE_PA + 0x200, asm.sfence_vma());
  hart.run(1);
  hart.enter(PRIV_S, CODE_PA).run(1);
  if (hart.priv === PRIV_S) {
    hart.place(CODE_PA + 4, asm.ecall());
    hart.run(1);
    return undefined;
  }
  expect(hart.trap()).toMatchObject({ priv: PRIV_M, tval: va });
  return hart.trap().cause;
}

/** A fetch from VA, of a nop. */
function fetchThere(): bigint | undefined {
  hart.place(TARGET_PA, asm.nop(), asm.ecall());
  hart.setCsr(CSR.satp, table.satp());
  hart.step(asm.sfence_vma(), CODE_PA + 0x200);
  hart.enter(PRIV_S, VA).run(1);
  if (hart.priv === PRIV_M) return hart.trap().cause;
  hart.run(1);
  return undefined;
}

const LOAD = asm.ld(a0, 0, a1);
const STORES: [string, number][] = [
  ["sd", asm.sd(a0, 0, a1)],
  ["amoadd.d", asm.amoadd_d(a0, a0, a1)],
  ["amocas.d", asm.amocas_d(a0, a0, a1)],
  ["fsw", asm.fsw(asm.fa0, 0, a1)],
  ["cbo.zero", asm.cbo_zero(a1)],
];

describe("Svadu: hardware updates A and D", () => {
  test("a load sets A alone", () => {
    table.map(VA, TARGET_PA, RWX);
    expect(inSupervisor(LOAD)).toBeUndefined();
    expect(table.pte(VA) & AD).toBe(PTE_A);
  });

  test("a fetch sets A alone", () => {
    table.map(VA, TARGET_PA, RWX);
    expect(fetchThere()).toBeUndefined();
    expect(table.pte(VA) & AD).toBe(PTE_A);
  });

  test.each(STORES)("%s sets A and D", (_, insn) => {
    for (const before of [0n, PTE_A]) {
      table.map(VA, TARGET_PA, RWX | before);
      expect(inSupervisor(insn)).toBeUndefined();
      expect(table.pte(VA) & AD).toBe(AD);
    }
  });

  test("a store after a load in the same run sets D", () => {
    table.map(VA, TARGET_PA, RWX);
    hart.x[a1] = VA;
    const p = hart.place(CODE_PA, LOAD, asm.sd(a0, 8, a1), asm.label("done"), asm.j("done"));
    table.enter(BigInt(CODE_PA)).runTo(p);
    expect(table.pte(VA) & AD).toBe(AD);
  });

  test("a load that faults sets nothing", () => {
    table.map(VA, TARGET_PA, PTE_V | PTE_X);
    expect(inSupervisor(LOAD)).toBe(13n);
    expect(table.pte(VA) & AD).toBe(0n);
    table.map(VA, TARGET_PA, PTE_V | PTE_R);
    expect(inSupervisor(asm.sd(a0, 0, a1))).toBe(15n);
    expect(table.pte(VA) & PTE_D).toBe(0n);
  });

  test("the other bits of the entry stay", () => {
    const pte = RWX | (3n << 8n);
    table.map(VA, TARGET_PA, pte);
    inSupervisor(asm.sd(a0, 0, a1));
    expect(table.pte(VA)).toBe(((BigInt(TARGET_PA) >> 12n) << 10n) | pte | AD);
  });

  test("the leaf of a superpage is updated where it is", () => {
    table.map(VA, DATA_PA, RWX, 1);
    inSupervisor(asm.sd(a0, 0, a1), VA + 0x12_3000n);
    expect(table.pte(VA, 1) & AD).toBe(AD);
  });

  test("software that clears A and D sees them set again after sfence.vma", () => {
    table.map(VA, TARGET_PA, RWX);
    inSupervisor(asm.sd(a0, 0, a1));
    table.map(VA, TARGET_PA, RWX);
    inSupervisor(LOAD);
    expect(table.pte(VA) & AD).toBe(PTE_A);
    inSupervisor(asm.sd(a0, 0, a1));
    expect(table.pte(VA) & AD).toBe(AD);
  });
});

describe("Svade: software updates A and D", () => {
  beforeEach(() => start(PBMTE));

  test("walk() raises a page fault when A is clear", () => {
    for (const flags of [RWX, RWX | PTE_D]) {
      table.map(VA, TARGET_PA, flags);
      expect(inSupervisor(LOAD)).toBe(13n);
      expect(inSupervisor(asm.sd(a0, 0, a1))).toBe(15n);
      expect(fetchThere()).toBe(12n);
      expect(table.pte(VA) & 0xffn).toBe(flags);
    }
  });

  test.each(STORES)("walk() raises a store page fault for %s when D is clear", (_, insn) => {
    table.map(VA, TARGET_PA, RWX | PTE_A);
    expect(inSupervisor(insn)).toBe(15n);
    expect(inSupervisor(LOAD)).toBeUndefined();
    table.map(VA, TARGET_PA, RWX | AD);
    expect(inSupervisor(insn)).toBeUndefined();
  });

  test("a store after a load through a clean page faults", () => {
    table.map(VA, TARGET_PA, RWX | PTE_A);
    hart.x[a1] = VA;
    const p = hart.place(CODE_PA, LOAD, LOAD, asm.label("store"), asm.sd(a0, 8, a1));
    table.enter(BigInt(CODE_PA)).run(3);
    expect(hart.trap()).toMatchObject({ cause: 15n, epc: p.at("store"), tval: VA + 8n });
  });
});

describe("Svnapot", () => {
  const NAPOT_64K = 8n << 10n;
  /** An entry for 64 KiB: N, and 1000 in the lowest four bits of the page number. */
  const entry = (pa: number) => ((BigInt(pa) >> 16n) << 14n) | NAPOT_64K | PTE_N | PTE_KERNEL;

  test("an entry with N maps its place in a 64 KiB range", () => {
    for (let page = 0n; page < 16n; page++) hart.setU64(table.pteAt(VA + page * 4096n), entry(DATA_PA));
    for (let page = 0; page < 16; page++) {
      hart.setU64(DATA_PA + page * 4096 + 8, BigInt(page) + 100n);
      expect(inSupervisor(asm.ld(a0, 0, a1), VA + BigInt(page) * 4096n + 8n)).toBeUndefined();
      expect(hart.x[a0]).toBe(BigInt(page) + 100n);
    }
  });

  test("A and D are set in the entry that was walked", () => {
    for (let page = 0n; page < 16n; page++) hart.setU64(table.pteAt(VA + page * 4096n), entry(DATA_PA) & ~AD);
    inSupervisor(asm.sd(a0, 0, a1), VA + 5n * 4096n);
    expect(table.pte(VA + 5n * 4096n)).toBe(entry(DATA_PA));
  });

  test.each([0n, 1n, 2n, 4n, 9n, 12n, 15n])("walk() raises a page fault for N with %i in the lowest bits", (low) => {
    if (low === 8n) return;
    const pte = ((BigInt(DATA_PA) >> 16n) << 14n) | (low << 10n) | PTE_N | PTE_KERNEL;
    hart.setU64(table.pteAt(VA), pte);
    expect(inSupervisor(LOAD)).toBe(13n);
    expect(inSupervisor(asm.sd(a0, 0, a1))).toBe(15n);
  });

  test("walk() raises a page fault for N on a superpage", () => {
    hart.setU64(table.pteAt(VA, 1), ((BigInt(DATA_PA) >> 12n) << 10n) | NAPOT_64K | PTE_N | PTE_KERNEL);
    expect(inSupervisor(LOAD)).toBe(13n);
    hart.setU64(table.pteAt(VA, 1), ((BigInt(DATA_PA) >> 12n) << 10n) | PTE_N | PTE_KERNEL);
    expect(inSupervisor(LOAD)).toBe(13n);
  });
});

describe("Svpbmt", () => {
  test("memory types 1 and 2 map like 0, 3 is reserved", () => {
    for (const [type, cause] of [
      [0n, undefined],
      [1n, undefined],
      [2n, undefined],
      [3n, 13n],
    ] as const) {
      table.map(VA, TARGET_PA, PTE_KERNEL | (type * PTE_PBMT));
      expect([type, inSupervisor(LOAD)]).toEqual([type, cause]);
    }
  });

  test("without PBMTE the bits are reserved", () => {
    start(ADUE);
    for (const type of [1n, 2n, 3n]) {
      table.map(VA, TARGET_PA, PTE_KERNEL | (type * PTE_PBMT));
      expect([type, inSupervisor(LOAD)]).toEqual([type, 13n]);
    }
  });

  test("a superpage can have a memory type", () => {
    table.map(VA, DATA_PA, PTE_KERNEL | PTE_PBMT, 1);
    expect(inSupervisor(LOAD)).toBeUndefined();
  });
});
