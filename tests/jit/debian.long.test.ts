/*
 * Debian's boot in lockstep, from our kernel to the login: systemd and some hundred processes, on a disk, interpreted and compiled. The hart and the platform are
 * compared every so many instructions, the memory seldom.
 */

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureKernel } from "../../kernels/index.js";
import { debianImage } from "../debian/image.js";
import { Execution } from "../differential/execution.js";
import { describeDivergence, lockstep } from "../differential/lockstep.js";
import { missingPrograms } from "../storage/ext4.js";
import { OverlayStorage } from "../support/overlay-storage.js";

const RAM_BYTES = 512 << 20;
const SLICE = 1 << 20;
/** Some times as many as it takes. */
const INSTRUCTIONS_MAX = 10_000_000_000;
const LOGIN = / login: $/;

describe.skipIf(missingPrograms.length > 0 && `${missingPrograms} not installed`)("Debian", () => {
  let core: WebAssembly.Module;
  let kernel: Uint8Array;
  let image: string;
  const opened: OverlayStorage[] = [];

  beforeAll(async () => {
    core = await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
    kernel = readFileSync((await ensureKernel()).image);
    image = await debianImage();
  }, 3_600_000);

  afterAll(() => {
    for (const disk of opened) disk.close();
  });

  function boot(threshold: number): Promise<Execution> {
    const disk = new OverlayStorage(image);
    opened.push(disk);
    return Execution.linux(core, { kernel, disks: [disk], words: "root=/dev/vda" }, RAM_BYTES, SLICE, threshold);
  }

  test.each([20, 2000])(
    "comes up to the login in the same states, at threshold %i",
    { timeout: 1_800_000 },
    async (threshold) => {
      let compiling: Execution | undefined;
      const { divergence, instructions, text } = await lockstep({
        first: () => boot(0),
        second: async () => (compiling = await boot(threshold)),
        instructions: INSTRUCTIONS_MAX,
        interval: 100_003,
        memoryInterval: 200_000_000,
        until: LOGIN,
      });
      if (process.env.DEBIAN_TEXT) console.log(text);
      expect(divergence === undefined ? "" : describeDivergence(divergence)).toBe("");
      expect(text).toMatch(LOGIN);
      const share = compiling!.compiled / instructions;
      console.log(`debian: ${instructions} instructions, ${(100 * share).toFixed(1)} % compiled`);
      expect(share).toBeGreaterThan(0.5);
    },
  );
});
