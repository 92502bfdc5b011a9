/*
 * Floating point in compiled code: with inexact raised before, when results are computed natively, every pair of edges gives the bits and the flags that the interpreter gives.
 */

import { describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, CSR, fa0, fa1, fa2, type Item, label, s0, s1, t0, t1, t2, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA } from "../support/hart.js";
import * as ieee from "../support/ieee.js";
import { Pair } from "./pair.js";

const INEXACT = 1;
const pair = new Pair(2);

/** Hashes result and flags of `operation` on fa0 and fa1, for every two of the values at s0 up to s1, again and again. */
function everyPair(operation: Item, values: readonly bigint[], bytes: number): number | undefined {
  const isDouble = bytes === 8;
  const load = isDouble ? asm.fld : asm.flw;
  const bits = isDouble ? asm.fmv_x_d : asm.fmv_x_w;
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
    const words = isDouble ? values : pack(values);
    words.forEach((word, i) => {
      hart.setU64(DATA_PA + i * 8, word);
    });
    hart.x[s0] = BigInt(DATA_PA);
    hart.x[s1] = BigInt(DATA_PA + values.length * bytes);
    hart.pc = CODE_PA;
  });
  return pair.differsAfter(...Array.from({ length: 20 }, () => 3001));
}

/** An even number of single-precision values, two in each word. */
function pack(values: readonly bigint[]): bigint[] {
  return Array.from({ length: values.length / 2 }, (_, i) => values[2 * i]! | (values[2 * i + 1]! << 32n));
}

describe("double precision", () => {
  test.each([
    ["fadd.d", asm.fadd_d(fa2, fa0, fa1)],
    ["fsub.d", asm.fsub_d(fa2, fa0, fa1)],
    ["fmul.d", asm.fmul_d(fa2, fa0, fa1)],
    ["fdiv.d", asm.fdiv_d(fa2, fa0, fa1)],
    ["fsqrt.d", asm.fsqrt_d(fa2, fa1)],
    ["fmadd.d", asm.fmadd_d(fa2, fa0, fa1, fa1)],
    ["fnmsub.d", asm.fnmsub_d(fa2, fa0, fa1, fa0)],
    ["fmin.d", asm.fmin_d(fa2, fa0, fa1)],
  ])("%s", (_, operation) => {
    expect(everyPair(operation, ieee.edges(ieee.DOUBLE), 8)).toBeUndefined();
    expect(pair.compiled.compiled).toBeGreaterThan(30_000);
  });
});

describe("single precision", () => {
  test.each([
    ["fadd.s", asm.fadd_s(fa2, fa0, fa1)],
    ["fsub.s", asm.fsub_s(fa2, fa0, fa1)],
    ["fmul.s", asm.fmul_s(fa2, fa0, fa1)],
    ["fdiv.s", asm.fdiv_s(fa2, fa0, fa1)],
    ["fsqrt.s", asm.fsqrt_s(fa2, fa1)],
    ["fmax.s", asm.fmax_s(fa2, fa0, fa1)],
  ])("%s", (_, operation) => {
    expect(everyPair(operation, ieee.edges(ieee.SINGLE), 4)).toBeUndefined();
    expect(pair.compiled.compiled).toBeGreaterThan(30_000);
  });
});
