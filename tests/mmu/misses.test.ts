/*
 * The counters of TLB misses: one for the first access to a page, none for those that follow.
 */

import { expect, test } from "vitest";
import { PASSAGE_FETCH_MISSES, PASSAGE_LOAD_MISSES, PASSAGE_STORE_MISSES, RESET_BARE } from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a1 } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart } from "../support/hart.js";

const COUNTERS = [PASSAGE_LOAD_MISSES, PASSAGE_STORE_MISSES, PASSAGE_FETCH_MISSES];

test("a page's first load, store and fetch are counted, until a reset", () => {
  const hart = new Hart().start();
  const counted = () => COUNTERS.map((counter) => Number(hart.passage(counter)));
  hart.place(CODE_PA, [asm.lw(a0, 0, a1), asm.lw(a0, 4, a1), asm.sw(a0, 0, a1), asm.sw(a0, 4, a1)]);
  const [loads, stores, fetches] = counted();
  hart.x[a1] = BigInt(DATA_PA);
  hart.pc = CODE_PA;
  hart.run(4);
  expect(counted()).toEqual([loads! + 1, stores! + 1, fetches! + 1]);
  hart.reset(RESET_BARE);
  expect(counted()).toEqual([0, 0, 0]);
});
