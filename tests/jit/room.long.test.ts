/*
 * Where room is scarce: modules of the largest units, more units than there are places, guests that write code for ever.
 */

import { expect, test } from "vitest";
import { PASSAGE_PTR, PASSAGE_UNIT_FLUSHES, PASSAGE_UNITS, RAM_PA, TABLE_UNITS } from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, a3, fa0, fa1, type Item, label, t0, t1, t2, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, type Hart } from "../support/hart.js";
import { MIB, Pair } from "./pair.js";

const FAR_PA = RAM_PA + 8 * MIB;
const count = (hart: Hart, counter: number) => hart.view.getUint32(PASSAGE_PTR + counter, true);

test.each([
  ["high products", [asm.mulh(a2, a0, a1), asm.mulhsu(a3, a0, a2)]],
  ["minima of floating-point numbers", [asm.fmin_s(fa0, fa0, fa1), asm.fmax_s(fa1, fa1, fa0)]],
  [
    "loads and stores by ever new pointers",
    [asm.lw(a2, 0, a1), asm.addi(a1, a1, 4), asm.sd(a0, 8, a1), asm.addi(a1, a1, -4)],
  ],
])("a module holds as many units of %s as are compiled at once", (_, insns) => {
  // So hot that 32 pages of 400 instructions follow each other within the patience of the compiler (jit/compile.ts).
  const pair = new Pair(700);
  const units = 40;
  pair.start((hart) => {
    // A page each: a loop of as many instructions as a unit takes, which goes around three times and on to the next page.
    for (let n = 0; n < units; n++) {
      const body: Item[] = [label("loop")];
      for (let m = 0; m < 396; m += insns.length) body.push(insns);
      hart.place(
        FAR_PA + n * 4096,
        asm.li(t0, 3),
        body,
        asm.addi(t0, t0, -1),
        asm.bnez(t0, "loop"),
        asm.j(4096 - 4 * (396 + 3)),
      );
    }
    hart.place(
      FAR_PA + units * 4096,
      asm.lui(t2, FAR_PA >>> 12),
      asm.slli(t2, t2, 32),
      asm.srli(t2, t2, 32),
      asm.jalr(zero, 0, t2),
    );
    hart.x[a1] = BigInt(DATA_PA);
    hart.x[a0] = 0x1234_5678_9abc_def0n;
    for (const f of [fa0, fa1]) hart.f[f] = 0xffff_ffff_4040_0000n;
    hart.pc = FAR_PA;
  });
  expect(pair.differsAfter(22_000_000, 77_777)).toBeUndefined();
  console.log(
    `room: ${pair.compiled.modules.counts.moduleBytes} bytes in ${pair.compiled.modules.counts.modules} modules`,
  );
  expect(pair.compiled.compiled).toBeGreaterThan(100_000);
});

test("more units than places: all are given up, and what is hot is compiled anew", { timeout: 120_000 }, () => {
  const pair = new Pair(1, 24 * MIB);
  const perPage = 100;
  const pages = Math.ceil((TABLE_UNITS * 1.3) / perPage);
  pair.start((hart) => {
    const body: Item[] = [];
    // Loops of two rounds, each a unit of its own behind a jump through a register.
    for (let n = 0; n < perPage; n++)
      body.push(
        asm.addi(t0, zero, 2),
        asm.addi(a0, a0, n),
        asm.addi(t0, t0, -1),
        asm.bnez(t0, -8),
        asm.auipc(t1, 0),
        asm.jalr(zero, 8, t1),
      );
    for (let n = 0; n < pages; n++) hart.place(FAR_PA + n * 4096, body, asm.j(4096 - perPage * 24));
    hart.place(FAR_PA + pages * 4096, asm.mv(t2, a2), asm.jalr(zero, 0, t2));
    hart.x[a2] = BigInt(FAR_PA);
    hart.pc = FAR_PA;
  });
  expect(pair.differsAfter(4_000_000, 1234)).toBeUndefined();
  console.log(
    `room: ${count(pair.compiled, PASSAGE_UNITS)} units, ${count(pair.compiled, PASSAGE_UNIT_FLUSHES)} flushes`,
  );
  expect(count(pair.compiled, PASSAGE_UNIT_FLUSHES)).toBeGreaterThan(0);
});

test("a guest that writes code for ever: what it wrote last is executed, and the table does not grow", {
  timeout: 120_000,
}, () => {
  const pair = new Pair(1);
  pair.start((hart) => {
    // Writes `addi a0, a0, n; ...; ret` with ever new n into one of 256 pages, calls it a few times, and goes on.
    hart.place(
      CODE_PA,
      ...[
        asm.li(a1, asm.addi(a0, a0, 0)),
        asm.li(a2, asm.jalr(zero, 0, asm.ra)),
        asm.li(asm.s0, FAR_PA),
        asm.li(asm.s1, 255 << 12),
      ],
      ...[label("next"), asm.addi(t0, t0, 1), asm.andi(t1, t0, 1023), asm.slli(t1, t1, 20), asm.add(t1, t1, a1)],
      ...[asm.slli(t2, t0, 12), asm.and(t2, t2, asm.s1), asm.add(t2, t2, asm.s0)],
      ...[asm.sw(t1, 0, t2), asm.sw(a2, 4, t2), asm.fence_i(), asm.addi(asm.s2, zero, 6)],
      ...[
        label("again"),
        asm.jalr(asm.ra, 0, t2),
        asm.addi(asm.s2, asm.s2, -1),
        asm.bnez(asm.s2, "again"),
        asm.j("next"),
      ],
    );
    hart.pc = CODE_PA;
  });
  expect(pair.differsAfter(3_000_000, 999_999, 1_000_003)).toBeUndefined();
  console.log(`room: ${count(pair.compiled, PASSAGE_UNITS)} units of ever new code`);
  expect(count(pair.compiled, PASSAGE_UNITS)).toBeGreaterThan(1000);
});
