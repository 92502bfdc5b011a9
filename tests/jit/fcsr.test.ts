/*
 * Accesses to fflags, frm and fcsr beside arithmetic in compiled code: values, flags and exceptions are the interpreter's, whatever rounding mode was chosen meanwhile, reserved ones too.
 */

import { describe, expect, test } from "vitest";
import { Random } from "../differential/random.js";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, CSR, fa0, fa1, fa2, fa3, fa4, type Item, t0, t1, zero } from "../support/assembler.js";
import { CODE_PA, type Hart, M_TRAP_PA } from "../support/hart.js";
import { Pair } from "./pair.js";

const SEEDS = 100;
const pair = new Pair();
const FS_INITIAL = 1n << 13n;
/** Values whose sums and products are exact, inexact, huge, tiny, and none. */
const VALUES = [1, 3, 1 / 3, 1e308, 5e-324, 2.3e-308, -0, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 60];

/** Counts an illegal instruction in a2, makes the rounding mode a good one and goes on behind it. */
const handler: Item[] = [
  ...[asm.addi(a2, a2, 1), asm.csrwi(CSR.frm, 0), asm.csrr(t1, CSR.mepc), asm.addi(t1, t1, 4)],
  ...[asm.csrw(CSR.mepc, t1), asm.mret()],
];

/** One access to the CSRs; a1 holds anything. */
function control(random: Random): number {
  const csr = random.of([CSR.fflags, CSR.frm, CSR.fcsr]);
  const rd = random.of([zero, t0]);
  const immediate = random.below(32);
  return random.of([
    asm.csrrw(rd, csr, a1),
    asm.csrrs(rd, csr, random.of([zero, a1])),
    asm.csrrc(rd, csr, random.of([zero, a1])),
    asm.csrrwi(rd, csr, immediate),
    asm.csrrsi(rd, csr, random.once(3) ? 0 : immediate),
    asm.csrrci(rd, csr, random.once(3) ? 0 : immediate),
    asm.csrrwi(zero, CSR.frm, 0),
    asm.csrrwi(zero, CSR.fflags, 1),
  ]);
}

function arithmetic(random: Random): number {
  const f = () => random.of([fa0, fa1, fa2, fa3, fa4]);
  return random.of([
    asm.fadd_d(fa4, f(), f()),
    asm.fsub_d(fa4, f(), f()),
    asm.fmul_d(fa4, f(), f()),
    asm.fdiv_d(fa4, f(), f()),
    asm.fmadd_d(fa4, f(), f(), f()),
    asm.fcvt_s_w(fa4, a0),
    asm.fcvt_d_w(fa4, a0, asm.DYN),
    asm.fcvt_w_d(t0, f(), 1),
    asm.flt_d(t0, f(), f()),
  ]);
}

function load(hart: Hart, random: Random, loop: Item[]): void {
  hart.setCsr(CSR.mstatus, FS_INITIAL);
  hart.place(M_TRAP_PA, handler);
  hart.place(CODE_PA, asm.label("loop"), ...loop, asm.addi(a0, a0, 1), asm.slli(a1, a0, 1), asm.j("loop"));
  const bits = new BigUint64Array(new Float64Array(5).map(() => random.of(VALUES)).buffer);
  bits.forEach((value, i) => {
    hart.f[fa0 + i] = value;
  });
  hart.pc = CODE_PA;
}

describe("fflags, frm and fcsr in compiled code", () => {
  test("leave values, flags and exceptions as the interpreter has them", () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const draw = new Random(seed);
      const loop = Array.from({ length: draw.within(4, 20) }, () => (draw.once(3) ? control(draw) : arithmetic(draw)));
      pair.start((hart) => load(hart, new Random(seed), loop));
      expect(pair.differsAfter(200, 37, 37, 1500), `seed ${seed}`).toBeUndefined();
    }
  });

  test("are part of the unit around them", () => {
    const quiet = [asm.csrr(t0, CSR.fflags), asm.flt_d(t1, fa0, fa1), asm.csrw(CSR.fflags, t0)];
    pair.start((hart) => load(hart, new Random(0), quiet));
    expect(pair.differsAfter(6000)).toBeUndefined();
    expect(pair.compiled.compiled).toBeGreaterThan(5000);
  });
});
