/*
 * A batch: cases run on both machines, and what came out of it.
 */

import type { Qemu } from "../support/qemu/index.js";
import type { Case } from "./case.js";
import { type Difference, differences, instructions, traps } from "./compare.js";
import { arenaOffset, completed, imageOf } from "./image.js";
import { ARENA_BYTES } from "./layout.js";
import { runReference } from "./reference.js";
import { runSubject } from "./subject.js";

/** A case on which the machines do not agree. */
export interface Finding {
  readonly seed: number;
  readonly profile: string;
  readonly differences: readonly Difference[];
}

export interface BatchResult {
  readonly findings: readonly Finding[];
  /** Instructions of the cases that both completed. */
  readonly instructions: number;
  readonly traps: number;
}

/** Runs the cases on both machines and compares what they left. */
export async function runBatch(qemu: Qemu, cases: readonly Case[]): Promise<BatchResult> {
  const image = imageOf(cases);
  // QEMU runs in a process of its own, our core in this one meanwhile.
  const [reference, subject] = await Promise.all([
    runReference(qemu, image, cases.length),
    Promise.resolve().then(() => runSubject(image)),
  ]);
  const findings: Finding[] = [];
  let count = 0;
  let trapped = 0;
  const both = Math.min(completed(subject.ram), completed(reference.ram));
  for (const { seed, profile } of cases.slice(0, both)) {
    const at = arenaOffset(seed);
    const ours = subject.ram.subarray(at, at + ARENA_BYTES);
    const found = differences(ours, reference.ram.subarray(at, at + ARENA_BYTES));
    if (found.length > 0) findings.push({ seed, profile, differences: found });
    count += instructions(ours);
    trapped += traps(ours);
  }
  const stuck = cases[both];
  if (stuck !== undefined) {
    const done = (ram: Uint8Array) => (completed(ram) > both ? 1n : 0n);
    const ended = { what: "came to its end", ours: done(subject.ram), theirs: done(reference.ram) };
    findings.push({ seed: stuck.seed, profile: stuck.profile, differences: [ended] });
  }
  return { findings, instructions: count, traps: trapped };
}
