/*
 * Each program in docs/examples does what it says.
 */

import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ROOT } from "./installed.js";

const EXPECTED: Readonly<Record<string, readonly RegExp[]>> = {
  "console.mjs": [/^isa\s+: rv64/m, /^mmu\s+: sv48$/m],
  "custom-disk.mjs": [/^\/dev\/vda +1006\.9G /m, /^\d{5} of 2147483648 sectors were kept\.$/m, /is the file: true$/m],
  "many-machines.mjs": [1, 2, 3, 4].map((n) => new RegExp(`^machine ${n}: it is ${n * n}, poweroff$`, "m")),
  "programs.mjs": [
    /^sort ended with 0:\ncooperative\nhost\nlinux$/m,
    /^yes was ended by SIGPIPE$/m,
    /^guest-file, ENOENT$/m,
    /poweroff/,
  ],
};

// The page has tests of its own: tests/browser/demo.test.ts.
test.each(readdirSync(join(ROOT, "docs/examples")).filter((name) => name !== "page"))("%s", async (name) => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join("docs/examples", name)], { cwd: ROOT });
  expect(EXPECTED[name], "what the example prints is to be said here").toBeDefined();
  for (const pattern of EXPECTED[name]!) expect(stdout).toMatch(pattern);
  expect(stderr).toBe("");
});
