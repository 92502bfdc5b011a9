/*
 * sfence.vma, the Svinval instructions, and when translations may be stale: after a fence by address, by address space or for all
 * the new entry is seen [priv 12.2.1; Svinval; Svvptc].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, a3, CSR, s0, s1, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, PRIV_M, PRIV_S } from "../support/hart.js";
import { PageTable, PTE_G, PTE_KERNEL, PTE_N, PTE_R, PTE_V } from "../support/pages.js";

const hart = new Hart();
let table: PageTable;
// In the upper half, apart from the superpages that map RAM: a core may know what sizes a half holds.
const VA = 0xffff_ffd5_0000_0000n;
const OLD_PA = DATA_PA + 0x1000;
const NEW_PA = DATA_PA + 0x2000;
/** Where the page tables can be written by S-mode: RAM is mapped to itself. */
beforeEach(() => {
  hart.start();
  table = new PageTable(hart).mapRam();
  table.map(VA, OLD_PA);
  hart.setU64(OLD_PA, 1n);
  hart.setU64(NEW_PA, 2n);
});

/** In S-mode: load, write the entry anew, fence, load again. Gives both values. */
function remap(fences: number[], flags = PTE_KERNEL, level = 0): [bigint, bigint] {
  const p = hart.place(
    CODE_PA,
    ...[asm.ld(s0, 0, a1), asm.sd(a2, 0, a3), fences, asm.ld(s1, 0, a1), asm.label("done"), asm.j("done")],
  );
  hart.x[a1] = VA;
  hart.x[a2] = ((BigInt(NEW_PA) >> 12n) << 10n) | flags;
  hart.x[a3] = BigInt(table.pteAt(VA, level));
  table.enter(BigInt(CODE_PA)).run(20);
  if (hart.priv === PRIV_S) expect(hart.pc).toBe(p.at("done"));
  return [hart.x[s0]!, hart.x[s1]!];
}

describe("sfence.vma", () => {
  test.each([
    ["for everything", [asm.sfence_vma()]],
    ["by address", [asm.sfence_vma(a1, zero)]],
    ["by address space", [asm.sfence_vma(zero, asm.a5)]],
    ["by address and address space", [asm.sfence_vma(a1, asm.a5)]],
    ["in three parts", [asm.sfence_w_inval(), asm.sinval_vma(a1, zero), asm.sfence_inval_ir()]],
    ["in three parts, for everything", [asm.sfence_w_inval(), asm.sinval_vma(), asm.sfence_inval_ir()]],
  ])("a fence %s shows the new entry", (_, fences) => {
    hart.x[asm.a5] = 0n;
    expect(remap(fences)).toEqual([1n, 2n]);
  });

  test("an address inside the page fences the page", () => {
    hart.x[asm.a4] = VA + 0x7f8n;
    expect(remap([asm.sfence_vma(asm.a4, zero)])).toEqual([1n, 2n]);
  });

  test("a removed entry faults after the fence", () => {
    remap([asm.sfence_vma(a1, zero)], 0n);
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 13n, tval: VA });
  });

  test("a page that became read-only refuses stores after the fence", () => {
    const p = hart.place(
      CODE_PA,
      ...[asm.sd(zero, 8, a1), asm.sd(a2, 0, a3), asm.sfence_vma(a1, zero), asm.label("store"), asm.sd(zero, 16, a1)],
    );
    hart.x[a1] = VA;
    hart.x[a2] = ((BigInt(OLD_PA) >> 12n) << 10n) | (PTE_KERNEL & ~4n);
    hart.x[a3] = BigInt(table.pteAt(VA));
    table.enter(BigInt(CODE_PA)).run(4);
    expect(hart.trap()).toMatchObject({ cause: 15n, epc: p.at("store"), tval: VA + 16n });
  });

  test("an entry that becomes valid is seen without a fence, after the fault [Svvptc]", () => {
    hart.setU64(table.pteAt(VA), 0n);
    hart.place(CODE_PA, asm.ld(a0, 0, a1));
    hart.x[a1] = VA;
    table.enter(BigInt(CODE_PA)).run(1);
    expect(hart.trap().cause).toBe(13n);
    table.map(VA, NEW_PA);
    hart.enter(PRIV_S, CODE_PA).run(1);
    expect(hart.x[a0]).toBe(2n);
  });

  test("a superpage is fenced by any of its addresses", () => {
    const base = 0xffff_ffd6_0000_0000n;
    table.map(base, DATA_PA, PTE_KERNEL, 1);
    const p = hart.place(
      CODE_PA,
      ...[
        asm.ld(s0, 0, a1),
        asm.sd(a2, 0, a3),
        asm.sfence_vma(asm.a4, zero),
        asm.ld(s1, 0, a1),
        asm.label("done"),
        asm.j("done"),
      ],
    );
    hart.setU64(DATA_PA + 0x5_0000, 3n);
    hart.setU64(DATA_PA + 0x20_0000 + 0x5_0000, 4n);
    hart.x[a1] = base + 0x5_0000n;
    hart.x[asm.a4] = base + 0x1_0000n;
    hart.x[a2] = ((BigInt(DATA_PA + 0x20_0000) >> 12n) << 10n) | PTE_KERNEL;
    hart.x[a3] = BigInt(table.pteAt(base, 1));
    table.enter(BigInt(CODE_PA)).runTo(p);
    expect([hart.x[s0], hart.x[s1]]).toEqual([3n, 4n]);
  });

  test("a 64 KiB page is fenced by any of its addresses [Svnapot]", () => {
    const base = 0xffff_ffd6_0000_0000n;
    const napot = (pa: number) => ((BigInt(pa) >> 16n) << 14n) | (8n << 10n) | PTE_N | PTE_KERNEL;
    for (let page = 0n; page < 16n; page++) hart.setU64(table.pteAt(base + page * 4096n), napot(DATA_PA));
    hart.setU64(DATA_PA + 0x9000, 3n);
    hart.setU64(DATA_PA + 0x1_9000, 4n);
    const store = asm.sd(a2, 0, a3);
    const rewrite = Array.from({ length: 16 }, () => [store, asm.addi(a3, a3, 8)]);
    const p = hart.place(
      CODE_PA,
      ...[
        asm.ld(s0, 0, a1),
        rewrite,
        asm.sfence_vma(asm.a4, zero),
        asm.ld(s1, 0, a1),
        asm.label("done"),
        asm.j("done"),
      ],
    );
    hart.x[a1] = base + 0x9000n;
    hart.x[asm.a4] = base;
    hart.x[a2] = napot(DATA_PA + 0x1_0000);
    hart.x[a3] = BigInt(table.pteAt(base));
    table.enter(BigInt(CODE_PA)).runTo(p);
    expect([hart.x[s0], hart.x[s1]]).toEqual([3n, 4n]);
  });

  test("code is fetched from the new page after the fence", () => {
    const place = (pa: number, n: number) => hart.place(pa, asm.li(a0, n), asm.ret());
    place(OLD_PA, 11);
    place(NEW_PA, 22);
    const p = hart.place(
      CODE_PA,
      ...[asm.jalr(asm.ra, 0, a1), asm.mv(s0, a0), asm.sd(a2, 0, a3), asm.sfence_vma(a1, zero)],
      ...[asm.jalr(asm.ra, 0, a1), asm.mv(s1, a0), asm.label("done"), asm.j("done")],
    );
    hart.x[a1] = VA;
    hart.x[a2] = ((BigInt(NEW_PA) >> 12n) << 10n) | PTE_KERNEL;
    hart.x[a3] = BigInt(table.pteAt(VA));
    table.enter(BigInt(CODE_PA)).runTo(p);
    expect([hart.x[s0], hart.x[s1]]).toEqual([11n, 22n]);
  });
});

describe("address spaces", () => {
  test("translations of one are not used in another", () => {
    const other = new PageTable(hart, 3, table.root + 0x10_0000).mapRam();
    other.map(VA, NEW_PA);
    const p = hart.place(
      CODE_PA,
      ...[asm.ld(s0, 0, a1), asm.csrw(CSR.satp, a2), asm.ld(s1, 0, a1), asm.label("done"), asm.j("done")],
    );
    hart.setCsr(CSR.satp, 0xffffn << 44n);
    hart.x[a1] = VA;
    hart.x[a2] = other.satp(2);
    hart.x[a3] = table.satp(1);
    hart.setCsr(CSR.satp, table.satp(1));
    const asids = (hart.csr(CSR.satp) >> 44n) & 0xffffn;
    hart.enter(PRIV_S, CODE_PA).run(10);
    // Without ASIDs a write of satp alone promises nothing.
    if (asids !== 0n) expect([hart.x[s0], hart.x[s1], hart.pc]).toEqual([1n, 2n, p.at("done")]);
  });

  test("a global page survives a fence by address space, or is walked again to the same", () => {
    table.map(VA, OLD_PA, PTE_KERNEL | PTE_G);
    const p = hart.place(
      CODE_PA,
      asm.ld(s0, 0, a1),
      asm.sfence_vma(zero, asm.a5),
      asm.ld(s1, 0, a1),
      asm.label("done"),
      asm.j("done"),
    );
    hart.x[a1] = VA;
    hart.x[asm.a5] = 3n;
    table.enter(BigInt(CODE_PA)).runTo(p);
    expect([hart.x[s0], hart.x[s1]]).toEqual([1n, 1n]);
  });
});

describe("mstatus and translations that are cached", () => {
  const SUM = 1n << 18n;
  const MXR = 1n << 19n;

  test("SUM works from the next instruction on", () => {
    table.map(VA, OLD_PA, PTE_KERNEL | 0x10n);
    const p = hart.place(
      CODE_PA,
      ...[
        asm.li(a2, SUM),
        asm.csrs(CSR.sstatus, a2),
        asm.ld(s0, 0, a1),
        asm.csrc(CSR.sstatus, a2),
        asm.label("load"),
        asm.ld(s1, 0, a1),
      ],
    );
    hart.x[a1] = VA;
    table.enter(BigInt(CODE_PA)).run(20);
    expect(hart.trap()).toMatchObject({ cause: 13n, epc: p.at("load"), tval: VA });
    expect(hart.x[s0]).toBe(1n);
  });

  test("MXR works from the next instruction on", () => {
    table.map(VA, OLD_PA, PTE_V | 8n | 0xc0n);
    const p = hart.place(
      CODE_PA,
      ...[
        asm.li(a2, MXR),
        asm.csrs(CSR.sstatus, a2),
        asm.ld(s0, 0, a1),
        asm.csrc(CSR.sstatus, a2),
        asm.label("load"),
        asm.ld(s1, 0, a1),
      ],
    );
    hart.x[a1] = VA;
    table.enter(BigInt(CODE_PA)).run(20);
    expect(hart.trap()).toMatchObject({ cause: 13n, epc: p.at("load"), tval: VA });
    expect(hart.x[s0]).toBe(1n);
  });

  test("what S-mode had cached does not help U-mode", () => {
    const user = 0x7_0000_0000n;
    table.map(user, CODE_PA + 0x1000, PTE_KERNEL | 0x10n);
    hart.place(CODE_PA + 0x1000, asm.ld(s1, 0, a1));
    hart.place(CODE_PA, asm.ld(s0, 0, a1), asm.csrw(CSR.sepc, a2), asm.sret());
    hart.x[a1] = VA;
    hart.x[a2] = user;
    hart.setCsr(CSR.mstatus, hart.csr(CSR.mstatus) & ~0x100n);
    table.enter(BigInt(CODE_PA)).run(4);
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 13n, epc: user, tval: VA });
    expect(hart.x[s0]).toBe(1n);
  });
});

describe("MPRV", () => {
  const MPRV = 1n << 17n;
  const MPP = 3n << 11n;
  /** In M-mode with MPRV and MPP = `mode`: one instruction. */
  function under(mode: bigint, insn: number, extra = 0n): boolean {
    hart.setCsr(CSR.satp, table.satp());
    hart.setCsr(CSR.mstatus, (hart.csr(CSR.mstatus) & ~(MPP | (3n << 18n))) | MPRV | (mode << 11n) | extra);
    hart.x[a1] = VA;
    return hart.step(insn);
  }

  test("loads and stores in M-mode translate as MPP's mode, fetches do not", () => {
    hart.setU64(OLD_PA, 9n);
    expect(under(1n, asm.ld(a0, 0, a1))).toBe(true);
    expect(hart.x[a0]).toBe(9n);
    hart.x[a0] = 10n;
    expect(under(1n, asm.sd(a0, 0, a1))).toBe(true);
    expect(hart.u64(OLD_PA)).toBe(10n);
  });

  test("U, SUM and MXR count as in MPP's mode", () => {
    table.map(VA, OLD_PA, PTE_KERNEL | 0x10n);
    expect(under(0n, asm.ld(a0, 0, a1))).toBe(true);
    expect(under(1n, asm.ld(a0, 0, a1))).toBe(false);
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 13n, tval: VA });
    expect(under(1n, asm.ld(a0, 0, a1), 1n << 18n)).toBe(true);
    table.map(VA, OLD_PA, PTE_V | 8n | 0xc0n);
    hart.step(asm.sfence_vma());
    expect(under(1n, asm.ld(a0, 0, a1))).toBe(false);
    expect(under(1n, asm.ld(a0, 0, a1), 1n << 19n)).toBe(true);
  });

  test("with MPP = M nothing is translated", () => {
    hart.x[a1] = BigInt(OLD_PA);
    expect(under(3n, asm.nop())).toBe(true);
    hart.x[a1] = BigInt(OLD_PA);
    expect(hart.step(asm.ld(a0, 0, a1))).toBe(true);
    expect(hart.x[a0]).toBe(1n);
  });

  test("a trap sets MPP, so that a handler with MPRV looks into its caller's memory", () => {
    hart.setCsr(CSR.satp, table.satp());
    table.map(VA, OLD_PA, PTE_V | PTE_R | 0xc0n);
    const vector = Number(hart.csr(CSR.mtvec));
    hart.place(
      vector,
      asm.li(a2, MPRV),
      asm.csrs(CSR.mstatus, a2),
      asm.ld(a0, 0, a1),
      asm.csrc(CSR.mstatus, a2),
      asm.label("done"),
      asm.j("done"),
    );
    hart.place(CODE_PA, asm.ecall());
    hart.x[a1] = VA;
    hart.enter(PRIV_S, CODE_PA).run(10);
    expect([hart.x[a0], hart.priv]).toEqual([1n, PRIV_M]);
  });
});
