/*
 * A campaign: many seeds, batch after batch, until all agree or one does not; then the first difference is narrowed down to an
 * instruction and reported.
 */

import type { Qemu } from "../support/qemu/index.js";
import { runBatch } from "./batch.js";
import { bisect, describeCulprit, describeFinding } from "./bisect.js";
import { ARENAS } from "./layout.js";
import { caseOf } from "./profiles/index.js";

export interface CampaignResult {
  readonly cases: number;
  /** Instructions that both machines executed and whose results were compared. */
  readonly instructions: number;
  /** Instructions that our core executed in compiled code. */
  readonly compiled: number;
  readonly traps: number;
  /** What to tell people about each difference; empty when there is none. */
  readonly reports: readonly string[];
}

/** How many differences are narrowed down; more are merely named. */
const NARROWED = 3;

/** Runs the cases of `count` seeds from `first` on. */
export async function campaign(qemu: Qemu, first: number, count: number): Promise<CampaignResult> {
  let instructions = 0;
  let compiled = 0;
  let traps = 0;
  const reports: string[] = [];
  let done = 0;
  while (done < count && reports.length === 0) {
    const size = Math.min(ARENAS / 2, count - done);
    const cases = Array.from({ length: size }, (_, n) => caseOf(first + done + n));
    const result = await runBatch(qemu, cases);
    for (const [n, finding] of result.findings.entries()) {
      const culprit = n < NARROWED ? await bisect(qemu, (limit) => caseOf(finding.seed, limit)) : undefined;
      reports.push(culprit === undefined ? describeFinding(finding) : describeCulprit(culprit));
    }
    instructions += result.instructions;
    compiled += result.compiled;
    traps += result.traps;
    done += size;
  }
  return { cases: done, instructions, compiled, traps, reports };
}
