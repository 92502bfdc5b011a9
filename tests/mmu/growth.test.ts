/*
 * Data TLBs change their size by use: whatever size one has just taken, a fence and the guard of code reach each of its translations.
 */

import { expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, type Item, ra, s0, t0, t1, t2, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart } from "../support/hart.js";
import { PageTable } from "../support/pages.js";

const hart = new Hart();
let table: PageTable;
/** Two pages that share an entry of every size up to 4096: they lie 16 MiB apart. */
const FIRST_VA = 0xffff_ffd5_0000_0000n;
const SECOND_VA = FIRST_VA + 0x100_0000n;
const OLD_PA = DATA_PA + 0x1000;
const NEW_PA = DATA_PA + 0x2000;

function start(): void {
  hart.start();
  table = new PageTable(hart).mapRam();
  table.map(FIRST_VA, OLD_PA).map(SECOND_VA, OLD_PA);
  hart.setU64(OLD_PA, 1n);
  hart.setU64(NEW_PA, 2n);
  hart.x[a1] = FIRST_VA;
  hart.x[a2] = SECOND_VA;
}

/**
 * Makes `count` accesses, in turn to the first and the second page, each of which displaces the translation of the other; then stands at `after`.
 */
function displace(count: number, access: (base: asm.XReg) => number, after: Item[]): number {
  hart.x[t0] = BigInt(count);
  const p = hart.place(
    CODE_PA,
    ...[asm.label("loop"), access(a1), asm.addi(t0, t0, -1), asm.beqz(t0, "after")],
    ...[access(a2), asm.addi(t0, t0, -1), asm.bnez(t0, "loop")],
    ...[asm.label("after"), ...after],
  );
  table.enter(BigInt(CODE_PA)).run(count * 3);
  expect(hart.pc).toBe(p.at("after"));
  return count % 2 === 1 ? a1 : a2;
}

/** Enough for a TLB of 256 entries to grow twice. */
const COUNTS = Array.from({ length: 800 }, (_, count) => count + 1);

test("a fence shows the new entry after any number of displacements", () => {
  for (const count of COUNTS) {
    start();
    const last = displace(count, (base) => asm.ld(a0, 0, base), [
      asm.sfence_vma(),
      asm.ld(a0, 0, a1),
      asm.ld(t1, 0, a2),
    ]);
    expect(hart.x[a0], `${count} loads`).toBe(1n);
    table.map(last === a1 ? FIRST_VA : SECOND_VA, NEW_PA);
    hart.run(3);
    expect([hart.x[a0], hart.x[t1]], `${count} loads`).toEqual(last === a1 ? [2n, 1n] : [1n, 2n]);
  }
});

test("a store to code is seen after any number of displacements", () => {
  const before = asm.addi(s0, zero, 1);
  for (const count of COUNTS) {
    start();
    hart.place(OLD_PA, before, asm.ret());
    hart.x[t1] = BigInt(before);
    hart.x[t2] = BigInt(OLD_PA);
    const callIt = asm.jalr(ra, 0, t2);
    const storeAgain = asm.sw(t1, 0, count % 2 === 1 ? a1 : a2);
    displace(count, (base) => asm.sw(t1, 0, base), [callIt, storeAgain, asm.fence_i(), callIt]);
    hart.run(3);
    expect(hart.x[s0], `${count} stores`).toBe(1n);
    hart.x[t1] = BigInt(asm.addi(s0, zero, 2));
    hart.run(5);
    expect(hart.x[s0], `${count} stores`).toBe(2n);
  }
});
