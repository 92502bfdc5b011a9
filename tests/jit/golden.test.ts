/*
 * What is compiled, as text: one file in golden/ for each kind of code, to be read like code when it changes. `npx vitest run tests/jit/golden.test.ts -u` writes them anew.
 *
 * Binaryen, which the compiler of the core brings along, reads the module and so validates it, too.
 */

import binaryen from "binaryen";
import { expect, test } from "vitest";
import { OP_MODULE, PASSAGE_P0, PASSAGE_P1 } from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, a3, CSR, c, fa0, fa1, fa2, type Item, label, ra, t0, t1, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart } from "../support/hart.js";

const GOLDEN: Readonly<Record<string, Item[]>> = {
  "straight-loop": [label("x"), asm.addi(a0, a0, 1), asm.xor(a2, a2, a0), asm.bne(a0, a1, "x"), asm.j("x")],
  "nested-loops": [
    ...[
      label("outer"),
      asm.li(t0, 3),
      label("inner"),
      asm.add(a2, a2, t0),
      asm.addi(t0, t0, -1),
      asm.bnez(t0, "inner"),
    ],
    ...[asm.addi(a0, a0, 1), asm.j("outer")],
  ],
  "two-entries": [
    ...[
      label("x"),
      asm.andi(t1, a0, 1),
      asm.bnez(t1, "second"),
      label("first"),
      asm.addi(a0, a0, 3),
      asm.andi(t1, a0, 2),
    ],
    ...[
      asm.beqz(t1, "x"),
      label("second"),
      asm.addi(a0, a0, 1),
      asm.andi(t1, a0, 8),
      asm.beqz(t1, "first"),
      asm.j("x"),
    ],
  ],
  "memory-group": [
    label("x"),
    asm.ld(t0, 0, a1),
    asm.sd(t0, 8, a1),
    c.lw(a0, 16, a1),
    asm.lbu(a1, 20, a1),
    asm.sb(a0, 0, a2),
    asm.mv(a1, a2),
    asm.j("x"),
  ],
  "call-and-return": [
    label("x"),
    asm.jal(ra, "f"),
    asm.addi(a0, a0, 1),
    asm.j("x"),
    label("f"),
    asm.addi(a2, a2, 2),
    asm.ret(),
  ],
  division: [label("x"), asm.div(a0, a1, a2), asm.remw(a3, a1, a2), asm.addi(a1, a1, -1), asm.j("x")],
  rotation: [
    label("x"),
    asm.slliw(t0, a0, 7),
    asm.srliw(t1, a0, 25),
    asm.or(a0, t0, t1),
    asm.addi(a0, a0, 1),
    asm.j("x"),
  ],
  "floating-point": [
    label("x"),
    asm.fadd_d(fa0, fa0, fa1),
    asm.fmul_d(fa2, fa0, fa1),
    asm.flt_d(a0, fa2, fa1),
    asm.bnez(a0, "x"),
    asm.j("x"),
  ],
  atomic: [
    label("x"),
    asm.amoadd_w(t0, a0, a1),
    asm.lr_d(t0, a1),
    asm.addi(t0, t0, 1),
    asm.sc_d(t1, t0, a1),
    asm.bnez(t1, "x"),
    asm.j("x"),
  ],
  "status-and-scratch": [
    label("x"),
    asm.csrrci(t0, CSR.sstatus, 2),
    asm.csrrw(a0, CSR.sscratch, a0),
    asm.csrrs(zero, CSR.sstatus, t0),
    asm.j("x"),
  ],
  step: [label("x"), asm.addi(a0, a0, 1), asm.sfence_vma(zero, zero), asm.addi(a0, a0, 2), asm.j("x")],
};

/** The module that the core asks the host to instantiate first. */
function compile(items: Item[]): string {
  const hart = new Hart(undefined, 3).start();
  hart.place(CODE_PA, ...items);
  hart.x[a1] = BigInt(DATA_PA);
  hart.x[a2] = BigInt(DATA_PA + 64);
  hart.pc = CODE_PA;
  for (let n = 0; n < 1000; n++) {
    if (hart.core.run(50) !== OP_MODULE) continue;
    const at = hart.passage32(PASSAGE_P0);
    const module = binaryen.readBinary(new Uint8Array(hart.view.buffer, at, hart.passage32(PASSAGE_P1)).slice());
    const text = module.emitText();
    module.dispose();
    return text;
  }
  throw new Error("Nothing was compiled");
}

test.each(Object.keys(GOLDEN))("%s", async (name) => {
  await expect(compile(GOLDEN[name]!)).toMatchFileSnapshot(`golden/${name}.wat`);
});
