/*
 * OpenSBI, unchanged, as the firmware of our own kernel: M-mode, PMP, ACLINT, delegation and the test finisher at real work.
 */

import { join } from "node:path";
import { expect, test } from "vitest";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { ensureQemu } from "../support/qemu/index.js";
import { PROMPT, Session } from "../support/session.js";

test("OpenSBI starts our kernel under --bare, which boots to its prompt, keeps time and powers off", async () => {
  const { args } = await ensureQemu();
  const firmware = join(args[args.indexOf("-L") + 1]!, "opensbi-riscv64-generic-fw_dynamic.bin");
  const words = [
    `kernel=${findKernel()!.image}`,
    `initrd=${findInitramfs()!.cpio}`,
    "console=ttyS0",
    "TERM=dumb",
    "quiet",
  ];
  const session = new Session(["--bare", firmware, ...words]);
  await session.out.expect(/OpenSBI v/);
  await session.out.expect(/Next Address +: 0x0000000080200000/);
  await session.out.expect(PROMPT, 30_000);
  expect(await session.run("uname -m")).toBe("riscv64\n");
  const began = performance.now();
  await session.run("sleep 1");
  expect(performance.now() - began).toBeGreaterThan(990);
  expect((await session.powerOff()).code).toBe(0);
});
