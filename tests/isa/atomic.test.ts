/*
 * A and Zacas: AMOs, compare-and-swap, load-reserved and store-conditional with what breaks a reservation [unpriv 14, 15].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, a3, a4, a5, CSR, type Order, type XReg, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart } from "../support/hart.js";
import { EDGES, hex, s32, s64, sext32, u32, u64 } from "../support/integers.js";

const hart = new Hart();
beforeEach(() => {
  hart.start();
  hart.x[a1] = BigInt(DATA_PA);
});

type Build = (rd: XReg, rs2: XReg, rs1: XReg, order?: Order) => number;
const builders = asm as unknown as Record<string, Build>;

const AMOS: Record<string, (memory: bigint, rs2: bigint, read: (x: bigint) => bigint) => bigint> = {
  amoswap: (_, b) => b,
  amoadd: (m, b) => m + b,
  amoxor: (m, b) => m ^ b,
  amoand: (m, b) => m & b,
  amoor: (m, b) => m | b,
  amomin: (m, b, read) => (read(m) < read(b) ? m : b),
  amomax: (m, b, read) => (read(m) > read(b) ? m : b),
  amominu: (m, b) => (u64(m) < b ? m : b),
  amomaxu: (m, b) => (u64(m) > b ? m : b),
};

describe("AMOs", () => {
  test.each(Object.entries(AMOS))("%s.d() loads, computes and stores 64 bits", (name, spec) => {
    hart.place(CODE_PA, builders[`${name}_d`]!(a0, a2, a1));
    for (const memory of EDGES) {
      for (const operand of EDGES) {
        hart.setU64(DATA_PA, memory);
        hart.x[a2] = operand;
        hart.pc = CODE_PA;
        hart.run(1);
        const stored = u64(spec(memory, operand, s64));
        expect([hex(memory), hex(operand), hart.x[a0], hart.u64(DATA_PA)]).toEqual([
          hex(memory),
          hex(operand),
          memory,
          stored,
        ]);
      }
    }
  });

  test.each(Object.entries(AMOS))("%s.w() works on 32 bits and sign-extends what it loads", (name, spec) => {
    hart.place(CODE_PA, builders[`${name}_w`]!(a0, a2, a1));
    for (const half of [0, 4]) {
      hart.x[a1] = BigInt(DATA_PA + half);
      for (const memory of EDGES) {
        for (const operand of EDGES) {
          hart.setU64(DATA_PA, 0x5555_5555_5555_5555n);
          hart.view.setUint32(0x0800_0000 + 0x20_0000 + half, Number(u32(memory)), true);
          hart.x[a2] = operand;
          hart.pc = CODE_PA;
          hart.run(1);
          const stored = Number(u32(spec(u32(memory), u32(operand), s32)));
          expect([hex(memory), hex(operand), hart.x[a0], hart.u32(DATA_PA + half)]).toEqual([
            hex(memory),
            hex(operand),
            sext32(memory),
            stored,
          ]);
          expect(hart.u32(DATA_PA + 4 - half)).toBe(0x5555_5555);
        }
      }
    }
  });

  test("every ordering does the same on one hart", () => {
    for (const order of ["", "aq", "rl", "aqrl"] as const) {
      hart.setU64(DATA_PA, 40n);
      hart.x[a2] = 2n;
      hart.step(asm.amoadd_d(a0, a2, a1, order));
      expect([hart.x[a0], hart.u64(DATA_PA)]).toEqual([40n, 42n]);
    }
  });

  test("operands can be one register, and rd can be x0", () => {
    hart.setU64(DATA_PA, 5n);
    hart.step(asm.amoadd_d(a1, a1, a1));
    expect([hart.x[a1], hart.u64(DATA_PA)]).toEqual([5n, BigInt(DATA_PA) + 5n]);
    hart.x[a1] = BigInt(DATA_PA);
    hart.x[a2] = 7n;
    hart.step(asm.amoswap_d(zero, a2, a1));
    expect([hart.x[zero], hart.u64(DATA_PA)]).toEqual([0n, 7n]);
    hart.step(asm.amoswap_d(a2, a2, a1));
    expect([hart.x[a2], hart.u64(DATA_PA)]).toEqual([7n, 7n]);
  });

  test("a misaligned AMO raises a store/AMO exception and stores nothing", () => {
    for (const [insn, offset] of [
      [asm.amoadd_w(a0, a2, a1), 1],
      [asm.amoadd_w(a0, a2, a1), 2],
      [asm.amoadd_d(a0, a2, a1), 4],
      [asm.amocas_d(a0, a2, a1), 4],
      [asm.amocas_q(a4, a2, a1), 8],
    ] as const) {
      hart.x[a1] = BigInt(DATA_PA + offset);
      hart.x[a2] = 1n;
      expect(hart.step(insn)).toBe(false);
      // Address misaligned, or an access fault where it could not be emulated [unpriv 14.4].
      expect([6n, 7n]).toContain(hart.trap().cause);
      expect(hart.trap()).toMatchObject({ epc: BigInt(CODE_PA), tval: BigInt(DATA_PA + offset) });
      expect(hart.u64(DATA_PA)).toBe(0n);
    }
  });
});

describe("amocas", () => {
  test("amocas.w() compares 32 bits, stores on a match, and always loads", () => {
    for (const memory of EDGES) {
      for (const expected of EDGES) {
        hart.setU64(DATA_PA, 0x7777_7777_0000_0000n | u32(memory));
        hart.x[a0] = expected;
        hart.x[a2] = 0x1111_2222_3333_4444n;
        hart.step(asm.amocas_w(a0, a2, a1));
        const stored = u32(memory) === u32(expected) ? 0x3333_4444n : u32(memory);
        expect([hart.x[a0], hart.u64(DATA_PA)]).toEqual([sext32(memory), 0x7777_7777_0000_0000n | stored]);
      }
    }
  });

  test("amocas.d() compares 64 bits, stores on a match, and always loads", () => {
    for (const memory of EDGES) {
      for (const expected of [memory, memory ^ 1n, memory ^ (1n << 63n)]) {
        hart.setU64(DATA_PA, memory);
        hart.x[a0] = expected;
        hart.x[a2] = 99n;
        hart.step(asm.amocas_d(a0, a2, a1));
        expect([hart.x[a0], hart.u64(DATA_PA)]).toEqual([memory, memory === expected ? 99n : memory]);
      }
    }
  });

  test("amocas.q() compares and swaps register pairs", () => {
    for (const flip of [0n, 1n, 1n << 64n]) {
      hart.setU64(DATA_PA, 11n);
      hart.setU64(DATA_PA + 8, 22n);
      hart.x[a2] = 11n ^ (flip & 0xffffn);
      hart.x[a3] = 22n ^ (flip >> 64n);
      hart.x[a4] = 33n;
      hart.x[a5] = 44n;
      expect(hart.step(asm.amocas_q(a2, a4, a1))).toBe(true);
      expect([hart.x[a2], hart.x[a3]]).toEqual([11n, 22n]);
      expect([hart.u64(DATA_PA), hart.u64(DATA_PA + 8)]).toEqual(flip === 0n ? [33n, 44n] : [11n, 22n]);
    }
  });

  test("amocas.q() reads the pair x0 as zero and writes neither of its registers", () => {
    hart.x[1 as XReg] = 55n;
    hart.step(asm.amocas_q(zero, zero, a1));
    expect(hart.x[1]).toBe(55n);
    hart.x[a4] = 1n;
    hart.x[a5] = 2n;
    hart.step(asm.amocas_q(zero, a4, a1));
    expect([hart.u64(DATA_PA), hart.u64(DATA_PA + 8), hart.x[0], hart.x[1]]).toEqual([1n, 2n, 0n, 55n]);
    hart.x[a4] = 1n;
    hart.x[a5] = 2n;
    hart.step(asm.amocas_q(a4, zero, a1));
    expect([hart.u64(DATA_PA), hart.u64(DATA_PA + 8)]).toEqual([0n, 0n]);
  });

  test("amocas.d() with rd = x0 compares with zero", () => {
    hart.x[a2] = 9n;
    hart.step(asm.amocas_d(zero, a2, a1));
    expect(hart.u64(DATA_PA)).toBe(9n);
    hart.x[a2] = 10n;
    hart.step(asm.amocas_d(zero, a2, a1));
    expect(hart.u64(DATA_PA)).toBe(9n);
  });

  test("amocas() to a place without write permission faults even when the comparison fails", () => {
    hart.x[a1] = 0x4000_0000n;
    hart.x[a0] = 1n;
    expect(hart.step(asm.amocas_d(a0, a2, a1))).toBe(false);
    expect(hart.trap().cause).toBe(7n);
    expect(hart.x[a0]).toBe(1n);
  });
});

describe("load-reserved and store-conditional", () => {
  /** Runs straight code and gives a0, where the sc leaves 0 for success. */
  function run(...items: asm.Item[]): bigint {
    hart.place(CODE_PA, ...items, asm.label("done"), asm.j("done"));
    hart.pc = CODE_PA;
    hart.x[a0] = 77n;
    hart.run(items.length);
    return hart.x[a0]!;
  }
  beforeEach(() => {
    hart.setU64(DATA_PA, 0x1_8000_0005n);
    hart.x[a2] = 42n;
  });

  test("a pair succeeds and stores", () => {
    expect(run(asm.lr_d(a3, a1), asm.sc_d(a0, a2, a1))).toBe(0n);
    expect([hart.x[a3], hart.u64(DATA_PA)]).toEqual([0x1_8000_0005n, 42n]);
  });

  test("lr.w() sign-extends and sc.w() stores 32 bits", () => {
    expect(run(asm.lr_w(a3, a1, "aq"), asm.sc_w(a0, a2, a1, "rl"))).toBe(0n);
    expect([hart.x[a3], hart.u64(DATA_PA)]).toEqual([0xffff_ffff_8000_0005n, 0x1_0000_002an]);
  });

  test("sc() without a reservation fails with 1 and stores nothing", () => {
    expect(run(asm.sc_d(a0, a2, a1))).toBe(1n);
    expect(hart.u64(DATA_PA)).toBe(0x1_8000_0005n);
  });

  test("sc() ends the reservation, whether it succeeds or fails", () => {
    expect(run(asm.lr_d(a3, a1), asm.sc_d(a4, a2, a1), asm.sc_d(a0, a2, a1))).toBe(1n);
    expect(hart.x[a4]).toBe(0n);
    hart.x[a5] = BigInt(DATA_PA + 0x1000);
    expect(run(asm.lr_d(a3, a1), asm.sc_d(a4, a2, a5), asm.sc_d(a0, a2, a1))).toBe(1n);
    expect(hart.x[a4]).toBe(1n);
  });

  test("sc() to another address fails", () => {
    hart.x[a5] = BigInt(DATA_PA + 0x1000);
    expect(run(asm.lr_d(a3, a1), asm.sc_d(a0, a2, a5))).toBe(1n);
    expect(hart.u64(DATA_PA + 0x1000)).toBe(0n);
  });

  test("the last lr() counts", () => {
    hart.x[a5] = BigInt(DATA_PA + 0x1000);
    expect(run(asm.lr_d(a3, a1), asm.lr_d(a3, a5), asm.sc_d(a0, a2, a1))).toBe(1n);
    expect(run(asm.lr_d(a3, a1), asm.lr_d(a3, a5), asm.sc_d(a0, a2, a5))).toBe(0n);
  });

  test("arithmetic, branches and loads between the two keep the reservation [unpriv 14.3]", () => {
    const items = [
      asm.lr_d(a3, a1),
      asm.addi(a3, a3, 1),
      asm.bne(a3, a3, 8),
      asm.slli(a4, a3, 3),
      asm.sc_d(a0, a3, a1),
    ];
    expect(run(...items)).toBe(0n);
    expect(hart.u64(DATA_PA)).toBe(0x1_8000_0006n);
  });

  test("a reservation lives from one run to the next", () => {
    hart.place(CODE_PA, asm.lr_d(a3, a1), asm.sc_d(a0, a2, a1));
    hart.pc = CODE_PA;
    hart.run(1);
    hart.run(1);
    expect(hart.x[a0]).toBe(0n);
  });

  test("wrs.sto() and wrs.nto() come back, with a reservation and without", () => {
    for (const wait of [asm.wrs_sto(), asm.wrs_nto()]) {
      for (const before of [asm.nop(), asm.lr_d(a3, a1)]) {
        const p = hart.place(CODE_PA, before, wait, asm.label("done"), asm.j("done"));
        hart.pc = CODE_PA;
        hart.setCsr(CSR.mip, 2).setCsr(CSR.mie, 2);
        hart.runTo(p);
      }
    }
  });

  test("an eventual success is guaranteed: a constrained loop ends", () => {
    const p = hart.place(
      CODE_PA,
      ...[
        asm.li(a4, 1000),
        asm.label("loop"),
        asm.lr_d(a3, a1),
        asm.addi(a3, a3, 1),
        asm.sc_d(a0, a3, a1),
        asm.bnez(a0, "loop"),
      ],
      ...[asm.addi(a4, a4, -1), asm.bnez(a4, "loop"), asm.label("done"), asm.j("done")],
    );
    hart.pc = CODE_PA;
    hart.runTo(p);
    expect(hart.u64(DATA_PA)).toBe(0x1_8000_03edn);
  });

  test("an sc() to unwritable memory faults when it holds the reservation or not", () => {
    hart.x[a1] = 0x4000_0000n;
    expect(hart.step(asm.sc_d(a0, a2, a1))).toBe(false);
    expect(hart.trap()).toMatchObject({ cause: 7n, tval: 0x4000_0000n });
  });

  test("misaligned ones raise an exception of their kind", () => {
    hart.x[a1] = BigInt(DATA_PA + 4);
    expect(hart.step(asm.lr_d(a0, a1))).toBe(false);
    expect([4n, 5n]).toContain(hart.trap().cause);
    expect(hart.trap().tval).toBe(BigInt(DATA_PA + 4));
    expect(hart.step(asm.sc_d(a0, a2, a1))).toBe(false);
    expect([6n, 7n]).toContain(hart.trap().cause);
    hart.x[a1] = BigInt(DATA_PA + 2);
    expect(hart.step(asm.lr_w(a0, a1))).toBe(false);
    expect([4n, 5n]).toContain(hart.trap().cause);
  });

  test("sc() with rd = rs2 stores the old value", () => {
    hart.x[a0] = 123n;
    hart.place(CODE_PA, asm.lr_d(a3, a1), asm.sc_d(a0, a0, a1));
    hart.pc = CODE_PA;
    hart.run(2);
    expect([hart.x[a0], hart.u64(DATA_PA)]).toEqual([0n, 123n]);
  });

  test("a context switch that does a dummy sc() makes the interrupted pair fail", () => {
    const vector = Number(hart.csr(CSR.mtvec));
    hart.place(
      vector,
      asm.la(a5, "scratch"),
      asm.sc_d(zero, zero, a5),
      asm.li(a5, CODE_PA + 8),
      asm.csrw(CSR.mepc, a5),
      asm.mret(),
      asm.align(8),
      asm.label("scratch"),
      asm.dword(0),
    );
    const p = hart.place(
      CODE_PA,
      asm.lr_d(a3, a1),
      asm.ecall(),
      asm.sc_d(a0, a2, a1),
      asm.label("done"),
      asm.j("done"),
    );
    hart.pc = CODE_PA;
    hart.runTo(p);
    expect(hart.x[a0]).toBe(1n);
  });
});
