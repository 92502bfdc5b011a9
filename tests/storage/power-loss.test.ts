/*
 * A power failure while several programs write: what the guest was promised to last must be there, whatever else the disk loses.
 */

import { beforeAll, describe, expect, test } from "vitest";
import { hashOf } from "../../kernels/cache.js";
import { temporaryFolder } from "../support/folder.js";
import { missingPrograms } from "./ext4.js";
import { compiler, type LoadResult, runLoad } from "./load.js";
import { cutPower, faultsOf, sum } from "./power-loss.js";

const folder = temporaryFolder();
const LOAD = { seed: 1, workers: 4, operations: 100, diskBytes: 32 << 20, slow: true };
const missing = [...missingPrograms, ...(compiler === undefined ? ["a compiler for riscv64"] : [])];

describe.skipIf(missing.length > 0 && `${missing.join(" and ")} is not installed`)("a power failure", () => {
  let load: LoadResult;
  beforeAll(async () => {
    load = await runLoad(LOAD);
  });

  test("leaves a filesystem that e2fsck accepts, with every file that was to last", async () => {
    const cuts = await cutPower(load, folder, 40);
    expect(faultsOf(cuts)).toEqual([]);
    // Else there was nothing to lose.
    expect(sum(cuts, "unsafe")).toBeGreaterThan(100);
    expect(sum(cuts, "files")).toBeGreaterThan(1000);
  });

  test.each([
    ["every flush", () => true],
    ["all flushes but one in ten", (flush: number) => flush % 10 !== 0],
  ])("is noticed to lose something with a disk that lies about %s", async (_, lies) => {
    expect(faultsOf(await cutPower(load, folder, 10, lies))).not.toEqual([]);
  });
});

describe.skipIf(compiler === undefined && "a compiler for riscv64 is not installed")("a virtual environment", () => {
  test("lets the same guest do the same again", async () => {
    const options = { ...LOAD, operations: 10 };
    const [first, second] = [await runLoad(options), await runLoad(options)];
    expect(second.announcements).toEqual(first.announcements);
    const told = ({ log }: LoadResult) =>
      log.writes.map(({ data, ...rest }) => `${JSON.stringify(rest)} ${hashOf([data])}`);
    expect(told(second)).toEqual(told(first));
  });
});
