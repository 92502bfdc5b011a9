/*
 * Loops across the border of two pages: they are one unit, wherever the border lies in them, and what is behind the border is what is mapped and lies there at the moment.
 */

import { describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import {
  a0,
  a1,
  a2,
  a3,
  CSR,
  c,
  type Item,
  label,
  ra,
  s0,
  s1,
  s2,
  s3,
  t0,
  t1,
  t2,
  zero,
} from "../support/assembler.js";
import { CODE_PA, DATA_PA, type Hart, M_TRAP_PA } from "../support/hart.js";
import { PageTable, PTE_KERNEL, PTE_X } from "../support/pages.js";
import { Pair } from "./pair.js";

const PAGE = 4096;
const SLICES = [3000, 1, 2, 997, 5000, 4321, 60_000];
const pair = new Pair();

/** A loop of instructions of both lengths, with a call and a branch over one of them. */
const LOOP: Item[] = [
  ...[label("loop"), asm.addi(a0, a0, 1), c.addi(a1, 3), asm.xor(a1, a1, a0), asm.jal(t2, "add"), c.nop()],
  ...[asm.andi(t1, a0, 3), asm.bnez(t1, "over"), asm.mul(a1, a1, a0), label("over"), asm.auipc(t1, 0)],
  ...[asm.add(a2, a2, t1), asm.j("loop")],
  ...[label("add"), asm.add(a2, a2, a1), c.jr(t2)],
];
const LOOP_BYTES = 46;

describe("a loop with the border", () => {
  test.each(Array.from({ length: LOOP_BYTES / 2 + 1 }, (_, n) => 2 * n))("%i bytes behind its beginning", (before) => {
    pair.start((hart) => {
      const { bytes } = hart.place(CODE_PA + PAGE - before, ...LOOP);
      expect(bytes.length).toBe(LOOP_BYTES);
      hart.pc = CODE_PA + PAGE - before;
    });
    expect(pair.differsAfter(...SLICES)).toBeUndefined();
    expect(pair.compiled.compiled).toBeGreaterThan(0.9 * pair.compiled.retired);
  });

  test("is left for no other unit", () => {
    pair.start((hart) => {
      hart.place(CODE_PA + PAGE - 6, label("loop"), asm.addi(a0, a0, 1), asm.addi(a1, a1, 3), asm.j("loop"));
      hart.pc = CODE_PA + PAGE - 6;
    });
    expect(pair.differsAfter(...SLICES)).toBeUndefined();
    expect(pair.compiled.entered).toBeLessThan(30);
  });
});

describe("behind the border", () => {
  const CODE_VA = 0x4000_0000n;
  const SECOND_VA = CODE_VA + BigInt(PAGE);
  /** The page before the border, and two that take turns behind it. */
  const [FIRST, SECOND] = [CODE_PA + 32 * PAGE, CODE_PA + 40 * PAGE] as const;
  const TURNS = [FIRST + PAGE, SECOND + PAGE] as const;

  /** What adds `step` stands behind the border, or `across` bytes before it; what comes before it is the same for all. */
  const rounds = (step: number): Item[] => [
    ...[asm.addi(t0, zero, 20), label("round"), c.nop(), asm.addi(a0, a0, step), asm.auipc(t1, 0)],
    ...[asm.add(a2, a2, t1), c.addi(t0, -1), asm.bnez(t0, "round"), asm.ret()],
  ];

  /** Where `rounds` begins, in its page. */
  const begins = (across: number): number => PAGE - 6 - across;

  /** Maps both pages, and RAM to itself; returns the table. */
  function map(hart: Hart, across: number): PageTable {
    hart.place(FIRST + begins(across), ...rounds(1));
    hart.place(SECOND + begins(across), ...rounds(2));
    return new PageTable(hart).mapRam().map(CODE_VA, FIRST).map(SECOND_VA, TURNS[0]);
  }

  /** Calls the loop for ever; before each call `turn` is executed, with the second page's address in s1. */
  function callFor(hart: Hart, table: PageTable, across: number, ...turn: Item[]): void {
    hart.place(
      CODE_PA,
      ...[asm.li(s1, SECOND_VA), asm.li(s3, CODE_VA + BigInt(begins(across)))],
      ...[label("next"), turn, asm.jalr(ra, 0, s3), asm.j("next")],
    );
    // What cannot be fetched is counted, and was a call that returned.
    hart.place(M_TRAP_PA, asm.addi(a3, a3, 1), asm.csrw(CSR.mepc, ra), asm.mret());
    table.enter(BigInt(CODE_PA));
  }

  const leaf = (pa: number): bigint => (BigInt(pa) >> 2n) | PTE_KERNEL;

  /** The other of two entries is made the second page's. */
  const exchange: Item[] = [asm.xori(s2, s2, 8), asm.ld(t2, 0, s2), asm.sd(t2, 0, s0), asm.sfence_vma(s1, zero)];

  describe.each([
    ["with an instruction in both pages", 2],
    ["between two instructions", 0],
  ])("%s", (_, across) => {
    /** Between two frames, or one and what `other` says. */
    function exchanging(hart: Hart, other = leaf(TURNS[1])): void {
      const table = map(hart, across);
      hart.x[s0] = BigInt(table.pteAt(SECOND_VA));
      hart.x[s2] = BigInt(DATA_PA);
      hart.setU64(DATA_PA, leaf(TURNS[0]));
      hart.setU64(DATA_PA + 8, other);
      callFor(hart, table, across, ...exchange);
    }

    test("another frame is mapped", () => {
      pair.start((hart) => exchanging(hart));
      expect(pair.differsAfter(...SLICES)).toBeUndefined();
      expect(pair.compiled.compiled).toBeGreaterThan(0.5 * pair.compiled.retired);
    });

    test.each([
      ["nothing is mapped", 0n],
      ["nothing may be executed", leaf(TURNS[0]) & ~PTE_X],
    ])("%s", (_, other) => {
      pair.start((hart) => exchanging(hart, other));
      expect(pair.differsAfter(...SLICES)).toBeUndefined();
      expect(pair.compiled.x[a3]).toBeGreaterThan(100n);
    });

    test("nothing is mapped where the first page is mapped a second time, at an address that the TLB keeps at the same place", () => {
      pair.start((hart) => {
        const again = 1n << 20n;
        const table = map(hart, across).map(CODE_VA + again, FIRST);
        hart.x[s2] = again;
        callFor(hart, table, across, asm.xor(s3, s3, s2));
      });
      expect(pair.differsAfter(...SLICES)).toBeUndefined();
      expect(pair.compiled.x[a3]).toBeGreaterThan(100n);
    });

    test("the instruction is overwritten, from elsewhere", () => {
      pair.start((hart) => {
        const table = map(hart, across);
        // The upper half of the addition, with its immediate, where its frame lies.
        hart.x[s0] = BigInt(TURNS[0] + 2 - across);
        const patch = [asm.addi(t2, t2, 16), asm.andi(t1, t2, 0x7f0), asm.slli(t1, t1, 4), asm.ori(t1, t1, 5)];
        callFor(hart, table, across, ...patch, asm.sh(t1, 0, s0), asm.fence_i());
      });
      expect(pair.differsAfter(...SLICES)).toBeUndefined();
      expect(pair.compiled.x[a0]).toBeGreaterThan(100_000n);
    });
  });
});
