/*
 * Where a slice of time ends is no jump: a loop stays the one unit that it was, however often it is interrupted.
 */

import { expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { label, t0 } from "../support/assembler.js";
import { CODE_PA, Hart } from "../support/hart.js";

test("a loop that is interrupted everywhere is compiled once", () => {
  const hart = new Hart(undefined, 10);
  hart.start();
  const adds = Array.from({ length: 12 }, () => asm.addi(t0, t0, 1));
  hart.place(CODE_PA, label("loop"), ...adds, asm.j("loop"));
  hart.pc = CODE_PA;
  for (let slice = 0; slice < 1000; slice++) hart.run(1009);
  expect(hart.compiled).toBeGreaterThan(500_000);
  expect(hart.units).toBe(1);
});
