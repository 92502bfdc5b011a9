/*
 * Random programs on our core and on QEMU, a bounded number of them, and what earlier ones have found. The long test runs many more.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { ensureQemu, type Qemu } from "../support/qemu/index.js";
import { runBatch } from "./batch.js";
import { describeFinding } from "./bisect.js";
import { campaign } from "./campaign.js";
import { makeCase } from "./case.js";
import { PROFILES } from "./profiles/index.js";
import { REGRESSIONS } from "./regressions.js";

const CASES_PER_PROFILE = 6;
/** What a fetch of QEMU may take. */
const FETCH_MS = 600_000;

let qemu: Qemu;
beforeAll(async () => {
  const say = (text: string) => console.error(`tests: ${text}`);
  qemu = await ensureQemu({ step: say, status() {} });
}, FETCH_MS);

describe("the core against QEMU", () => {
  it.each(REGRESSIONS)("$title", async ({ title, program }) => {
    const { findings } = await runBatch(qemu, [makeCase(0, title, program)]);
    expect(findings.map(describeFinding)).toEqual([]);
  });

  it("random programs end in the same state", async () => {
    const { reports, cases, instructions, compiled, traps } = await campaign(
      qemu,
      0,
      PROFILES.length * CASES_PER_PROFILE,
    );
    console.log(
      `compared with QEMU ${qemu.version}: ${instructions} instructions (${compiled} compiled), ${traps} traps, in ${cases} programs`,
    );
    expect(reports.join("\n")).toBe("");
    expect(instructions).toBeGreaterThan(300_000);
    expect(compiled).toBeGreaterThan(200_000);
  });
});
