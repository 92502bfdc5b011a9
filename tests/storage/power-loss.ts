/*
 * Cuts the power of a disk under load again and again, and looks what is left each time.
 */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../differential/random.js";
import type { Lies } from "../support/write-log.js";
import { extract, replayAndCheck } from "./ext4.js";
import type { LoadResult } from "./load.js";
import { verify } from "./promise.js";

export interface Cut {
  /** Enough to do it again. */
  readonly name: string;
  /** Writes that the failure could take or tear. */
  readonly unsafe: number;
  /** Files that had to be there, and were looked at. */
  readonly files: number;
  readonly faults: readonly string[];
}

/** Cuts `count` times, at moments that the load's seed chooses. `folder` is for the images. */
export async function cutPower(
  { options, log, announcements, begin }: LoadResult,
  folder: string,
  count: number,
  lies?: Lies,
): Promise<Cut[]> {
  const { seed } = options;
  const chance = new Random(seed);
  const cuts: Cut[] = [];
  for (let n = 0; n < count; n++) {
    // Half of the cuts come right after something was promised.
    const { heard } = chance.of(chance.of(announcements));
    const moment = chance.once(2) ? chance.within(begin, log.now) : Math.min(heard + chance.below(4), log.now);
    const image = join(folder, "image");
    const files = join(folder, "files");
    writeFileSync(image, log.imageAt(moment, chance.u32(), lies));
    mkdirSync(files);
    const faults = await replayAndCheck(image);
    await extract(image, files);
    const verdicts = announcements.map((list, worker) => verify(join(files, `w${worker}`), seed, list, moment));
    cuts.push({
      name: `cut ${n} of ${JSON.stringify(options)}, at ${moment}`,
      unsafe: log.unsafeAt(moment),
      files: verdicts.reduce((sum, verdict) => sum + verdict.files, 0),
      faults: [...faults, ...verdicts.flatMap((verdict) => verdict.faults)],
    });
    rmSync(files, { recursive: true });
  }
  return cuts;
}

/** What is to be said of cuts that left less than was promised. */
export function faultsOf(cuts: readonly Cut[]): string[] {
  return cuts.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`));
}

export function sum(cuts: readonly Cut[], what: "unsafe" | "files"): number {
  return cuts.reduce((total, cut) => total + cut[what], 0);
}
