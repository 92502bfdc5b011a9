/*
 * Accesses across two pages: each half by its own translation, precise faults, nothing half done [priv 3.1.16, 12.3].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, c } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, PRIV_M } from "../support/hart.js";
import { PageTable, PTE_A, PTE_D, PTE_KERNEL, PTE_R, PTE_V, PTE_X } from "../support/pages.js";

const hart = new Hart();
let table: PageTable;
const VA = 0x5_0000_0000n;
const NEXT = VA + 0x1000n;
/** Neighbours in virtual memory that are none in physical memory, and the other way round. */
const FIRST_PA = DATA_PA + 0x5000;
const SECOND_PA = DATA_PA + 0x2000;
const READ_ONLY = PTE_V | PTE_R | PTE_A | PTE_D;

beforeEach(() => {
  hart.start();
  table = new PageTable(hart).mapRam();
  table.map(VA, FIRST_PA).map(NEXT, SECOND_PA);
});

describe("loads and stores across pages", () => {
  const WIDTHS: [string, number, number, number][] = [
    ["sh and lhu", 2, asm.sh(a0, 0, a1), asm.lhu(a0, 0, a1)],
    ["sw and lwu", 4, asm.sw(a0, 0, a1), asm.lwu(a0, 0, a1)],
    ["sd and ld", 8, asm.sd(a0, 0, a1), asm.ld(a0, 0, a1)],
  ];
  const VALUE = 0x8877_6655_4433_2211n;

  test.each(WIDTHS)("%s take each byte from its own page", (_, bytes, store, load) => {
    for (let below = 1; below < bytes; below++) {
      hart.start();
      table = new PageTable(hart).mapRam().map(VA, FIRST_PA).map(NEXT, SECOND_PA);
      hart.x[a0] = VALUE;
      hart.x[a1] = NEXT - BigInt(below);
      const p = hart.place(CODE_PA, store, asm.li(a0, 0), load, asm.label("done"), asm.j("done"));
      table.enter(BigInt(CODE_PA)).runTo(p);
      expect(hart.x[a0]).toBe(BigInt.asUintN(8 * bytes, VALUE));
      const all = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88].slice(0, bytes);
      expect([...hart.bytes(FIRST_PA + 0x1000 - below, below)]).toEqual(all.slice(0, below));
      expect([...hart.bytes(SECOND_PA, bytes - below)]).toEqual(all.slice(below));
    }
  });

  test("a load whose second page is missing faults at the second page", () => {
    table.map(NEXT, SECOND_PA, 0n);
    hart.x[a0] = 5n;
    hart.x[a1] = NEXT - 3n;
    hart.place(CODE_PA, asm.ld(a0, 0, a1));
    table.enter(BigInt(CODE_PA)).run(1);
    expect(hart.trap()).toEqual({ priv: PRIV_M, cause: 13n, epc: BigInt(CODE_PA), tval: NEXT });
    expect(hart.x[a0]).toBe(5n);
  });

  test("a load whose first page is missing faults at its own address", () => {
    table.map(VA, FIRST_PA, 0n);
    hart.x[a1] = NEXT - 3n;
    hart.place(CODE_PA, asm.ld(a0, 0, a1));
    table.enter(BigInt(CODE_PA)).run(1);
    expect(hart.trap()).toMatchObject({ cause: 13n, tval: NEXT - 3n });
  });

  test.each([
    ["missing", 0n],
    ["read-only", READ_ONLY],
  ])("a store whose second page is %s faults there and leaves the first page as it was", (_, flags) => {
    table.map(NEXT, SECOND_PA, flags);
    hart.x[a0] = VALUE;
    hart.x[a1] = NEXT - 4n;
    hart.place(CODE_PA, asm.sd(a0, 0, a1));
    table.enter(BigInt(CODE_PA)).run(1);
    expect(hart.trap()).toEqual({ priv: PRIV_M, cause: 15n, epc: BigInt(CODE_PA), tval: NEXT });
    expect(hart.u64(FIRST_PA + 0xff8)).toBe(0n);
  });

  test("an access that ends in a device or nowhere faults at the second page and changes nothing", () => {
    for (const pa of [0x1000_0000n, 0x4000_0000n]) {
      for (const [insn, cause] of [
        [asm.sd(a0, 0, a1), 7n],
        [asm.ld(a0, 0, a1), 5n],
      ] as const) {
        hart.start();
        table = new PageTable(hart).mapRam().map(VA, FIRST_PA).map(NEXT, pa);
        hart.x[a0] = VALUE;
        hart.x[a1] = NEXT - 4n;
        hart.place(CODE_PA, insn);
        table.enter(BigInt(CODE_PA)).run(1);
        expect(hart.trap()).toEqual({ priv: PRIV_M, cause, epc: BigInt(CODE_PA), tval: NEXT });
        expect([hart.x[a0], hart.u64(FIRST_PA + 0xff8)]).toEqual([VALUE, 0n]);
      }
    }
  });

  test("a store sets D in both pages", () => {
    for (const va of [VA, NEXT]) table.map(va, va === VA ? FIRST_PA : SECOND_PA, PTE_KERNEL & ~(PTE_A | PTE_D));
    hart.x[a1] = NEXT - 1n;
    hart.place(CODE_PA, asm.sh(a0, 0, a1));
    table.enter(BigInt(CODE_PA)).run(1);
    for (const va of [VA, NEXT]) expect(table.pte(va) & (PTE_A | PTE_D)).toBe(PTE_A | PTE_D);
  });
});

describe("instructions across pages", () => {
  const start = NEXT - 2n;
  const INSN = asm.addi(a0, a0, 7);
  /** Half of the instruction at the end of one page, half at the start of the other. */
  beforeEach(() => {
    hart.write(FIRST_PA + 0xffe, Uint8Array.of(INSN & 0xff, (INSN >> 8) & 0xff));
    hart.write(SECOND_PA, Uint8Array.of((INSN >> 16) & 0xff, INSN >>> 24));
    hart.place(SECOND_PA + 2, asm.ecall());
    hart.x[a0] = 1n;
  });

  test("each half is fetched from its own page", () => {
    table.enter(start).run(2);
    expect(hart.trap()).toMatchObject({ cause: 9n, epc: NEXT + 2n });
    expect(hart.x[a0]).toBe(8n);
  });

  test("a missing second page raises cause 12 with mepc at the instruction and mtval at the second half", () => {
    table.map(NEXT, SECOND_PA, 0n);
    table.enter(start).run(1);
    expect(hart.trap()).toEqual({ priv: PRIV_M, cause: 12n, epc: start, tval: NEXT });
    expect(hart.x[a0]).toBe(1n);
  });

  test("a second page without X raises cause 12 at the second half", () => {
    table.map(NEXT, SECOND_PA, READ_ONLY);
    table.enter(start).run(1);
    expect(hart.trap()).toMatchObject({ cause: 12n, epc: start, tval: NEXT });
  });

  test("a second page outside of RAM raises cause 1 at the second half", () => {
    table.map(NEXT, 0x4000_0000n, PTE_V | PTE_R | PTE_X | PTE_A);
    table.enter(start).run(1);
    expect(hart.trap()).toMatchObject({ cause: 1n, epc: start, tval: NEXT });
  });

  test("a missing first page raises cause 12 at the instruction", () => {
    table.map(VA, FIRST_PA, 0n);
    table.enter(start).run(1);
    expect(hart.trap()).toMatchObject({ cause: 12n, epc: start, tval: start });
  });

  test("a two-byte instruction at the end of a page needs no second page", () => {
    table.map(NEXT, SECOND_PA, 0n);
    hart.place(FIRST_PA + 0xffe, c.addi(a0, 7));
    table.enter(start).run(2);
    expect(hart.x[a0]).toBe(8n);
    expect(hart.trap()).toMatchObject({ cause: 12n, epc: NEXT, tval: NEXT });
  });

  test("the same halves mapped elsewhere after sfence.vma are another instruction", () => {
    const other = DATA_PA + 0x7000;
    const insn = asm.addi(a0, a0, 100);
    hart.write(other, Uint8Array.of((insn >> 16) & 0xff, insn >>> 24));
    hart.place(other + 2, asm.ecall());
    table.enter(start).run(2);
    expect(hart.x[a0]).toBe(8n);
    table.map(NEXT, other);
    hart.step(asm.sfence_vma());
    table.enter(start).run(2);
    expect(hart.x[a0]).toBe(108n);
  });
});
