/*
 * Instruction fetch: two lengths, any half-word alignment, across pages, and code that changes [unpriv 1.5, 6; Zifencei].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, c, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, PRIV_M, RAM_BYTES } from "../support/hart.js";

const hart = new Hart();
beforeEach(() => {
  hart.start();
});

const PAGE = 0x1000;
const at = (n: number) => BigInt(n);

describe("instruction fetch", () => {
  test("a four-byte instruction across two pages runs", () => {
    hart.place(CODE_PA + PAGE - 4, c.addi(a0, 1), asm.addi(a0, a0, 1000), c.addi(a0, 1));
    hart.pc = CODE_PA + PAGE - 4;
    hart.run(3);
    expect([hart.pc, hart.x[a0]]).toEqual([at(CODE_PA + PAGE + 4), 1002n]);
  });

  test("every kind of instruction works across two pages", () => {
    hart.x[a1] = at(DATA_PA);
    hart.setU64(DATA_PA, 0x1234n);
    const insns = [
      asm.ld(a0, 0, a1),
      asm.sd(a1, 8, a1),
      asm.lui(a0, 1),
      asm.mul(a0, a1, a1),
      asm.csrr(a0, asm.CSR.mhartid),
    ];
    for (const insn of [
      ...insns,
      asm.amoadd_d(a0, zero, a1),
      asm.fmv_d_x(asm.fa0, a1),
      asm.fence(),
      asm.sh1add(a0, a1, a1),
    ]) {
      hart.step(insn, CODE_PA);
      const first = [hart.x[a0], hart.u64(DATA_PA + 8), hart.f[asm.fa0]];
      expect(hart.step(insn, CODE_PA + 2 * PAGE - 2)).toBe(true);
      expect(hart.pc).toBe(at(CODE_PA + 2 * PAGE + 2));
      expect([hart.x[a0], hart.u64(DATA_PA + 8), hart.f[asm.fa0]]).toEqual(first);
    }
  });

  test("straight code runs from page to page", () => {
    hart.place(CODE_PA, Array(3000).fill(c.addi(a0, 1)), asm.label("done"), asm.j("done"));
    hart.run(3000);
    expect([hart.pc, hart.x[a0]]).toEqual([at(CODE_PA + 6000), 3000n]);
  });

  test("the second half of an instruction can be run as an instruction", () => {
    // The upper half of this addi is c.addi a0, 1 and the lower half an instruction with bits 1:0 = 3.
    const insn = (c.addi(a0, 1) << 16) | (asm.addi(a0, a0, 0) & 0xffff);
    hart.place(CODE_PA, insn >>> 0, c.nop());
    hart.pc = CODE_PA + 2;
    hart.run(1);
    expect([hart.pc, hart.x[a0]]).toEqual([at(CODE_PA + 4), 1n]);
    hart.pc = CODE_PA;
    hart.run(1);
    expect(hart.pc).toBe(at(CODE_PA + 4));
    hart.pc = CODE_PA + 2;
    hart.run(1);
    expect(hart.pc).toBe(at(CODE_PA + 4));
  });

  test("the last two bytes of RAM can hold an instruction, and half of a longer one faults behind them", () => {
    const end = CODE_PA + RAM_BYTES;
    hart.place(end - 2, c.addi(a0, 1));
    hart.pc = end - 2;
    hart.run(2);
    expect(hart.trap()).toEqual({ priv: PRIV_M, cause: 1n, epc: at(end), tval: at(end) });
    hart.write(end - 2, Uint8Array.of(0x13, 0x05));
    hart.pc = end - 2;
    hart.run(1);
    expect(hart.trap()).toEqual({ priv: PRIV_M, cause: 1n, epc: at(end - 2), tval: at(end) });
    hart.write(end - 2, Uint8Array.of(0, 0));
  });
});

describe("code that changes", () => {
  const LOOP_END = [asm.label("done"), asm.j("done")];

  test("a store ahead in the same page is seen after fence.i", () => {
    const p = hart.place(
      CODE_PA,
      ...[asm.li(a2, 2), asm.la(a1, "patch"), asm.la(a0, "new"), asm.lw(a0, 0, a0), asm.label("again")],
      ...[asm.label("patch"), asm.addi(asm.t0, zero, 1), asm.sw(a0, 0, a1), asm.fence_i(), c.addi(a2, -1)],
      ...[asm.bnez(a2, "again"), ...LOOP_END, asm.align(4), asm.label("new"), asm.addi(asm.t0, zero, 7)],
    );
    hart.runTo(p);
    expect(hart.x[asm.t0]).toBe(7n);
  });

  test("a function in another page is rewritten many times", () => {
    const body = DATA_PA + 0x100;
    const template = asm.addi(a0, a0, 1);
    hart.place(body, template, asm.ret());
    const p = hart.place(
      CODE_PA,
      ...[asm.li(a0, 0), asm.li(a1, body), asm.li(a2, template), asm.li(asm.s0, 1 << 20), asm.li(asm.s1, 10)],
      ...[asm.label("loop"), asm.sw(a2, 0, a1), asm.fence_i(), asm.jalr(asm.ra, 0, a1), asm.addw(a2, a2, asm.s0)],
      ...[asm.addi(asm.s1, asm.s1, -1), asm.bnez(asm.s1, "loop"), ...LOOP_END],
    );
    hart.runTo(p);
    expect(hart.x[a0]).toBe(55n);
  });

  test("rewriting either half of an instruction across two pages is seen after fence.i", () => {
    const place = CODE_PA + 3 * PAGE - 2;
    for (const [half, value] of [
      [0, asm.addi(a0, zero, 5) & 0xffff],
      [2, asm.addi(a0, zero, 9) >>> 16],
    ] as const) {
      hart.place(place, asm.addi(a1, zero, 1));
      hart.pc = place;
      hart.run(1);
      const p = hart.place(
        CODE_PA,
        ...[
          asm.li(asm.t0, place),
          asm.li(asm.t1, value),
          asm.sh(asm.t1, half, asm.t0),
          asm.fence_i(),
          asm.label("done"),
          asm.j("done"),
        ],
      );
      hart.pc = CODE_PA;
      hart.runTo(p);
      hart.x[a0] = 0n;
      hart.x[a1] = 0n;
      hart.pc = place;
      hart.run(1);
      expect([hart.x[a0], hart.x[a1]]).toEqual(half === 0 ? [1n, 0n] : [0n, 9n]);
    }
  });

  test("stores of every kind into code are seen after fence.i", () => {
    const target = DATA_PA + 0x800;
    const fresh = asm.addi(a0, zero, 33);
    const pair = BigInt(fresh) | (BigInt(asm.ret()) << 32n);
    const stores = [
      [asm.sw(a2, 0, a1)],
      [asm.sd(asm.a3, 0, a1)],
      [asm.sh(a2, 0, a1), asm.srli(a2, a2, 16), asm.sh(a2, 2, a1)],
      [asm.amoswap_w(zero, a2, a1)],
      [asm.amoswap_d(zero, asm.a3, a1)],
      [asm.lr_w(zero, a1), asm.sc_w(zero, a2, a1)],
      [asm.fmv_d_x(asm.fa0, asm.a3), asm.fsd(asm.fa0, 0, a1)],
      [c.sw(a2, 0, a1)],
    ];
    for (const store of stores) {
      hart.place(target, asm.addi(a0, zero, 1), asm.ret());
      const p = hart.place(
        CODE_PA,
        ...[asm.li(a1, target), asm.li(a2, fresh), asm.li(asm.a3, pair), asm.jalr(asm.ra, 0, a1)],
        ...[...store, asm.fence_i(), asm.jalr(asm.ra, 0, a1), ...LOOP_END],
      );
      hart.pc = CODE_PA;
      hart.runTo(p);
      expect(hart.x[a0]).toBe(33n);
    }
  });

  test("a store to any single byte of an instruction is seen after fence.i", () => {
    const target = DATA_PA + 0x40;
    const insn = asm.addi(asm.t0, asm.t1, 0x123);
    // rd, funct3, the low and the high part of the immediate.
    for (const [at, flip] of [
      [0, 0x80],
      [1, 0x40],
      [2, 0x10],
      [3, 0x01],
    ] as const) {
      const changed = (insn ^ (flip << (8 * at))) >>> 0;
      hart.place(target, insn, asm.ret());
      const p = hart.place(
        CODE_PA,
        ...[
          asm.li(a1, target),
          asm.li(a2, (changed >>> (8 * at)) & 0xff),
          asm.li(asm.t1, 0x1000),
          asm.jalr(asm.ra, 0, a1),
        ],
        ...[
          asm.li(asm.t0, 0),
          asm.li(asm.t2, 0),
          asm.sb(a2, at, a1),
          asm.fence_i(),
          asm.jalr(asm.ra, 0, a1),
          ...LOOP_END,
        ],
      );
      hart.pc = CODE_PA;
      hart.runTo(p);
      const seen = [hart.x[asm.t0], hart.x[asm.X[4]!], hart.x[asm.t1]];
      hart.x[asm.t0] = 0n;
      hart.step(changed);
      expect([at, ...seen]).toEqual([at, hart.x[asm.t0], hart.x[asm.X[4]!], hart.x[asm.t1]]);
      expect(hart.u32(target)).toBe(changed);
    }
  });

  test("cbo.zero into code is seen after fence.i", () => {
    hart.place(DATA_PA, Array(32).fill(c.addi(a0, 1)), asm.ret());
    const p = hart.place(
      CODE_PA,
      ...[
        asm.li(a1, DATA_PA),
        asm.jalr(asm.ra, 0, a1),
        asm.cbo_zero(a1),
        asm.fence_i(),
        asm.jalr(asm.ra, 0, a1),
        ...LOOP_END,
      ],
    );
    hart.run(10_000);
    expect(hart.trap()).toMatchObject({ cause: 2n, epc: at(DATA_PA) });
    expect(p.base).toBe(at(CODE_PA));
  });

  test("code the host wrote is seen by the next run", () => {
    for (let i = 1; i < 20; i++) {
      hart.step(asm.addi(a0, zero, i));
      expect(hart.x[a0]).toBe(BigInt(i));
      hart.step(c.li(a0, -i));
      expect(hart.x[a0]).toBe(BigInt.asUintN(64, BigInt(-i)));
    }
  });

  test("a store behind in the page of the running loop does not disturb it", () => {
    const p = hart.place(
      CODE_PA,
      ...[
        asm.li(a2, 1000),
        asm.la(a1, "data"),
        asm.label("loop"),
        asm.ld(a0, 0, a1),
        asm.addi(a0, a0, 1),
        asm.sd(a0, 0, a1),
      ],
      ...[
        asm.addi(a2, a2, -1),
        asm.bnez(a2, "loop"),
        asm.label("done"),
        asm.j("done"),
        asm.align(8),
        asm.label("data"),
        asm.dword(0),
      ],
    );
    hart.runTo(p);
    expect(hart.x[a0]).toBe(1000n);
  });
});
