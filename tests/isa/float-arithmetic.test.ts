/*
 * F and D arithmetic: every rounding mode, every flag, NaNs, infinities, zeros and subnormals [unpriv 20.6, 21.4].
 */

import { beforeAll, describe, test } from "vitest";
import * as asm from "../support/assembler.js";
import { fa0, fa1, fa2, fa3 } from "../support/assembler.js";
import { Hart } from "../support/hart.js";
import * as ieee from "../support/ieee.js";
import { boxed, type Case, expectFloat, FORMATS } from "./float-table.js";

const hart = new Hart();
beforeAll(() => {
  hart.start();
});

const builders = asm as unknown as Record<string, (...operands: number[]) => number>;
const SEED = 0x9e37_79b9_7f4a_7c15n;

/** Every pair of edges and a few hundred pairs of random values. */
function* pairs(fmt: ieee.Format): Generator<[bigint, bigint]> {
  const edges = ieee.edges(fmt);
  for (const a of edges) for (const b of edges) yield [a, b];
  const random = ieee.randoms(fmt, SEED);
  for (let i = 0; i < 400; i++) yield [random.next().value!, random.next().value!];
}

/** Triples whose product meets the addend: near cancellation, far below, far above. */
function* triples(fmt: ieee.Format): Generator<[bigint, bigint, bigint]> {
  const edges = ieee.edges(fmt);
  const some = edges.filter((_, i) => i % 4 === 0 || i >= edges.length - 3);
  for (const a of some) for (const b of some) for (const c of some) yield [a, b, c];
  const random = ieee.randoms(fmt, SEED + 2n);
  const flip = 1n << BigInt(fmt.bits - 1);
  for (let i = 0; i < 400; i++) {
    const [a, b] = [random.next().value!, random.next().value!];
    const c = i % 2 === 0 ? random.next().value! : ieee.mul(fmt, a, b, i % 5).bits ^ flip;
    yield [a, b, c];
  }
}

const OPERATIONS = { fadd: ieee.add, fsub: ieee.sub, fmul: ieee.mul, fdiv: ieee.div };
const FUSED = { fmadd: [false, false], fmsub: [false, true], fnmsub: [true, false], fnmadd: [true, true] } as const;

describe.each(FORMATS)("F and D arithmetic, .%s", (suffix, fmt) => {
  test.each(Object.entries(OPERATIONS))("%s() is exact in value and flags", (name, operation) => {
    const cases = [...pairs(fmt)].map(
      ([a, b]): Case => ({ operands: [boxed(fmt, a), boxed(fmt, b)], want: (rm) => operation(fmt, a, b, rm) }),
    );
    expectFloat(hart, fmt, (rm) => builders[`${name}_${suffix}`]!(fa0, fa1, fa2, rm), cases);
  });

  test("fsqrt() is exact in value and flags", () => {
    const cases = [...pairs(fmt)]
      .map(([a]) => a)
      .filter((a, i, all) => all[i - 1] !== a)
      .map((a): Case => ({ operands: [boxed(fmt, a)], want: (rm) => ieee.sqrt(fmt, a, rm) }));
    expectFloat(hart, fmt, (rm) => builders[`fsqrt_${suffix}`]!(fa0, fa1, rm), cases);
  });

  test.each(Object.entries(FUSED))("%s() rounds once", (name, [negateProduct, negateAddend]) => {
    const cases = [...triples(fmt)].map(
      ([a, b, c]): Case => ({
        operands: [boxed(fmt, a), boxed(fmt, b), boxed(fmt, c)],
        want: (rm) => ieee.fma(fmt, a, b, c, rm, negateProduct, negateAddend),
      }),
    );
    expectFloat(hart, fmt, (rm) => builders[`${name}_${suffix}`]!(fa0, fa1, fa2, fa3, rm), cases);
  });
});
