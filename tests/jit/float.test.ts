/*
 * Floating point in compiled code: with inexact raised before, when results are computed natively, every pair of edges gives the bits and the flags that the interpreter gives.
 */

import { expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, CSR, fa0, fa1, fa2, type Item, label, s0, s1, t0, t1, t2, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA } from "../support/hart.js";
import * as ieee from "../support/ieee.js";
import { Pair } from "./pair.js";

const INEXACT = 1;
const pair = new Pair(2);

/** Hashes result and flags of `operation` on fa0 and fa1, for every two edges of the format, again and again; what `differsAfter` says. */
function everyPair(format: ieee.Format, operation: Item): number | undefined {
  const isDouble = format === ieee.DOUBLE;
  const load = isDouble ? asm.fld : asm.flw;
  const bits = isDouble ? asm.fmv_x_d : asm.fmv_x_w;
  const edges = ieee.edges(format);
  const values = isDouble ? BigUint64Array.from(edges) : Uint32Array.from(edges, Number);
  const bytes = values.BYTES_PER_ELEMENT;
  const code: Item[] = [
    ...[label("again"), asm.addi(t0, s0, 0)],
    ...[label("first"), asm.addi(t1, s0, 0)],
    ...[label("second"), load(fa0, 0, t0), load(fa1, 0, t1), asm.csrrwi(zero, CSR.fflags, INEXACT), operation],
    ...[asm.csrrs(t2, CSR.fflags, zero), asm.add(a0, a0, t2), bits(t2, fa2), asm.xor(a0, a0, t2)],
    ...[asm.slli(t2, a0, 5), asm.sub(a0, t2, a0), asm.addi(t1, t1, bytes), asm.bne(t1, s1, "second")],
    ...[asm.addi(t0, t0, bytes), asm.bne(t0, s1, "first"), asm.j("again")],
  ];
  pair.start((hart) => {
    hart.place(CODE_PA, ...code);
    hart.write(DATA_PA, new Uint8Array(values.buffer));
    hart.x[s0] = BigInt(DATA_PA);
    hart.x[s1] = BigInt(DATA_PA + values.byteLength);
    hart.pc = CODE_PA;
  });
  return pair.differsAfter(...Array.from({ length: 20 }, () => 3001));
}

test.each([
  ["fadd.d", ieee.DOUBLE, asm.fadd_d(fa2, fa0, fa1)],
  ["fsub.d", ieee.DOUBLE, asm.fsub_d(fa2, fa0, fa1)],
  ["fmul.d", ieee.DOUBLE, asm.fmul_d(fa2, fa0, fa1)],
  ["fdiv.d", ieee.DOUBLE, asm.fdiv_d(fa2, fa0, fa1)],
  ["fsqrt.d", ieee.DOUBLE, asm.fsqrt_d(fa2, fa1)],
  ["fmadd.d", ieee.DOUBLE, asm.fmadd_d(fa2, fa0, fa1, fa1)],
  ["fnmsub.d", ieee.DOUBLE, asm.fnmsub_d(fa2, fa0, fa1, fa0)],
  ["fmin.d", ieee.DOUBLE, asm.fmin_d(fa2, fa0, fa1)],
  ["fadd.s", ieee.SINGLE, asm.fadd_s(fa2, fa0, fa1)],
  ["fsub.s", ieee.SINGLE, asm.fsub_s(fa2, fa0, fa1)],
  ["fmul.s", ieee.SINGLE, asm.fmul_s(fa2, fa0, fa1)],
  ["fdiv.s", ieee.SINGLE, asm.fdiv_s(fa2, fa0, fa1)],
  ["fsqrt.s", ieee.SINGLE, asm.fsqrt_s(fa2, fa1)],
  ["fmax.s", ieee.SINGLE, asm.fmax_s(fa2, fa0, fa1)],
])("%s", (_, format, operation) => {
  expect(everyPair(format, operation)).toBeUndefined();
  expect(pair.compiled.compiled).toBeGreaterThan(30_000);
});
