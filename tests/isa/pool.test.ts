/*
 * More code than the core keeps decoded: pages that were given up are fetched anew, and changes in them are seen.
 */

import { expect, test } from "vitest";
import { RAM_PA } from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a1, a2 } from "../support/assembler.js";
import { CODE_PA, Hart } from "../support/hart.js";

const MIB = 0x10_0000;
const hart = new Hart(32 * MIB);
/** More pages than the decode pool has (abi.ts: DECODE_PTR up to EMIT_PTR). */
const PAGES = 6000;
const FIRST_PA = RAM_PA + 8 * MIB;

test("code in 6000 pages runs right, twice, and again after each page was changed", () => {
  hart.start();
  const page = (i: number) => FIRST_PA + i * 4096;
  for (let i = 0; i < PAGES; i++) {
    hart.place(page(i), asm.addi(a0, a0, 1), i + 1 < PAGES ? asm.j(4092) : asm.ret());
  }
  const once = () => {
    const p = hart.place(CODE_PA, asm.jalr(asm.ra, 0, a1), asm.label("done"), asm.j("done"));
    hart.x[a0] = 0n;
    hart.x[a1] = BigInt(FIRST_PA);
    hart.pc = CODE_PA;
    hart.runTo(p);
    return hart.x[a0];
  };
  expect([once(), once()]).toEqual([BigInt(PAGES), BigInt(PAGES)]);
  // The guest itself changes every page: addi a0, a0, 3.
  const p = hart.place(
    CODE_PA,
    ...[
      asm.li(a2, asm.addi(a0, a0, 3)),
      asm.li(asm.t0, PAGES),
      asm.li(asm.t1, 4096),
      asm.label("loop"),
      asm.sw(a2, 0, a1),
    ],
    ...[
      asm.add(a1, a1, asm.t1),
      asm.addi(asm.t0, asm.t0, -1),
      asm.bnez(asm.t0, "loop"),
      asm.fence_i(),
      asm.label("done"),
      asm.j("done"),
    ],
  );
  hart.x[a1] = BigInt(FIRST_PA);
  hart.pc = CODE_PA;
  hart.runTo(p);
  expect(once()).toBe(BigInt(PAGES) * 3n);
});
