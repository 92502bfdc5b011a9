/*
 * Table-driven floating-point tests: result and flags of one instruction against the exact model in ../support/ieee.ts.
 *
 * fcsr is set before every instruction, so that flags are seen to be raised and others to stay; with NX set under RNE the core may
 * take its fast path, without it must compute exactly.
 */

import { expect } from "vitest";
import { CSR, fa0, fa1, fa2, fa3 } from "../support/assembler.js";
import { CODE_PA, type Hart } from "../support/hart.js";
import { DOUBLE, type Format, NX, type Result, RNE, ROUNDING_MODES, SINGLE } from "../support/ieee.js";
import { hex } from "../support/integers.js";

export const FORMATS: [suffix: "s" | "d", format: Format][] = [
  ["s", SINGLE],
  ["d", DOUBLE],
];
export const MODE_NAMES = ["RNE", "RTZ", "RDN", "RUP", "RMM"];

/** A value of a format as a register holds it [unpriv 21.2]. */
export const boxed = (fmt: Format, bits: bigint) => (fmt.bits === 32 ? 0xffff_ffff_0000_0000n | bits : bits);

export interface Case {
  operands: bigint[];
  want: (rm: number) => Result;
}

/**
 * Runs `build(rm)`, which has its sources in fa1, fa2, fa3 and its destination in fa0, over the cases: with the mode in frm
 * under each rounding mode, and with the mode in the instruction.
 */
export function expectFloat(hart: Hart, fmt: Format, build: (rm: number) => number, cases: Iterable<Case>): void {
  const wrong: string[] = [];
  const all = [...cases];
  for (const rm of ROUNDING_MODES) {
    for (const isStatic of [false, true]) {
      hart.place(CODE_PA, build(isStatic ? rm : 7));
      const frm = isStatic ? (rm + 1) % 5 : rm;
      for (const { operands, want } of isStatic ? all.filter((_, i) => i % 7 === rm) : all) {
        const { bits, flags } = want(rm);
        for (const before of rm === RNE ? [0, NX] : [0]) {
          const got = once(hart, operands, (frm << 5) | before);
          const expected = `${hex(boxed(fmt, bits))} flags ${flags | before}`;
          if (got !== expected) {
            const mode = `${MODE_NAMES[rm]}${isStatic ? " static" : ""} fflags ${before}`;
            wrong.push(`${operands.map(hex).join(", ")} ${mode}: ${got}, not ${expected}`);
          }
        }
      }
    }
  }
  expect(wrong.slice(0, 20)).toEqual([]);
}

function once(hart: Hart, operands: bigint[], fcsr: number): string {
  [fa1, fa2, fa3].forEach((r, i) => {
    hart.f[r] = operands[i] ?? 0n;
  });
  hart.f[fa0] = 0x0123_4567_89ab_cdefn;
  hart.setCsr(CSR.fcsr, fcsr);
  hart.pc = CODE_PA;
  hart.run(1);
  if (hart.pc !== BigInt(CODE_PA + 4)) return `a trap (${hart.describe()})`;
  return `${hex(hart.f[fa0]!)} flags ${hart.csr(CSR.fflags)}`;
}
