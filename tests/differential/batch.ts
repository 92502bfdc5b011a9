/*
 * A batch: cases run on both machines, and what came out of it.
 */

import type { Qemu } from "../support/qemu/index.js";
import type { Case } from "./case.js";
import { type Difference, differences, instructions, traps } from "./compare.js";
import { arenaOffset, completed, imageOf } from "./image.js";
import { ARENA_BYTES } from "./layout.js";
import { runReference } from "./reference.js";
import { runSubject, type Subject } from "./subject.js";

/** A case on which the machines do not agree. */
export interface Finding {
  readonly seed: number;
  readonly profile: string;
  /** How often code was entered on our core before it was compiled, 0 = it never was. */
  readonly threshold: number;
  readonly differences: readonly Difference[];
}

export interface BatchResult {
  readonly findings: readonly Finding[];
  /** Instructions of the cases that both completed. */
  readonly instructions: number;
  /** Instructions that our core executed in compiled code. */
  readonly compiled: number;
  readonly traps: number;
}

/** Our core runs every case twice: interpreted, and with all that is executed twice compiled. */
const THRESHOLDS = [0, 1] as const;

/** Runs the cases on both machines and compares what they left. */
export async function runBatch(qemu: Qemu, cases: readonly Case[]): Promise<BatchResult> {
  const image = imageOf(cases);
  // QEMU runs in a process of its own, our core in this one meanwhile.
  const [reference, subjects] = await Promise.all([
    runReference(qemu, image, cases.length),
    Promise.resolve().then(() => THRESHOLDS.map((threshold) => runSubject(image, threshold))),
  ]);
  const findings = THRESHOLDS.flatMap((threshold, n) => compare(cases, subjects[n]!, reference, threshold));
  const interpreted = subjects[0]!;
  const arenas = cases.slice(0, completed(interpreted.ram)).map(({ seed }) => arenaOf(interpreted.ram, seed));
  return {
    // One finding of each case is enough to go on with.
    findings: findings.filter(({ seed }, n) => findings.findIndex((other) => other.seed === seed) === n),
    instructions: arenas.reduce((sum, arena) => sum + instructions(arena), 0),
    compiled: subjects.reduce((sum, { compiled }) => sum + compiled, 0),
    traps: arenas.reduce((sum, arena) => sum + traps(arena), 0),
  };
}

function arenaOf(ram: Uint8Array, seed: number): Uint8Array {
  return ram.subarray(arenaOffset(seed), arenaOffset(seed) + ARENA_BYTES);
}

function compare(
  cases: readonly Case[],
  subject: Subject,
  reference: { ram: Uint8Array },
  threshold: number,
): Finding[] {
  const findings: Finding[] = [];
  const both = Math.min(completed(subject.ram), completed(reference.ram));
  for (const { seed, profile } of cases.slice(0, both)) {
    const found = differences(arenaOf(subject.ram, seed), arenaOf(reference.ram, seed));
    if (found.length > 0) findings.push({ seed, profile, threshold, differences: found });
  }
  const stuck = cases[both];
  if (stuck !== undefined) {
    const done = (ram: Uint8Array) => (completed(ram) > both ? 1n : 0n);
    const ended = { what: "came to its end", ours: done(subject.ram), theirs: done(reference.ram) };
    findings.push({ seed: stuck.seed, profile: stuck.profile, threshold, differences: [ended] });
  }
  return findings;
}
