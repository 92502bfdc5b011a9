/*
 * Control flow in compiled code: graphs of every shape record the path that is taken through them, and the path is the interpreter's. Random graphs come from
 * seeds, which a failure names; the others are those that once went wrong, or nearly.
 */

import { describe, expect, test } from "vitest";
import { Random } from "../differential/random.js";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, a3, a4, a5, c, type Item, label, ra, s0, t0, t1, t2, zero } from "../support/assembler.js";
import { CODE_PA, Hart } from "../support/hart.js";
import { Pair } from "./pair.js";

const SEEDS = Number(process.env.SHAPE_SEEDS ?? 150);
const FIRST_SEED = Number(process.env.SHAPE_SEED ?? 0);
const pair = new Pair();

/** A path is a hash in a0 over the numbers of the blocks; a1 is a generator of decisions [Knuth's MMIX]. */
const visit = (n: number): Item[] => [asm.slli(t0, a0, 5), asm.sub(a0, t0, a0), asm.addi(a0, a0, n)];
const decide: Item[] = [asm.mul(a1, a1, a3), asm.add(a1, a1, a4), asm.srli(a2, a1, 60)];

function begin(hart: Hart, seed: bigint): void {
  hart.x[a1] = seed;
  hart.x[a3] = 6364136223846793005n;
  hart.x[a4] = 1442695040888963407n;
  hart.pc = CODE_PA;
}

/** Blocks that end in every way a block can, with targets among `count` labels; code of any block may be called and returned from. */
function graph(random: Random, count: number): Item[] {
  const target = () => `b${random.below(count)}`;
  const items: Item[] = [asm.la(ra, "b0"), asm.la(s0, "table")];
  for (let n = 0; n < count; n++) {
    items.push(label(`b${n}`), ...(random.once(3) ? [asm.addi(a0, a0, n)] : visit(n)));
    if (!random.once(4)) items.push(decide);
    // The interpreter executes these two.
    if (random.once(12)) items.push(random.once(2) ? asm.csrrs(t1, asm.CSR.mscratch, zero) : asm.amoadd_w(t1, a0, s0));
    items.push(
      random.weighted<() => Item[]>([
        [6, () => [asm.blt(a2, t2, target())]],
        [4, () => [asm.andi(t1, a2, 1 << random.below(4)), asm.bnez(t1, target())]],
        [3, () => [asm.j(target())]],
        [2, () => [asm.jal(ra, target())]],
        [2, () => [asm.jalr(zero, 0, ra)]],
        [1, () => [asm.jalr(ra, 0, ra)]],
        [2, () => [asm.andi(t1, a2, 3), asm.slli(t1, t1, 3), asm.add(t1, t1, s0), asm.ld(t1, 0, t1), c.jr(t1)]],
        [2, () => []],
      ])(),
    );
  }
  items.push(asm.j(target()), asm.align(8), label("table"), asm.dword(target(), target(), target(), target()));
  return items;
}

const BUDGETS = [997, 1, 3, 2000, 401, 30_000, 7, 5000];

/** Places the program at `pa`: its graph lies in one page or, with large ones, in two. */
function check(items: Item[], seed = 12345n, budgets = BUDGETS, pa = CODE_PA): number | undefined {
  pair.start((hart) => {
    hart.place(pa, ...items);
    begin(hart, seed);
    hart.pc = pa;
    hart.x[t2] = 7n;
  });
  return pair.differsAfter(...budgets);
}

describe("random graphs", () => {
  test.each([4, 12, 40, 90])("of %i blocks are walked along the same path", (count) => {
    const failed: number[] = [];
    let compiled = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const random = new Random(seed * 4 + count);
      if (check(graph(random, random.within(2, count)), random.u64()) !== undefined) failed.push(seed);
      compiled += pair.compiled.compiled;
    }
    console.log(`shape: ${compiled} compiled instructions in ${SEEDS} graphs of up to ${count} blocks`);
    expect(failed).toEqual([]);
    expect(compiled).toBeGreaterThan(SEEDS * 5000);
  });
});

test("random graphs across the border of two pages are walked along the same path", () => {
  const failed: number[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const random = new Random(seed);
    const items = graph(random, random.within(2, 30));
    const pa = CODE_PA + 4096 - 2 * random.below(200);
    if (check(items, random.u64(), BUDGETS, pa) !== undefined) failed.push(seed);
  }
  expect(failed).toEqual([]);
});

describe("graphs at the limits", () => {
  /** Blocks of which each may go back to the one before: every block is a loop around all that follow. */
  test("loops nested as deep as there may be blocks", () => {
    const blocks = Array.from({ length: 158 }, (_, n): Item[] => [
      label(`b${n}`),
      asm.addi(a0, a0, 1),
      ...(n === 0 ? [] : [asm.bnez(t1, `b${n - 1}`)]),
    ]);
    // Each round t1 is one of two values, so that the last block goes back to the first or up by one.
    const rounds: Item[] = [asm.andi(t1, a0, 64), asm.bnez(t1, "b156"), asm.j("b0")];
    expect(check([...blocks, ...rounds])).toBeUndefined();
    expect(pair.compiled.compiled).toBeGreaterThan(10_000);
  });

  test("a ladder of single instructions", () => {
    const count = 159;
    const items: Item[] = [label("b0"), asm.addi(a0, a0, 1), asm.addi(t1, t1, -1)];
    for (let n = 1; n < count; n++) items.push(label(`b${n}`), asm.beq(t1, a3, `b${n - 1}`));
    items.push(asm.j("b0"));
    expect(check(items)).toBeUndefined();
    expect(pair.compiled.compiled).toBeGreaterThan(10_000);
  });

  test("more blocks than a unit takes, with a loop that only those left out lead to", () => {
    const items: Item[] = [label("start"), decide, asm.j("far")];
    // A loop of two, entered from the far end only, then blocks enough to leave the far end out.
    items.push(label("loop"), decide, asm.addi(a0, a0, 3), asm.blt(a2, t2, "loop"), asm.beqz(a2, "start"));
    for (let n = 0; n < 170; n++) items.push(asm.addi(a0, a0, 1), asm.bltu(a2, zero, "start"));
    items.push(asm.j("start"));
    items.push(label("far"), decide, asm.blt(a2, t2, "loop"), decide, asm.j("loop"));
    expect(check(items)).toBeUndefined();
  });

  test("more instructions than a unit takes, in one block and in many", () => {
    const straight = Array.from({ length: 900 }, () => asm.addi(a0, a0, 1));
    expect(check([label("start"), straight, asm.j("start")])).toBeUndefined();
    const items: Item[] = [label("start")];
    for (let n = 0; n < 130; n++)
      items.push(decide, asm.addi(a0, a0, n), asm.blt(a2, t2, n % 7 === 0 ? "start" : 8), c.nop(), c.nop());
    expect(check([...items, asm.j("start")])).toBeUndefined();
  });

  test("instructions inside instructions: the budget lasts when two streams of code flow together", () => {
    // The upper half of each lui is `c.addi a0, 1`; jumps go to its beginning and into its middle.
    const hidden = asm.lui(t1, 0) | (c.addi(a0, 1) << 16);
    const items: Item[] = [asm.addi(t2, zero, 8), label("start"), hidden];
    let bytes = 0;
    for (let n = 0; n < 360; n++) {
      items.push(c.addi(a0, 1));
      bytes += 2;
    }
    items.push(decide, asm.blt(a2, t2, -(bytes + 12 + 2)), asm.j("start"));
    expect(check(items, 99n, [5000, ...Array.from({ length: 60 }, (_, n) => 900 + n * 13)])).toBeUndefined();
    expect(pair.compiled.compiled).toBeGreaterThan(5000);
  });

  test("a page full of jumps to jumps", () => {
    const random = new Random(7);
    const items: Item[] = [];
    for (let n = 0; n < 1000; n++)
      items.push(label(`b${n}`), random.once(40) ? asm.addi(a0, a0, n) : asm.j(`b${random.below(1000)}`));
    expect(check([...items, asm.j("b0")])).toBeUndefined();
  });

  test.each([4094, 4092, 4090])("a loop that ends with its page at offset %i", (offset) => {
    const last = offset === 4092 ? asm.bne(a0, a3, "loop") : c.bnez(a0, "loop");
    const bytes = offset === 4092 ? 4 : 2;
    pair.start((hart) => {
      const body = [asm.addi(a0, a0, 1), asm.nop(), asm.nop()];
      const at = CODE_PA + offset + bytes - bytes - 12;
      hart.place(at, label("loop"), ...body, last, asm.j("loop"));
      begin(hart, 1n);
      hart.pc = at;
    });
    expect(pair.differsAfter(2000, 3, 1700)).toBeUndefined();
  });

  /** A function with a loop of so many rounds is called, then there is a loop with a switch, behind `gap` bytes. */
  function loopAndSwitch(rounds: number, gap: number): Item[] {
    const cases = Array.from({ length: 16 }, (_, n) => `case${n}`);
    const items: Item[] = [asm.li(a5, rounds), asm.jal(ra, "function"), asm.la(s0, "table"), asm.j("loop")];
    items.push(label("function"), ...cases.map((_, n) => visit(n)), asm.addi(a5, a5, -1), asm.bnez(a5, "function"));
    items.push(asm.jalr(zero, 0, ra), ...Array.from({ length: gap / 4 }, () => asm.nop()), label("loop"), decide);
    items.push(asm.slli(t1, a2, 3), asm.add(t1, t1, s0), asm.ld(t1, 0, t1), c.jr(t1));
    for (const [n, name] of cases.entries()) items.push(label(name), visit(n), asm.j("loop"));
    return [...items, asm.align(8), label("table"), asm.dword(...cases)];
  }

  test("the cases of a switch are in the unit of its loop", () => {
    expect(check(loopAndSwitch(1, 0))).toBeUndefined();
    expect(pair.compiled.entered).toBeLessThan(300);
    expect(pair.compiled.compiled).toBeGreaterThan(30_000);
  });

  test("another function in the page is not", () => {
    const hart = new Hart(undefined, 50);
    const bytes = [0, 4096].map((gap) => {
      hart.start();
      hart.place(CODE_PA, ...loopAndSwitch(1000, gap));
      begin(hart, 12345n);
      hart.run(200_000);
      expect(hart.compiled).toBeGreaterThan(180_000);
      return hart.modules.counts.moduleBytes;
    });
    expect(bytes[0]! / bytes[1]!).toBeCloseTo(1, 1);
  });

  test("tight loops: j . and a loop of one branch", () => {
    expect(check([asm.j(0)])).toBeUndefined();
    expect(check([label("x"), asm.beq(zero, zero, "x")])).toBeUndefined();
    expect(check([label("x"), c.beqz(a0, "x"), asm.j("x")])).toBeUndefined();
  });
});
