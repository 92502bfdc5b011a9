/*
 * Random programs on our core and on QEMU: at least ten million instructions without a difference. DIFFERENTIAL_SEED says where the seeds
 * begin, DIFFERENTIAL_CASES how many there are.
 */

import { beforeAll, expect, it } from "vitest";
import { ensureQemu, type Qemu } from "../support/qemu/index.js";
import { campaign } from "./campaign.js";

const FIRST = Number(process.env.DIFFERENTIAL_SEED ?? 1000);
const CASES = Number(process.env.DIFFERENTIAL_CASES ?? 2048);
/** Instructions that a case must have on average: 2048 of them are well over ten millions. */
const INSTRUCTIONS_PER_CASE = 6000;
const TIMEOUT_MS = 3_600_000;

let qemu: Qemu;
beforeAll(async () => {
  const say = (text: string) => console.error(`tests: ${text}`);
  qemu = await ensureQemu({ step: say, status() {} });
}, TIMEOUT_MS);

it("random programs end in the same state as on QEMU", { timeout: TIMEOUT_MS }, async () => {
  const { reports, cases, instructions, compiled, traps } = await campaign(qemu, FIRST, CASES);
  console.log(
    `compared with QEMU ${qemu.version}: ${instructions} instructions (${compiled} compiled), ${traps} traps, in ${cases} programs`,
  );
  expect(reports.join("\n")).toBe("");
  expect(instructions).toBeGreaterThan(CASES * INSTRUCTIONS_PER_CASE);
  expect(compiled).toBeGreaterThan(CASES * INSTRUCTIONS_PER_CASE);
});
