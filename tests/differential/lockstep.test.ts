/*
 * The lockstep tool on random programs and on the beginning of a boot, and that it finds a difference where there is one.
 */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { RAM_PA } from "../../assembly/abi.js";
import { ensureInitramfs, ensureKernel } from "../../kernels/index.js";
import { addi, CSR, csrrs, zero } from "../support/assembler.js";
import { makeCase } from "./case.js";
import { Execution } from "./execution.js";
import { imageOf } from "./image.js";
import { arenaPa, CODE } from "./layout.js";
import { describeDivergence, type LockstepResult, lockstep } from "./lockstep.js";
import { caseOf } from "./profiles/index.js";

const RAM_BYTES = 64 << 20;
const PROGRAMS = 64;
const SLICE_MAX = 1 << 30;

let core: WebAssembly.Module;
beforeAll(async () => {
  core = await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
});

const report = ({ divergence }: LockstepResult) => (divergence === undefined ? "" : describeDivergence(divergence));

describe("lockstep", () => {
  it.each([1, 2, 97])("random programs do the same in slices of %i instructions", async (slice) => {
    const image = imageOf(Array.from({ length: PROGRAMS }, (_, seed) => caseOf(seed)));
    const inSlices = (length: number) => () => Execution.bare(core, image, RAM_PA, length);
    const limits = { instructions: 20_000_000, interval: 5000, memoryInterval: 500_000 };
    const result = await lockstep({ first: inSlices(SLICE_MAX), second: inSlices(slice), ...limits });
    console.log(`lockstep: ${result.instructions} instructions of ${PROGRAMS} random programs`);
    expect(report(result)).toBe("");
    expect(result.instructions).toBeGreaterThan(300_000);
  });

  it("a boot does the same in slices of any length", { timeout: 120_000 }, async () => {
    const [{ image }, { cpio }] = [await ensureKernel(), await ensureInitramfs()];
    const files = { kernel: readFileSync(image), initrd: readFileSync(cpio) };
    const inSlices = (slice: number) => () => Execution.linux(core, files, RAM_BYTES, slice);
    const limits = { instructions: 2_000_000, interval: 50_000, memoryInterval: 1_000_000 };
    const result = await lockstep({ first: inSlices(SLICE_MAX), second: inSlices(1009), ...limits });
    console.log(`lockstep: ${result.instructions} instructions of a boot`);
    expect(report(result)).toBe("");
  });

  it("names the instruction after which two executions differ", async () => {
    const image = (value: number) =>
      imageOf([
        makeCase(0, "different", ({ stream, mode }) => {
          for (let n = 0; n < 900; n++) stream.emit(addi(zero, zero, mode));
          stream.emit(addi(stream.temporary(), zero, value), csrrs(zero, CSR.mscratch, zero));
        }),
      ]);
    const of = (value: number) => () => Execution.bare(core, image(value), RAM_PA, SLICE_MAX);
    const { divergence } = await lockstep({
      first: of(1),
      second: of(2),
      instructions: 100_000,
      interval: 10_000,
      memoryInterval: 1_000_000,
    });
    expect(divergence?.pc).toBe(BigInt(arenaPa(0) + CODE + 900 * 4));
    expect(divergence!.differsAt - divergence!.sameAt).toBe(1);
    expect(divergence!.differences.map(({ first, second }) => [first, second])).toEqual([[1n, 2n]]);
  });
});
