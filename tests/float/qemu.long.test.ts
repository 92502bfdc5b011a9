/*
 * The core's floating point against QEMU's: every instruction of F and D that computes, in every rounding mode, result and
 * flags. FLOAT_VECTORS is how many vectors each of them gets, FLOAT_SEED where the stream of operands starts.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileFloatCore, type FloatCore, MNEMONICS, ROUNDING_MODES } from "./core.js";

const COMPILER = "riscv64-linux-gnu-gcc";
const EMULATOR = "qemu-riscv64";
const VECTORS = Number(process.env.FLOAT_VECTORS ?? 20_000);
const SEED = Number(process.env.FLOAT_SEED ?? 1);
const TIMEOUT_MS = 600_000;

const missing = [COMPILER, EMULATOR].filter((tool) => spawnSync(tool, ["--version"]).status !== 0);

describe.skipIf(missing.length > 0)(`against ${EMULATOR} (needs ${COMPILER} too)`, () => {
  const directory = mkdtempSync(join(tmpdir(), "float-"));
  const program = join(directory, "riscv");
  let core: FloatCore;

  beforeAll(async () => {
    execFileSync(COMPILER, ["-O2", "-static", "-o", program, join(import.meta.dirname, "riscv.c")]);
    core = await compileFloatCore();
  }, TIMEOUT_MS);

  afterAll(() => rmSync(directory, { recursive: true }));

  for (const mnemonic of MNEMONICS) {
    it(`${mnemonic} gives the same results and flags`, { timeout: TIMEOUT_MS }, () => {
      for (const [rm, name] of ROUNDING_MODES.entries()) {
        const args = [program, mnemonic, String(rm), String(SEED + rm), String(VECTORS)];
        const records = execFileSync(EMULATOR, args, { maxBuffer: Infinity });
        expect(core.check(mnemonic, rm, records), name).toBeUndefined();
      }
    });
  }
});
