/*
 * Loops that walk through memory with registers that go on by a few bytes, over pages whose frames lie in another order, so that nothing may be read or written beyond a page by the address of the
 * one before. Some pages may only be read, one is not there: stores and loads there are counted by the trap handler, and go on behind.
 */

import { describe, expect, test } from "vitest";
import { Random } from "../differential/random.js";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, a3, CSR, type Item, label, s0, s1, s2, s3, s4, t0, t1, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, type Hart, M_TRAP_PA, PRIV_S, PRIV_U } from "../support/hart.js";
import { PageTable, PTE_D, PTE_KERNEL, PTE_USER, PTE_V, PTE_W } from "../support/pages.js";
import { Pair } from "./pair.js";

const PAGE = 4096;
const PAGES = 12;
const SEEDS = 120;
const CODE_VA = 0x4000_0000n;
const DATA_VA = 0x5000_0000n;
const BUDGETS = [997, 3, 2500, 401, 12_000];

const pair = new Pair();
/** The registers that walk, where they begin, and one that stays. */
const WALKERS = [s0, s1] as const;
const STEPS = [1, 2, 4, 8, 16, 24, 31, -1, -4, -8];
const LOADS = [asm.lb, asm.lbu, asm.lh, asm.lw, asm.lwu, asm.ld];
const STORES = [asm.sb, asm.sh, asm.sw, asm.sd];

/** A loop of one or two blocks, as often as t0 says, again and again. */
function walk(random: Random): Item[] {
  const bases = [...WALKERS, s4];
  const access = (): Item[] => {
    const offset = random.within(-16, 40);
    if (random.once(3)) return [random.of(STORES)(a0, offset, random.of(bases))];
    return [
      random.of(LOADS)(t1, offset, random.of(bases)),
      asm.add(a0, a0, t1),
      asm.slli(t1, a0, 7),
      asm.xor(a0, a0, t1),
    ];
  };
  const step = (): Item[] => {
    const r = random.of(WALKERS);
    return [asm.addi(r, r, random.of(STEPS))];
  };
  const some = (): Item[] =>
    Array.from({ length: random.within(1, 5) }, () => (random.once(3) ? step() : access())).flat();
  const skip: Item[] = random.once(2) ? [] : [asm.andi(t1, a0, 2), asm.bnez(t1, "over"), ...some(), label("over")];
  return [
    ...[label("again"), asm.mv(s0, s2), asm.mv(s1, s3), asm.addi(t0, a1, 0)],
    ...[label("loop"), ...some(), ...skip, ...some(), asm.addi(t0, t0, -1), asm.bnez(t0, "loop"), asm.j("again")],
  ];
}

function load(hart: Hart, seed: number, priv: number): void {
  const random = new Random(seed);
  const all = priv === PRIV_U ? PTE_USER : PTE_KERNEL;
  const table = new PageTable(hart).map(CODE_VA, CODE_PA, all);
  for (let page = 0; page < PAGES; page++) {
    const isGone = page === 9;
    const flags = isGone ? all & ~PTE_V : random.once(4) ? all & ~(PTE_W | PTE_D) : all;
    table.map(DATA_VA + BigInt(page * PAGE), DATA_PA + ((page * 5) % PAGES) * PAGE, flags);
  }
  for (let at = 0; at < PAGES * PAGE; at += 8) hart.setU64(DATA_PA + at, random.u64());
  hart.place(CODE_PA, ...walk(random));
  // What traps is counted and skipped; all accesses here are four bytes long.
  hart.place(
    M_TRAP_PA,
    ...[asm.addi(a2, a2, 1), asm.csrr(a3, CSR.mepc), asm.addi(a3, a3, 4), asm.csrw(CSR.mepc, a3), asm.mret()],
  );
  const somewhere = () => DATA_VA + BigInt(random.within(3, 7) * PAGE + random.of([-40, -8, 0, 16, 1999, -3]));
  [hart.x[s2], hart.x[s3], hart.x[s4]] = [somewhere(), somewhere(), somewhere()];
  hart.x[a1] = BigInt(random.within(1, 300));
  table.enter(CODE_VA, priv);
}

describe.each([
  ["U-mode", PRIV_U],
  ["S-mode", PRIV_S],
])("in %s", (_, priv) => {
  test("walks end where the interpreter's do", () => {
    const failed: number[] = [];
    let compiled = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      pair.start((hart) => load(hart, seed, priv));
      if (pair.differsAfter(...BUDGETS) !== undefined) failed.push(seed);
      compiled += pair.compiled.compiled;
    }
    expect(failed).toEqual([]);
    expect(compiled).toBeGreaterThan(SEEDS * 8000);
  });
});

test("code of U-mode that M-mode executes too uses no address of the other", () => {
  pair.start((hart) => {
    hart.place(
      CODE_PA,
      ...[label("again"), asm.li(t0, 500), label("loop"), asm.ld(t1, 0, s0), asm.add(a0, a0, t1)],
      ...[asm.addi(t0, t0, -1), asm.bnez(t0, "loop"), asm.ecall(), asm.j("again")],
    );
    hart.place(M_TRAP_PA, asm.li(s0, DATA_PA + 8), asm.li(a3, CODE_PA), asm.jalr(zero, 0, a3));
    hart.setU64(DATA_PA, 3n);
    hart.setU64(DATA_PA + 8, 5n);
    hart.x[s0] = DATA_VA;
    new PageTable(hart).map(CODE_VA, CODE_PA, PTE_USER).map(DATA_VA, DATA_PA, PTE_USER).enter(CODE_VA, PRIV_U);
  });
  expect(pair.differsAfter(997, 997, 10_000)).toBeUndefined();
  expect(pair.compiled.x[a0]).toBeGreaterThan(10_000n);
});
