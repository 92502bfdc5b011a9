/*
 * Table-driven instruction tests: one instruction over edge values, against a function from the manual's definition.
 *
 * A disagreement is a line of text; a test expects the list of them to be empty, so that a failure shows all that is wrong.
 */

import { expect } from "vitest";
import { a0, a1, a2, t0, type XReg, zero } from "../support/assembler.js";
import { CODE_PA, type Hart } from "../support/hart.js";
import { EDGES, hex, u64 } from "../support/integers.js";

/** What a destination holds before the instruction. */
export const JUNK = 0xdead_beef_dead_beefn;

export type Binary = (a: bigint, b: bigint) => bigint;
export type Unary = (a: bigint) => bigint;

/** Runs the instruction at CODE_PA again with these sources; a trap shows as a pc. */
function once(hart: Hart, rd: XReg, sources: [XReg, bigint][]): bigint | string {
  hart.x[rd] = rd === zero ? 0n : JUNK;
  for (const [r, value] of sources) if (r !== zero) hart.x[r] = value;
  hart.pc = CODE_PA;
  hart.run(1);
  return hart.pc === BigInt(CODE_PA + 4) ? hart.x[rd]! : `a trap (${hart.describe()})`;
}

/** Checks `build(rd, rs1, rs2)` on every pair of edge values, and with operands that are one register or x0. */
export function expectBinary(hart: Hart, build: (rd: XReg, rs1: XReg, rs2: XReg) => number, spec: Binary): void {
  const wrong: string[] = [];
  const check = (rd: XReg, rs1: XReg, rs2: XReg, a: bigint, b: bigint) => {
    const want = rd === zero ? 0n : u64(spec(rs1 === zero ? 0n : rs1 === rs2 ? b : a, rs2 === zero ? 0n : b));
    const got = once(hart, rd, [
      [rs1, a],
      [rs2, b],
    ]);
    if (got !== want) wrong.push(`x${rd}, x${rs1} = ${hex(a)}, x${rs2} = ${hex(b)}: ${show(got)}, not ${hex(want)}`);
  };
  hart.place(CODE_PA, build(a0, a1, a2));
  for (const a of EDGES) for (const b of EDGES) check(a0, a1, a2, a, b);
  const aliases: [XReg, XReg, XReg][] = [
    [a1, a1, a2],
    [a2, a1, a2],
    [a0, a1, a1],
    [a1, a1, a1],
    [a0, zero, a2],
    [a0, a1, zero],
    [a0, zero, zero],
    [zero, a1, a2],
  ];
  for (const [rd, rs1, rs2] of aliases) {
    hart.place(CODE_PA, build(rd, rs1, rs2));
    for (const a of EDGES.slice(0, 16).filter((_, i) => i % 3 === 0)) check(rd, rs1, rs2, a, EDGES[9]!);
    check(rd, rs1, rs2, 0x1234_5678_9abc_def0n, 0xffff_ffff_ffff_fff3n);
  }
  expect(wrong).toEqual([]);
}

/** Checks `build(rd, rs1)` on every edge value. */
export function expectUnary(hart: Hart, build: (rd: XReg, rs1: XReg) => number, spec: Unary): void {
  const wrong: string[] = [];
  for (const [rd, rs1] of [
    [a0, a1],
    [t0, t0],
    [zero, a1],
    [a0, zero],
  ] as [XReg, XReg][]) {
    hart.place(CODE_PA, build(rd, rs1));
    for (const a of EDGES) {
      const want = rd === zero ? 0n : u64(spec(rs1 === zero ? 0n : a));
      const got = once(hart, rd, [[rs1, a]]);
      if (got !== want) wrong.push(`x${rd}, x${rs1} = ${hex(a)}: ${show(got)}, not ${hex(want)}`);
    }
  }
  expect(wrong).toEqual([]);
}

/** Checks `build(rd, rs1, imm)` for every listed immediate on every edge value. */
export function expectImmediate(
  hart: Hart,
  build: (rd: XReg, rs1: XReg, imm: number) => number,
  spec: (a: bigint, imm: bigint) => bigint,
  immediates: number[],
): void {
  for (const imm of immediates) {
    expectUnary(
      hart,
      (rd, rs1) => build(rd, rs1, imm),
      (a) => spec(a, BigInt(imm)),
    );
  }
}

const show = (got: bigint | string) => (typeof got === "bigint" ? hex(got) : got);
