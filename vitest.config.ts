/*
 * Two sets of tests: the fast ones, `npm test`, and the long ones in files named *.long.test.ts, `npm run test:long` (--mode long).
 *
 * Files run one or two at a time: the machines and compilers in them each want a whole core.
 */

import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  test: {
    include: mode === "long" ? ["tests/**/*.long.test.ts"] : ["tests/**/*.test.ts"],
    exclude: mode === "long" ? [] : ["tests/**/*.long.test.ts"],
    globalSetup: "tests/support/tools.ts",
    maxWorkers: 2,
    testTimeout: mode === "long" ? 600_000 : 60_000,
    hookTimeout: 120_000,
  },
}));
