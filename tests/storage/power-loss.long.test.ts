/*
 * Power failures by the hundred: see power-loss.test.ts. A fault is done again with the options that its message tells.
 */

import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { missingPrograms } from "./ext4.js";
import { compiler, runLoad } from "./load.js";
import { cutPower, faultsOf, sum } from "./power-loss.js";

const folder = temporaryFolder();
const missing = [...missingPrograms, ...(compiler === undefined ? ["a compiler for riscv64"] : [])];
const CUTS = 60;

describe.skipIf(missing.length > 0 && `${missing.join(" and ")} is not installed`)("power failures", () => {
  test.each([
    { seed: 11, workers: 4, operations: 200, diskBytes: 32 << 20, slow: true },
    { seed: 12, workers: 8, operations: 100, diskBytes: 64 << 20, slow: true },
    { seed: 13, workers: 1, operations: 400, diskBytes: 32 << 20, slow: true },
    { seed: 14, workers: 4, operations: 200, diskBytes: 32 << 20, slow: false },
    { seed: 15, workers: 6, operations: 150, diskBytes: 48 << 20, slow: true },
  ])("under %j lose nothing that was to last", async (options) => {
    const cuts = await cutPower(await runLoad(options), folder, CUTS);
    expect(faultsOf(cuts)).toEqual([]);
    expect(sum(cuts, "unsafe")).toBeGreaterThan(100);
    expect(sum(cuts, "files")).toBeGreaterThan(500);
    console.log(
      `${CUTS} cuts, ${sum(cuts, "unsafe")} writes at risk, ${sum(cuts, "files")} files that had to be there`,
    );
  });
});
