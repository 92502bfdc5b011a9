/*
 * A whole boot of the embedded guest in lockstep: tens of millions of instructions, one execution in long slices and one in short ones.
 */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ensureInitramfs, ensureKernel } from "../../kernels/index.js";
import { Execution } from "./execution.js";
import { describeDivergence, lockstep } from "./lockstep.js";

const RAM_BYTES = 64 << 20;
const INSTRUCTIONS = Number(process.env.LOCKSTEP_INSTRUCTIONS ?? 60_000_000);

it("a boot does the same in slices of any length", { timeout: 3_600_000 }, async () => {
  const core = await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
  const [{ image }, { cpio }] = [await ensureKernel(), await ensureInitramfs()];
  const files = { kernel: readFileSync(image), initrd: readFileSync(cpio) };
  const inSlices = (slice: number) => () => Execution.linux(core, files, RAM_BYTES, slice);
  const limits = { instructions: INSTRUCTIONS, interval: 100_000, memoryInterval: 5_000_000 };
  const { divergence, instructions, text } = await lockstep({
    first: inSlices(1 << 30),
    second: inSlices(1009),
    ...limits,
  });
  console.log(
    `lockstep: ${instructions} instructions of a boot, the last line being: ${text.trim().split("\n").at(-1)}`,
  );
  expect(divergence === undefined ? "" : describeDivergence(divergence)).toBe("");
  expect(text).toContain("Linux version");
  expect(instructions).toBe(INSTRUCTIONS);
});
