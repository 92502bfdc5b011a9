/*
 * From a case on which the machines differ to the instruction that makes them differ: the shortest beginning of the program after which
 * the states are not the same.
 */

import { insnBytes } from "../support/assembler.js";
import type { Qemu } from "../support/qemu/index.js";
import { type Finding, runBatch } from "./batch.js";
import type { Case } from "./case.js";
import { arenaPa, CODE } from "./layout.js";

/** The first instruction after which two machines differ. */
export interface Culprit {
  /** How many instructions of the program it takes to see the difference. */
  readonly length: number;
  readonly insn: number;
  /** Where it lies in RAM. */
  readonly pa: number;
  /** The difference as it is right after it. */
  readonly finding: Finding;
}

/** Finds the culprit. `make` gives the case cut after that many instructions; undefined when the difference does not come again. */
export async function bisect(qemu: Qemu, make: (limit: number) => Case): Promise<Culprit | undefined> {
  const { items } = make(0);
  const differs = async (limit: number) => (await runBatch(qemu, [make(limit)])).findings[0];
  let good = 0;
  let bad = items.length;
  let finding = await differs(bad);
  if (finding === undefined) return undefined;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const found = await differs(middle);
    if (found === undefined) good = middle;
    else {
      bad = middle;
      finding = found;
    }
  }
  const before = items.slice(0, bad - 1).reduce((sum, insn) => sum + insnBytes(insn), 0);
  return { length: bad, insn: items[bad - 1] ?? 0, pa: arenaPa(finding.seed) + CODE + before, finding };
}

/** A report of a culprit for people. */
export function describeCulprit({ length, insn, pa, finding }: Culprit): string {
  const where = `after instruction ${length} (${hex(insn)} at ${hex(pa)})`;
  return [`${nameOf(finding)} differs ${where}:`, ...lines(finding)].join("\n");
}

/** A report of a difference that was not narrowed down. */
export function describeFinding(finding: Finding): string {
  return [`${nameOf(finding)} differs at its end:`, ...lines(finding)].join("\n");
}

function nameOf({ seed, profile, threshold }: Finding): string {
  return `Seed ${seed} (${profile}, ${threshold === 0 ? "interpreted" : `compiled at threshold ${threshold}`})`;
}

function lines({ differences }: Finding): string[] {
  return differences.map(({ what, ours, theirs }) => `  ${what}: ours ${hex(ours)}, QEMU's ${hex(theirs)}`);
}

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}
