/*
 * Two harts with the same program, of which one compiles what it enters twice: after any number of instructions they must be in the same state.
 */

import { OP_BUDGET } from "../../assembly/abi.js";
import { Hart } from "../support/hart.js";

export const MIB = 0x10_0000;

export class Pair {
  readonly interpreted: Hart;
  readonly compiled: Hart;

  constructor(threshold = 1, ramBytes = 16 * MIB) {
    this.interpreted = new Hart(ramBytes, 0);
    this.compiled = new Hart(ramBytes, threshold);
  }

  /** Starts both with what `load` puts into them. */
  start(load: (hart: Hart) => void): this {
    for (const hart of [this.interpreted, this.compiled]) {
      hart.start();
      load(hart);
      // Lets the core tell that it has retired nothing yet.
      hart.run(0);
    }
    return this;
  }

  /** Runs both for the budgets, one after the other. Returns after how many instructions they were first seen to differ, undefined if never. */
  differsAfter(...budgets: number[]): number | undefined {
    let done = 0;
    for (const budget of budgets) {
      const before = this.compiled.retired;
      const [first, second] = [this.interpreted.run(budget), this.compiled.run(budget)];
      done += budget;
      if (first !== second || (second === OP_BUDGET && this.compiled.retired - before !== budget)) return done;
      if (this.interpreted.state() !== this.compiled.state()) return done;
    }
    return undefined;
  }
}
