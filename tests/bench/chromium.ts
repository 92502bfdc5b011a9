/*
 * Our machine in Chromium as a process:
 *
 *     node chromium.js KERNEL INITRD MEMORY_MIB COMMAND_LINE [--no-jit]
 *
 * page-process.ts has what it shares with v86.ts, chromium-page.ts what runs in the page.
 */

import { servePage } from "../support/page-server.js";
import type { PageOptions } from "./chromium-page.js";
import { runPage } from "./page-process.js";

const MIB = 1 << 20;

const [, , kernel = "", initramfs = "", memoryMib = "", commandLine = "", jit = ""] = process.argv;
const options: PageOptions = {
  ramBytes: Number(memoryMib) * MIB,
  commandLine,
  ...(jit === "--no-jit" && { jitThreshold: 0 }),
};
await runPage(await servePage({ script: "tests/bench/chromium-page.ts", kernel, initramfs }), options);
