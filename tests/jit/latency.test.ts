/*
 * Interrupts in compiled code: a timer is noticed at the tick at which it fires, in any loop, and one instruction later when the loop has masked it meanwhile. The issue asks for 1 ms
 * of guest time, which is 10,000 ticks.
 */

import { describe, expect, test } from "vitest";
import { ACLINT_PA, PASSAGE_RATE } from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, CSR, c, type Item, label, t0, t1, t2, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, M_TRAP_PA } from "../support/hart.js";

const MTIMECMP = ACLINT_PA + 0x4000;
const MTI = 1 << 7;
/** Ticks from one interrupt to the next; not a divisor of anything. */
const PERIOD = 1237;
/** Two instructions for each tick: 20 million a second. */
const RATE = 1n << 31n;

/** Notes how many ticks late it is, counts, and sets the timer anew. */
const handler: Item[] = [
  ...[asm.csrw(CSR.mscratch, t0), asm.csrr(t0, CSR.time), asm.sub(asm.s3, t0, asm.s4)],
  ...[asm.bgeu(asm.s5, asm.s3, 8), asm.mv(asm.s5, asm.s3), asm.addi(asm.s6, asm.s6, 1)],
  ...[asm.add(asm.s4, t0, asm.s7), asm.sd(asm.s4, 0, asm.s8), asm.csrr(t0, CSR.mscratch), asm.mret()],
];

/** Runs a loop for a while and returns how often the timer interrupted it, and the most ticks that it was late. */
function interrupted(threshold: number, ...loop: Item[]): { times: number; late: number; compiled: number } {
  const hart = new Hart(undefined, threshold).start();
  hart.setPassage(PASSAGE_RATE, RATE);
  hart.place(M_TRAP_PA, handler);
  hart.place(CODE_PA, ...loop);
  hart.place(CODE_PA + 8 * 4096, asm.addi(a0, a0, 1), asm.j(-8 * 4096 - 4));
  hart.x[asm.s4] = BigInt(PERIOD);
  hart.x[asm.s7] = BigInt(PERIOD);
  hart.x[asm.s8] = BigInt(MTIMECMP);
  hart.x[a1] = BigInt(DATA_PA);
  hart.x[a2] = BigInt(DATA_PA + 4096 - 4);
  hart.step(asm.sd(asm.s4, 0, asm.s8), CODE_PA + 16 * 4096);
  hart.setCsr(CSR.mie, MTI);
  hart.setCsr(CSR.mstatus, hart.csr(CSR.mstatus) | 8n);
  hart.pc = CODE_PA;
  hart.run(500_000);
  return { times: Number(hart.x[asm.s6]), late: Number(hart.x[asm.s5]), compiled: hart.compiled };
}

const LOOPS: readonly (readonly [string, Item[]])[] = [
  ["j .", [asm.j(0)]],
  ["a branch to itself", [asm.beq(zero, zero, 0)]],
  ["a compressed loop", [label("x"), c.addi(a0, 1), c.j(-2)]],
  ["a loop of divisions", [label("x"), asm.div(a0, a0, a1), asm.rem(a2, a0, a1), asm.j("x")]],
  ["a loop in which each access is a step", [label("x"), asm.ld(t1, 0, a2), asm.sd(t1, 0, a2), asm.j("x")]],
  ["a loop with a load from a device", [label("x"), asm.ld(t1, 0, asm.s8), asm.j("x")]],
  ["far jumps between two pages", [label("x"), asm.addi(a0, a0, 1), asm.j(8 * 4096 - 4)]],
  ["jumps through a register", [asm.la(t1, "x"), label("x"), asm.addi(a0, a0, 1), asm.jalr(zero, 0, t1)]],
  [
    "calls and returns",
    [asm.j("x"), label("f"), asm.addi(a0, a0, 1), asm.ret(), label("x"), asm.call("f"), asm.j("x")],
  ],
  ["a long block", [label("x"), Array(390).fill(asm.addi(a0, a0, 1)), asm.j("x")]],
  ["nested loops", [label("x"), asm.li(t1, 30), label("y"), asm.addi(t1, t1, -1), asm.bnez(t1, "y"), asm.j("x")]],
  [
    "a loop that traps",
    [
      label("x"),
      asm.addi(t2, t2, 1),
      asm.andi(t1, t2, 7),
      asm.bnez(t1, "x"),
      asm.csrrs(t1, CSR.mhartid, zero),
      asm.j("x"),
    ],
  ],
];

describe.each([0, 1, 50])("a timer interrupt at threshold %i is taken at its tick", (threshold) => {
  test.each(LOOPS)("in %s", (_, loop) => {
    const { times, late, compiled } = interrupted(threshold, ...loop);
    // The trap, csrw and csrr are three halves of a tick.
    expect(late).toBeLessThan(2);
    // 500,000 instructions are 250,000 ticks.
    expect(times).toBeGreaterThan(195);
    if (threshold !== 0) expect(compiled).toBeGreaterThan(100_000);
  });

  test("in a loop that masks interrupts for most of its time: where it allows them", () => {
    const loop = [
      label("x"),
      asm.csrrci(zero, CSR.mstatus, 8),
      asm.li(t1, 20),
      label("y"),
      asm.addi(t1, t1, -1),
      asm.bnez(t1, "y"),
    ];
    const { times, late } = interrupted(threshold, ...loop, asm.csrrsi(zero, CSR.mstatus, 8), asm.j("x"));
    expect(times).toBeGreaterThan(195);
    expect(late).toBeLessThan(25);
  });
});
