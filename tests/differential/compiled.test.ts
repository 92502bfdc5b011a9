/*
 * Compiled code against the interpreter, in lockstep: registers, CSRs and memory are the same at common numbers of instructions, whatever is compiled when.
 */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { RAM_PA } from "../../assembly/abi.js";
import { ensureInitramfs, ensureKernel } from "../../kernels/index.js";
import { Execution } from "./execution.js";
import { imageOf } from "./image.js";
import { describeDivergence, type LockstepResult, lockstep } from "./lockstep.js";
import { caseOf } from "./profiles/index.js";

const RAM_BYTES = 64 << 20;
const PROGRAMS = 64;
const SLICE = 1 << 20;

let core: WebAssembly.Module;
beforeAll(async () => {
  core = await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
});

const report = ({ divergence }: LockstepResult) => (divergence === undefined ? "" : describeDivergence(divergence));

describe("compiled code", () => {
  it.each([1, 3])("does in random programs what the interpreter does, at threshold %i", async (threshold) => {
    const image = imageOf(Array.from({ length: PROGRAMS }, (_, seed) => caseOf(seed)));
    let second: Execution | undefined;
    const result = await lockstep({
      first: () => Execution.bare(core, image, RAM_PA, SLICE),
      second: () => (second = Execution.bare(core, image, RAM_PA, SLICE, threshold)),
      instructions: 20_000_000,
      interval: 5000,
      memoryInterval: 500_000,
    });
    expect(report(result)).toBe("");
    console.log(`compiled: ${second?.compiled} of ${result.instructions} instructions of random programs`);
    expect(second?.compiled).toBeGreaterThan(50_000);
  });

  it("does in a boot what the interpreter does", { timeout: 120_000 }, async () => {
    const [{ image }, { cpio }] = [await ensureKernel(), await ensureInitramfs()];
    const files = { kernel: readFileSync(image), initrd: readFileSync(cpio) };
    let second: Execution | undefined;
    const result = await lockstep({
      first: () => Execution.linux(core, files, RAM_BYTES, SLICE),
      second: async () => (second = await Execution.linux(core, files, RAM_BYTES, SLICE, 8)),
      instructions: Number(process.env.BOOT_INSNS ?? 20_000_000),
      interval: 100_000,
      memoryInterval: 4_000_000,
    });
    expect(report(result)).toBe("");
    console.log(`compiled: ${second?.compiled} of ${result.instructions} instructions of a boot`);
    expect(second?.compiled).toBeGreaterThan(result.instructions / 4);
  });
});
