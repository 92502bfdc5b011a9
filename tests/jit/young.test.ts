/*
 * When code is compiled: later while the guest is young, since most of what it executes then it executes once.
 */

import { expect, test } from "vitest";
import { PASSAGE_PTR, PASSAGE_THRESHOLD_YOUNG } from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { label, t0 } from "../support/assembler.js";
import { CODE_PA, Hart } from "../support/hart.js";

const hart = new Hart(undefined, 10);
/** Of the loop: three instructions a round. */
const ROUND = 3;

const setYoung = (young: number): void => hart.view.setUint32(PASSAGE_PTR + PASSAGE_THRESHOLD_YOUNG, young, true);

/** Starts a loop that its own code enters once a round. */
function start(young: number): void {
  hart.start();
  setYoung(young);
  hart.place(CODE_PA, label("loop"), asm.addi(t0, t0, 1), asm.nop(), asm.j("loop"));
  hart.pc = CODE_PA;
}

test("a young guest's code is compiled after as many entries as was said", () => {
  start(2000);
  hart.run(1900 * ROUND);
  expect(hart.compiled).toBe(0);
  hart.run(200_000);
  expect(hart.compiled).toBeGreaterThan(0);
});

test("the threshold falls while the guest grows up, to what it is for all", () => {
  start(0x7000);
  hart.run(ROUND);
  // Grown up by code elsewhere, which is compiled at once.
  setYoung(10);
  hart.place(CODE_PA + 0x1000, asm.j(0));
  hart.pc = CODE_PA + 0x1000;
  hart.run(1 << 26);
  setYoung(0x7000);
  const before = hart.compiled;
  hart.pc = CODE_PA;
  hart.run(30 * ROUND + 1000);
  expect(hart.compiled).toBeGreaterThan(before);
});

test("a lower threshold for the young means nothing", () => {
  start(1);
  hart.run(9 * ROUND);
  expect(hart.compiled).toBe(0);
});
