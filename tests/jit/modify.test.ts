/*
 * Code that changes, and code that is not where it was: what is compiled goes with the bytes in memory and the translation of the moment, whoever changes them and however often.
 */

import { describe, expect, test } from "vitest";
import { Random } from "../differential/random.js";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, a3, CSR, c, type Item, label, t0, t1, t2, t3, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, type Hart, M_TRAP_PA, PRIV_S, PRIV_U, TABLE_PA } from "../support/hart.js";
import { Pair } from "./pair.js";

const PAGE = 4096;
const SLICES = [3000, 1, 2, 997, 5000, 4321];
const pair = new Pair();
const both = (load: (hart: Hart) => void) => pair.start(load);

/** Lets M-mode count exceptions in a3 and go on behind the instruction. */
function skipTraps(hart: Hart): void {
  hart.place(
    M_TRAP_PA,
    ...[asm.csrr(t3, CSR.mepc), asm.addi(t3, t3, 4), asm.csrw(CSR.mepc, t3), asm.addi(a3, a3, 1), asm.mret()],
  );
}

/** A loop that stores `value` plus the round's number shifted to the immediate over its own instruction "patch". */
function rewriting(between: Item[], store: Item[] = [asm.sw(t1, 0, a1)]): Item[] {
  return [
    ...[asm.la(a1, "patch"), asm.li(a2, asm.addi(a0, a0, 0))],
    ...[
      label("loop"),
      asm.addi(t0, t0, 1),
      asm.andi(t1, t0, 63),
      asm.slli(t1, t1, 20),
      asm.add(t1, t1, a2),
      store,
      between,
    ],
    ...[label("patch"), asm.addi(a0, a0, 0), asm.add(a3, a3, a0), asm.j("loop")],
  ];
}

describe("a unit that overwrites itself", () => {
  test.each([
    ["with fence.i", [asm.fence_i()]],
    ["without a fence, at once", []],
    ["with some instructions between", [asm.nop(), asm.mul(t2, t1, t0), asm.nop()]],
    ["with a jump between", [asm.j(4)]],
    ["with a call through a register between", [asm.auipc(t2, 0), asm.jalr(t3, 8, t2)]],
  ])("%s", (_, between) => {
    both((hart) => {
      hart.place(CODE_PA, ...rewriting(between));
      hart.pc = CODE_PA;
    });
    expect(pair.differsAfter(...SLICES)).toBeUndefined();
  });

  test.each([
    ["in halves", [asm.sh(t1, 0, a1), asm.srli(t2, t1, 16), asm.sh(t2, 2, a1)]],
    ["byte by byte", [0, 1, 2, 3].map((n) => [asm.srli(t2, t1, 8 * n), asm.sb(t2, n, a1)])],
    ["atomically", [asm.amoswap_w(zero, t1, a1)]],
    [
      "by a store across it",
      [
        asm.ld(t2, -4, a1),
        asm.slli(t2, t2, 32),
        asm.srli(t2, t2, 32),
        asm.slli(t3, t1, 32),
        asm.or(t2, t2, t3),
        asm.sd(t2, -4, a1),
      ],
    ],
  ])("%s", (_, store) => {
    both((hart) => {
      hart.place(CODE_PA, ...rewriting([asm.fence_i()], store));
      hart.pc = CODE_PA;
    });
    expect(pair.differsAfter(...SLICES)).toBeUndefined();
  });

  test("with zeros, by cbo.zero, which its handler repairs", () => {
    both((hart) => {
      hart.place(M_TRAP_PA, asm.sd(a2, 0, a1), asm.fence_i(), asm.addi(a0, a0, 1), asm.mret());
      const insns = BigInt(asm.addi(a0, a0, 3)) | (BigInt(asm.nop()) << 32n);
      const loop = CODE_PA + 0x300;
      hart.place(
        loop,
        ...[
          label("loop"),
          asm.addi(t0, t0, 1),
          asm.andi(t1, t0, 7),
          asm.bnez(t1, "on"),
          asm.cbo_zero(a1),
          asm.fence_i(),
          label("on"),
        ],
        asm.j(0x100 - 6 * 4),
      );
      hart.place(CODE_PA + 0x400, asm.addi(a0, a0, 3), asm.nop(), asm.nop(), asm.j(-0x100 - 12));
      hart.x[a1] = BigInt(CODE_PA + 0x400);
      hart.x[a2] = insns;
      hart.pc = loop;
    });
    expect(pair.differsAfter(2000, 999)).toBeUndefined();
  });

  test("data beside code: a counter in the page of the loop that counts", () => {
    both((hart) => {
      hart.place(
        CODE_PA,
        ...[
          asm.la(a1, "counter"),
          label("loop"),
          asm.ld(t0, 0, a1),
          asm.addi(t0, t0, 1),
          asm.sd(t0, 0, a1),
          asm.add(a0, a0, t0),
          asm.j("loop"),
        ],
        ...[asm.align(64), label("counter"), asm.dword(0)],
      );
      hart.pc = CODE_PA;
    });
    expect(pair.differsAfter(...SLICES, 50_000)).toBeUndefined();
  });
});

describe("another page's code", () => {
  const OTHER_PA = CODE_PA + 16 * PAGE;

  test("is rewritten while it is hot", () => {
    both((hart) => {
      hart.place(OTHER_PA, asm.addi(a0, a0, 1), asm.addi(a0, a0, 1), asm.ret());
      hart.place(
        CODE_PA,
        ...[asm.li(a1, OTHER_PA), asm.li(a2, asm.addi(a0, a0, 0))],
        ...[label("loop"), asm.addi(t0, t0, 1), asm.andi(t1, t0, 31), asm.bnez(t1, "call")],
        ...[asm.slli(t1, t0, 20), asm.add(t1, t1, a2), asm.sw(t1, 4, a1), asm.fence_i()],
        ...[label("call"), asm.jalr(asm.ra, 0, a1), asm.j("loop")],
      );
      hart.pc = CODE_PA;
    });
    expect(pair.differsAfter(...SLICES, 30_000)).toBeUndefined();
    expect(pair.compiled.compiled).toBeGreaterThan(20_000);
  });

  test("is written by the host between two runs, queued, compiled or neither", () => {
    const random = new Random(1);
    both((hart) => {
      hart.place(OTHER_PA, label("x"), asm.addi(a0, a0, 1), asm.addi(a1, a1, 1), asm.bne(a1, zero, "x"));
      hart.x[a1] = 1n;
      hart.pc = OTHER_PA;
    });
    for (let n = 0; n < 400; n++) {
      const immediate = random.within(0, 2047);
      const whole = random.once(4);
      for (const hart of [pair.interpreted, pair.compiled]) {
        hart.place(OTHER_PA, asm.addi(a0, a0, immediate));
        if (whole) hart.write(OTHER_PA, hart.bytes(OTHER_PA, PAGE));
      }
      expect(pair.differsAfter(random.within(1, 300)), `round ${n}`).toBeUndefined();
    }
  });
});

describe("virtual pages", () => {
  const CODE_VA = 0x4000_0000;
  const CODES = [CODE_PA + 32 * PAGE, CODE_PA + 33 * PAGE] as const;
  const [V, R, W, X, U, A, D] = [1n, 2n, 4n, 8n, 16n, 64n, 128n];
  const leaf = (pa: number, flags: bigint) => ((BigInt(pa) >> 12n) << 10n) | V | A | D | flags;
  const LEAVES_PA = TABLE_PA + 2 * PAGE;

  /** Sv39: gigapage 2 maps RAM onto itself for S, CODE_VA on is mapped page by page. */
  function map(hart: Hart): void {
    hart.setU64(TABLE_PA + 2 * 8, leaf(0x8000_0000, R | W | X));
    hart.setU64(TABLE_PA + 1 * 8, ((BigInt(TABLE_PA + PAGE) >> 12n) << 10n) | V);
    hart.setU64(TABLE_PA + PAGE, ((BigInt(LEAVES_PA) >> 12n) << 10n) | V);
    hart.setCsr(CSR.satp, (8n << 60n) | BigInt(TABLE_PA >>> 12));
  }

  /** Counts differently in each of the two frames, by auipc too, and comes back through ra. */
  function placeCodes(hart: Hart): void {
    for (const [n, pa] of CODES.entries()) {
      const rounds: Item[] = [
        asm.li(t0, 20),
        label("loop"),
        asm.addi(a0, a0, n + 1),
        asm.auipc(t1, 0),
        asm.add(a2, a2, t1),
        c.addi(t0, -1),
      ];
      hart.place(pa, rounds, asm.bnez(t0, "loop"), asm.ret());
    }
  }

  test("the frame behind an address is exchanged, with sfence.vma", () => {
    both((hart) => {
      map(hart);
      placeCodes(hart);
      for (const n of [0, 1]) hart.setU64(DATA_PA + 8 * n, leaf(CODES[n]!, R | X));
      hart.place(
        CODE_PA,
        ...[asm.li(asm.s0, LEAVES_PA), asm.li(asm.s1, CODE_VA), asm.li(asm.s2, DATA_PA)],
        ...[
          label("next"),
          asm.xori(asm.s2, asm.s2, 8),
          asm.ld(t2, 0, asm.s2),
          asm.sd(t2, 0, asm.s0),
          asm.sfence_vma(asm.s1, zero),
        ],
        ...[asm.jalr(asm.ra, 0, asm.s1), asm.j("next")],
      );
      hart.enter(PRIV_S, CODE_PA);
    });
    expect(pair.differsAfter(...SLICES, 40_000)).toBeUndefined();
    expect(pair.compiled.compiled).toBeGreaterThan(20_000);
  });

  test("two processes at one address: satp changes between two roots", () => {
    const SECOND = 8 * PAGE;
    both((hart) => {
      placeCodes(hart);
      map(hart);
      hart.setU64(LEAVES_PA, leaf(CODES[0], R | X));
      // The second root shares the first one's map of RAM.
      hart.setU64(TABLE_PA + SECOND + 2 * 8, leaf(0x8000_0000, R | W | X));
      hart.setU64(TABLE_PA + SECOND + 1 * 8, ((BigInt(TABLE_PA + SECOND + PAGE) >> 12n) << 10n) | V);
      hart.setU64(TABLE_PA + SECOND + PAGE, ((BigInt(LEAVES_PA + SECOND) >> 12n) << 10n) | V);
      hart.setU64(LEAVES_PA + SECOND, leaf(CODES[1], R | X));
      hart.place(
        CODE_PA,
        ...[
          asm.li(asm.s1, CODE_VA),
          asm.li(asm.s2, (8n << 60n) | BigInt(TABLE_PA >>> 12)),
          asm.li(asm.s3, SECOND >>> 12),
        ],
        ...[label("next"), asm.xor(asm.s2, asm.s2, asm.s3), asm.csrw(CSR.satp, asm.s2), asm.sfence_vma(zero, zero)],
        ...[asm.jalr(asm.ra, 0, asm.s1), asm.j("next")],
      );
      hart.enter(PRIV_S, CODE_PA);
    });
    expect(pair.differsAfter(...SLICES, 40_000)).toBeUndefined();
    expect(pair.compiled.compiled).toBeGreaterThan(20_000);
  });

  test("one frame at two addresses: each sees its own pc", () => {
    both((hart) => {
      placeCodes(hart);
      map(hart);
      for (const n of [0, 1]) hart.setU64(LEAVES_PA + 8 * n, leaf(CODES[0], R | X));
      hart.place(
        CODE_PA,
        ...[asm.li(asm.s1, CODE_VA), asm.li(asm.s2, PAGE)],
        ...[label("next"), asm.xor(asm.s1, asm.s1, asm.s2), asm.jalr(asm.ra, 0, asm.s1), asm.j("next")],
      );
      hart.enter(PRIV_S, CODE_PA);
    });
    expect(pair.differsAfter(...SLICES, 40_000)).toBeUndefined();
  });

  test("a store through one address to code that runs at another", () => {
    both((hart) => {
      map(hart);
      // The patch is found by its address in the second mapping.
      hart.place(CODES[0], ...rewriting([asm.fence_i()], [asm.add(t2, a1, asm.s2), asm.sw(t1, 0, t2)]));
      hart.x[asm.s2] = BigInt(PAGE);
      hart.setU64(LEAVES_PA, leaf(CODES[0], R | X));
      hart.setU64(LEAVES_PA + 8, leaf(CODES[0], R | W));
      hart.enter(PRIV_S, CODE_VA);
    });
    expect(pair.differsAfter(...SLICES, 20_000)).toBeUndefined();
  });

  test("SUM, changed between two accesses of a block by one base register, holds from the next access on", () => {
    both((hart) => {
      map(hart);
      hart.setU64(LEAVES_PA, leaf(DATA_PA, R | W | U));
      skipTraps(hart);
      const access = [asm.ld(t1, 0, asm.s1), asm.addi(t1, t1, 1), asm.sd(t1, 8, asm.s1)];
      hart.place(
        CODE_PA,
        ...[asm.li(asm.s1, CODE_VA), asm.li(asm.s2, 1 << 18)],
        ...[label("next"), asm.csrrs(zero, CSR.sstatus, asm.s2), access, asm.csrrc(zero, CSR.sstatus, asm.s2)],
        ...[access, asm.csrrs(zero, CSR.sstatus, asm.s2), access, asm.csrrc(zero, CSR.sstatus, asm.s2), asm.j("next")],
      );
      hart.enter(PRIV_S, CODE_PA);
    });
    expect(pair.differsAfter(...SLICES, 20_000)).toBeUndefined();
    expect(pair.compiled.x[a3]).toBeGreaterThan(1000n);
  });

  test("SUM means nothing to accesses of M-mode, which may change it", () => {
    both((hart) => {
      hart.place(
        CODE_PA,
        ...[asm.li(asm.s1, DATA_PA), asm.li(asm.s2, 1 << 18)],
        ...[label("next"), asm.csrrs(zero, CSR.sstatus, asm.s2), asm.ld(t1, 0, asm.s1), asm.addi(t1, t1, 1)],
        ...[asm.sd(t1, 0, asm.s1), asm.csrrc(zero, CSR.sstatus, asm.s2), asm.j("next")],
      );
      hart.pc = CODE_PA;
    });
    expect(pair.differsAfter(...SLICES, 20_000)).toBeUndefined();
  });

  test("rights: what compiled code of S may load depends on SUM, and U may not execute what S may", () => {
    both((hart) => {
      map(hart);
      placeCodes(hart);
      hart.setU64(LEAVES_PA, leaf(DATA_PA, R | W | U));
      skipTraps(hart);
      hart.place(
        CODE_PA,
        ...[asm.li(asm.s1, CODE_VA), asm.li(asm.s2, 1 << 18)],
        ...[label("next"), asm.csrrs(zero, CSR.sstatus, asm.s2), asm.li(t0, 5)],
        ...[
          label("may"),
          asm.ld(t1, 0, asm.s1),
          asm.addi(t1, t1, 1),
          asm.sd(t1, 0, asm.s1),
          asm.addi(t0, t0, -1),
          asm.bnez(t0, "may"),
        ],
        ...[asm.csrrc(zero, CSR.sstatus, asm.s2), asm.li(t0, 5)],
        ...[
          label("not"),
          asm.ld(t1, 0, asm.s1),
          asm.addi(t1, t1, 1),
          asm.sd(t1, 0, asm.s1),
          asm.addi(t0, t0, -1),
          asm.bnez(t0, "not"),
        ],
        asm.j("next"),
      );
      hart.enter(PRIV_S, CODE_PA);
    });
    expect(pair.differsAfter(...SLICES, 20_000)).toBeUndefined();
    expect(pair.compiled.x[a3]).toBeGreaterThan(1000n);

    both((hart) => {
      map(hart);
      placeCodes(hart);
      hart.setU64(LEAVES_PA, leaf(CODES[0], X));
      hart.x[asm.ra] = BigInt(CODE_VA);
      hart.enter(PRIV_S, CODE_VA);
    });
    expect(pair.differsAfter(5000)).toBeUndefined();
    expect(pair.compiled.compiled).toBeGreaterThan(3000);
    for (const hart of [pair.interpreted, pair.compiled]) {
      hart.pc = M_TRAP_PA;
      hart.place(CODE_PA, asm.ecall());
      hart.pc = CODE_PA;
      hart.run(1);
      hart.setCsr(CSR.mepc, CODE_VA);
      hart.enter(PRIV_U, CODE_VA);
    }
    expect(pair.differsAfter(1, 10)).toBeUndefined();
    expect(pair.compiled.trap()).toMatchObject({ cause: 12n, epc: BigInt(CODE_VA) });
  });
});
