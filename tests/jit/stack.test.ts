/*
 * Frames that lie in two pages: a function that is called again and again with one is soon as fast as any other, and looks at its frame as a whole again when there is no need any more.
 */

import { beforeEach, expect, test } from "vitest";
import { PASSAGE_STEPS, STEP_ACCESS } from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a1, label, ra, s0, s1, sp, t0, zero } from "../support/assembler.js";
import { CODE_PA, DATA_PA, type Hart } from "../support/hart.js";
import { Pair } from "./pair.js";

const BORDER_PA = DATA_PA + 4096;
const FRAME_BYTES = 32;
/** Instructions from one call to the next. */
const ROUND = 14;
const ELSEWHERE_PA = CODE_PA + 16 * 4096;

const pair = new Pair(10);
const hart = pair.compiled;

/** Loads and stores that compiled code left to the interpreter. */
const steps = (): number => Number(hart.passage(PASSAGE_STEPS + 8 * STEP_ACCESS));

/** How many of these a while of calls makes. */
function stepsIn(rounds: number): number {
  const before = steps();
  hart.run(rounds * ROUND);
  return steps() - before;
}

/** Executes other code for a while. */
function runElsewhere(insns: number): void {
  const at = hart.pc;
  hart.pc = ELSEWHERE_PA;
  hart.run(insns);
  hart.pc = at;
}

/** Moves the stack so that the frame ends `bytes` above the border of two pages. */
function moveStack(bytes: number): void {
  for (const one of [pair.interpreted, hart]) one.x[sp] = BigInt(BORDER_PA + bytes);
}

beforeEach(() => {
  pair.start((one: Hart) => {
    one.place(
      CODE_PA,
      ...[label("loop"), asm.jal(ra, "callee"), asm.addi(a0, a0, 1), asm.j("loop")],
      ...[label("callee"), asm.addi(sp, sp, -FRAME_BYTES), asm.sd(ra, 24, sp), asm.sd(s0, 16, sp), asm.sd(s1, 8, sp)],
      ...[asm.ld(t0, 8, sp), asm.add(a1, a1, t0), asm.ld(s1, 8, sp), asm.ld(s0, 16, sp), asm.ld(ra, 24, sp)],
      ...[asm.addi(sp, sp, FRAME_BYTES), asm.jalr(zero, 0, ra)],
    );
    one.place(ELSEWHERE_PA, asm.addi(t0, t0, 1), asm.j(-4));
    one.x[s1] = 3n;
    one.pc = CODE_PA;
  });
});

test("a frame in two pages is soon looked at in two pieces", () => {
  moveStack(16);
  expect(stepsIn(20_000)).toBeLessThan(4000);
  expect(stepsIn(20_000)).toBeLessThan(10);
});

test("a frame that is looked at now and then is not worth it", () => {
  moveStack(16);
  let missed = 0;
  for (let times = 0; times < 100; times++) {
    missed += stepsIn(50);
    runElsewhere(1_000_000);
  }
  expect(missed).toBeGreaterThan(5000);
});

test("where the frame lies makes no difference to what is computed", () => {
  for (const bytes of [16, FRAME_BYTES, 0, 24, 8, -64]) {
    moveStack(bytes);
    expect(pair.differsAfter(997, 30_011, 20_000)).toBeUndefined();
    for (const one of [pair.interpreted, hart]) one.pc = CODE_PA;
  }
});

test("after a long time the frame is looked at as a whole again", () => {
  moveStack(16);
  stepsIn(20_000);
  // For as long as a process may live.
  for (let run = 0; run < 5; run++) runElsewhere(1_000_000_000);
  const again = stepsIn(20_000);
  expect(again).toBeGreaterThan(1000);
  expect(again).toBeLessThan(4000);
});
