/*
 * One frame under several addresses and in several modes: a store by any of them is seen by code that runs under another [unpriv 6].
 *
 * Write translations are cached per mode. Code that is run must be guarded in all of them, and each of these tests stores first, so
 * that the translation is there, before the code is run and changed.
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR, s0, t0, t1, t2 } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, M_TRAP_PA, PRIV_S, PRIV_U, S_TRAP_PA } from "../support/hart.js";
import { PageTable, PTE_KERNEL, PTE_USER } from "../support/pages.js";

const hart = new Hart();
let table: PageTable;
const RUN_VA = 0x5_0000_0000n;
const ALIAS_VA = 0x6_0000_0000n;
const FRAME_PA = DATA_PA + 0x1000;

/** What is run: adds a number to a0, then gives control to the handler, which makes the number one larger. */
const BODY = asm.addi(a0, a0, 1);
const ROUNDS = 6;
/** 1 + 2 + ... */
const SUM_OF_ROUNDS = BigInt((ROUNDS * (ROUNDS + 1)) / 2);

/** A handler that stores the next instruction through t0 and returns to s0; after the last round it loops at `done`. */
const handler = (epc: number, back: number) => [
  ...[
    asm.addi(t2, t2, -1),
    asm.beqz(t2, "done"),
    asm.li(a1, 1 << 20),
    asm.addw(t1, t1, a1),
    asm.sw(t1, 0, t0),
    asm.fence_i(),
  ],
  ...[asm.csrw(epc, s0), back, asm.label("done"), asm.j("done")],
];

beforeEach(() => {
  hart.start();
  table = new PageTable(hart).mapRam();
  hart.place(FRAME_PA, BODY, asm.ecall());
  hart.x[t1] = BigInt(BODY);
  hart.x[t2] = BigInt(ROUNDS);
  hart.x[s0] = RUN_VA;
});

describe("code under several addresses", () => {
  test.each([
    ["S", PRIV_S, PTE_KERNEL],
    ["U", PRIV_U, PTE_USER],
  ])("M-mode's stores are seen by code that runs in %s-mode", (_, priv, flags) => {
    table.map(RUN_VA, FRAME_PA, flags);
    const p = hart.place(M_TRAP_PA, handler(CSR.mepc, asm.mret()));
    hart.x[t0] = BigInt(FRAME_PA);
    hart.step(asm.sw(t1, 0, t0));
    table.enter(RUN_VA, priv).runTo(p);
    expect(hart.x[a0]).toBe(SUM_OF_ROUNDS);
  });

  test("S-mode's stores under SUM are seen by code that runs in U-mode at the same address", () => {
    table.map(RUN_VA, FRAME_PA, PTE_USER);
    const p = hart.place(S_TRAP_PA, handler(CSR.sepc, asm.sret()));
    hart.setCsr(CSR.medeleg, 1n << 8n);
    hart.setCsr(CSR.mstatus, (hart.csr(CSR.mstatus) & ~0x100n) | (1n << 18n));
    hart.x[t0] = RUN_VA;
    hart.place(CODE_PA, asm.sw(t1, 0, t0), asm.csrw(CSR.sepc, s0), asm.sret());
    table.enter(BigInt(CODE_PA)).runTo(p);
    expect(hart.x[a0]).toBe(SUM_OF_ROUNDS);
  });

  test("stores through another address of the frame are seen", () => {
    table.map(RUN_VA, FRAME_PA, PTE_USER).map(ALIAS_VA, FRAME_PA, PTE_KERNEL);
    const p = hart.place(S_TRAP_PA, handler(CSR.sepc, asm.sret()));
    hart.setCsr(CSR.medeleg, 1n << 8n);
    hart.setCsr(CSR.mstatus, hart.csr(CSR.mstatus) & ~0x100n);
    hart.x[t0] = ALIAS_VA;
    hart.place(CODE_PA, asm.sw(t1, 0, t0), asm.csrw(CSR.sepc, s0), asm.sret());
    table.enter(BigInt(CODE_PA)).runTo(p);
    expect(hart.x[a0]).toBe(SUM_OF_ROUNDS);
  });

  test("stores through a superpage are seen by code in a small page", () => {
    table.map(RUN_VA, FRAME_PA, PTE_USER).map(ALIAS_VA, DATA_PA, PTE_KERNEL, 1);
    const p = hart.place(S_TRAP_PA, handler(CSR.sepc, asm.sret()));
    hart.setCsr(CSR.medeleg, 1n << 8n);
    hart.setCsr(CSR.mstatus, hart.csr(CSR.mstatus) & ~0x100n);
    hart.x[t0] = ALIAS_VA + 0x1000n;
    hart.place(CODE_PA, asm.sw(t1, 0, t0), asm.csrw(CSR.sepc, s0), asm.sret());
    table.enter(BigInt(CODE_PA)).runTo(p);
    expect(hart.x[a0]).toBe(SUM_OF_ROUNDS);
  });

  test("two addresses of one frame run the same code", () => {
    table.map(RUN_VA, FRAME_PA, PTE_USER).map(ALIAS_VA, FRAME_PA, PTE_USER);
    table.enter(RUN_VA, PRIV_U).run(2);
    table.enter(ALIAS_VA, PRIV_U).run(2);
    expect(hart.x[a0]).toBe(2n);
    expect(hart.trap()).toMatchObject({ cause: 8n, epc: ALIAS_VA + 4n });
  });

  test("the page tables themselves can be changed through a page that was run", () => {
    // A frame of code becomes a page table: its entries are seen by walks.
    table.map(RUN_VA, FRAME_PA, PTE_USER);
    table.enter(RUN_VA, PRIV_U).run(2);
    const leaf = Math.floor(table.pteAt(ALIAS_VA) / 4096) * 4096;
    hart.x[t0] = BigInt(leaf);
    hart.place(leaf, BODY);
    hart.pc = leaf;
    hart.run(1);
    hart.x[t1] = (BigInt(FRAME_PA) >> 2n) | PTE_USER;
    hart.step(asm.sd(t1, 0, t0));
    expect(Number(BigInt.asUintN(12, BigInt(table.pteAt(ALIAS_VA))))).toBe(0);
    table.enter(ALIAS_VA, PRIV_U).run(2);
    expect(hart.trap()).toMatchObject({ cause: 8n, epc: ALIAS_VA + 4n });
  });
});
