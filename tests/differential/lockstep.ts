/*
 * Two executions side by side, compared at common numbers of instructions, up to the first difference: today the interpreter in slices
 * of different lengths, with compiled code the interpreter against it.
 *
 * Harts are compared every `interval` instructions and memory every `memoryInterval`. When something differs both are started anew and
 * compared in ever smaller steps from the last place where they agreed, down to a single instruction if the difference stays.
 */

import { HART_PC, HART_PTR } from "../../assembly/abi.js";
import type { Execution } from "./execution.js";
import { hartDifferences, ramDifferences, type StateDifference } from "./hart-state.js";

export interface LockstepOptions {
  /** Makes an execution that has not run yet. */
  readonly first: () => Execution | Promise<Execution>;
  readonly second: () => Execution | Promise<Execution>;
  /** How many instructions are run at most. */
  readonly instructions: number;
  readonly interval: number;
  readonly memoryInterval: number;
  /** What the first guest says when it has run for long enough. */
  readonly until?: RegExp;
}

export interface Divergence {
  /** Instructions after which all was the same, and after which something was not. */
  readonly sameAt: number;
  readonly differsAt: number;
  /** Where the hart was at `sameAt`. */
  readonly pc: bigint;
  readonly differences: readonly StateDifference[];
}

export interface LockstepResult {
  /** Instructions that both have executed. */
  readonly instructions: number;
  /** What the first execution's guest has said. */
  readonly text: string;
  readonly divergence?: Divergence;
}

/** In how many steps an interval is divided to find a difference within it. */
const DIVISIONS = 16;

/** Runs both executions and compares them. */
export async function lockstep(options: LockstepOptions): Promise<LockstepResult> {
  const { instructions, text, divergence } = await compareFrom(options, 0, options.interval, options.instructions);
  if (divergence === undefined) return { instructions, text };
  let narrowed = divergence;
  while (narrowed.differsAt - narrowed.sameAt > 1) {
    const { sameAt, differsAt } = narrowed;
    const step = Math.max(1, Math.ceil((differsAt - sameAt) / DIVISIONS));
    const inMemory = narrowed.differences.some(({ what }) => what.startsWith("memory"));
    const memoryInterval = inMemory ? step : options.memoryInterval;
    const next = await compareFrom({ ...options, memoryInterval }, sameAt, step, differsAt);
    // A difference that depends on where slices end may be gone.
    if (next.divergence === undefined || next.divergence.differsAt - next.divergence.sameAt > step) break;
    narrowed = next.divergence;
  }
  return { instructions, text, divergence: narrowed };
}

/** A report of a divergence for people. */
export function describeDivergence({ sameAt, differsAt, pc, differences }: Divergence): string {
  const hex = (value: bigint) => `0x${value.toString(16)}`;
  const lines = differences.map(({ what, first, second }) => `  ${what}: ${hex(first)} and ${hex(second)}`);
  const where = `The same after ${sameAt} instructions, at pc ${hex(pc)}, but not after ${differsAt}:`;
  return [where, ...lines].join("\n");
}

/** Runs from the start to `from` unseen, then compares every `interval` instructions until `until`. */
async function compareFrom(
  options: LockstepOptions,
  from: number,
  interval: number,
  until: number,
): Promise<LockstepResult> {
  const [first, second] = [await options.first(), await options.second()];
  let sameAt = from;
  let memorySeen = from;
  let pc = 0n;
  first.runTo(from);
  second.runTo(from);
  let ended = first.ended;
  while (sameAt < until && !ended) {
    pc = first.view.getBigUint64(HART_PTR + HART_PC, true);
    const target = Math.min(sameAt + interval, until);
    first.runTo(target);
    second.runTo(target);
    ended = first.ended || options.until?.test(first.text) === true;
    let differences = hartDifferences(first.core.buffer, second.core.buffer);
    const looks = target - memorySeen >= options.memoryInterval || target === until || ended;
    if (differences.length === 0 && looks) {
      differences = ramDifferences(first.core.buffer, second.core.buffer);
      // A difference in memory may be as old as the last look at it.
      if (differences.length > 0) sameAt = memorySeen;
      memorySeen = target;
    }
    if (differences.length > 0 || first.ended !== second.ended) {
      return { instructions: target, text: first.text, divergence: { sameAt, differsAt: target, pc, differences } };
    }
    sameAt = target;
  }
  return { instructions: first.retired, text: first.text };
}
