/*
 * Budgets: run(n) executes exactly n instructions, and slices of any length end in the same state (shared decision: a trap counts
 * as one). Lockstep, record and replay stand on this.
 */

import { beforeEach, describe, expect, test } from "vitest";
import { OP_BUDGET, PASSAGE_LEFT, PASSAGE_RETIRED } from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, a3, CSR, c, fa0, fa1, t0, t1, t2, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, M_TRAP_PA, PRIV_U } from "../support/hart.js";

const hart = new Hart();
beforeEach(() => {
  hart.start();
});

describe("budget", () => {
  test("run() executes exactly its budget of straight code", () => {
    hart.place(CODE_PA, Array(1100).fill(asm.addi(a0, a0, 1)));
    let total = 0n;
    for (const n of [1, 2, 7, 100, 700]) {
      expect(hart.run(n)).toBe(OP_BUDGET);
      total += BigInt(n);
      expect([hart.x[a0], hart.pc]).toEqual([total, BigInt(CODE_PA) + total * 4n]);
    }
  });

  test("run(0) does nothing", () => {
    hart.place(CODE_PA, asm.addi(a0, a0, 1));
    expect(hart.run(0)).toBe(OP_BUDGET);
    expect([hart.x[a0], hart.pc]).toEqual([0n, BigInt(CODE_PA)]);
  });

  test("run() stops inside loops, behind jumps and at page ends", () => {
    hart.place(CODE_PA + 0xff8, asm.addi(a0, a0, 1), asm.addi(a0, a0, 1), asm.addi(a0, a0, 1), asm.j(-12));
    hart.pc = CODE_PA + 0xff8;
    for (let i = 1; i <= 40; i++) {
      hart.run(1);
      expect(hart.pc).toBe(BigInt(CODE_PA + 0xff8 + (i % 4) * 4));
    }
  });

  test("millions of instructions are counted to the last one", () => {
    hart.place(CODE_PA, asm.label("loop"), c.addi(a0, 1), asm.j("loop"));
    hart.run(0);
    const before = hart.passage(PASSAGE_RETIRED);
    expect(hart.run(3_000_001)).toBe(OP_BUDGET);
    expect([hart.x[a0], hart.passage(PASSAGE_RETIRED) - before]).toEqual([1_500_001n, 3_000_001n]);
    expect(hart.passage32(PASSAGE_LEFT)).toBe(0);
  });

  test("a trap takes one from the budget", () => {
    hart.place(CODE_PA, asm.ecall());
    hart.place(M_TRAP_PA, asm.addi(a0, a0, 1), asm.addi(a0, a0, 1));
    hart.run(2);
    expect([hart.x[a0], hart.pc]).toEqual([1n, BigInt(M_TRAP_PA + 4)]);
  });
});

describe("slices", () => {
  /** Integer, memory, floating point, atomics, traps and self-modifying code in a loop, some of it in U-mode. */
  function load(): void {
    hart.start();
    const handler = [
      ...[asm.csrrw(t2, CSR.mscratch, t2), asm.csrr(t2, CSR.mepc), asm.addi(t2, t2, 4), asm.csrw(CSR.mepc, t2)],
      ...[asm.addi(asm.s11, asm.s11, 1), asm.csrrw(t2, CSR.mscratch, t2), asm.mret()],
    ];
    hart.place(M_TRAP_PA, handler);
    hart.place(
      CODE_PA,
      ...[
        asm.li(a1, DATA_PA),
        asm.li(t0, 60),
        asm.la(asm.s2, "patch"),
        asm.lw(asm.s3, 0, asm.s2),
        asm.li(asm.s4, 1 << 20),
      ],
      ...[asm.li(a2, 0x3ff8_0000_0000_0000n), asm.fmv_d_x(fa1, a2), asm.fmv_d_x(fa0, a2)],
      ...[
        asm.label("loop"),
        asm.mul(a0, a0, t0),
        asm.addi(a0, a0, 77),
        asm.sd(a0, 5, a1),
        asm.lhu(a3, 7, a1),
        c.add(a0, a3),
      ],
      ...[
        asm.fmadd_d(fa0, fa0, fa1, fa1),
        asm.fdiv_d(asm.fa2, fa1, fa0),
        asm.fcvt_s_d(asm.fa3, asm.fa2),
        asm.amoadd_d(t1, a0, a1),
      ],
      ...[
        asm.lr_w(t1, a1),
        asm.addi(t1, t1, 3),
        asm.sc_w(a3, t1, a1),
        asm.ecall(),
        asm.rol(a0, a0, t1),
        asm.ld(zero, 0, zero),
      ],
      ...[
        asm.addw(asm.s3, asm.s3, asm.s4),
        asm.sw(asm.s3, 0, asm.s2),
        asm.fence_i(),
        asm.label("patch"),
        asm.addi(asm.s5, asm.s5, 1),
      ],
      ...[asm.call("far"), asm.addi(t0, t0, -1), asm.bnez(t0, "loop"), asm.label("done"), asm.j("done")],
      ...[
        asm.pageOffset(0xffe),
        asm.label("far"),
        asm.xori(a0, a0, -1),
        asm.beqz(a0, "out"),
        c.nop(),
        asm.label("out"),
        asm.ret(),
      ],
    );
    hart.enter(PRIV_U, CODE_PA);
  }
  const TOTAL = 60 * 60;
  function finish(slice: number): string {
    load();
    for (let left = TOTAL; left > 0; left -= slice) hart.run(Math.min(slice, left));
    return hart.state();
  }

  test("slices of 1, 7, 64 and 1000 instructions end in the same state", () => {
    const whole = finish(TOTAL);
    expect(hart.x[asm.s11]).toBe(120n);
    for (const slice of [1, 7, 64, 1000]) expect(finish(slice)).toBe(whole);
  });
});
