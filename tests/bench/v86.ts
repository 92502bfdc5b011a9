/*
 * v86 in Chromium as a process:
 *
 *     node v86.js LIBRARY BIOS VGA_BIOS KERNEL INITRD MEMORY_MIB COMMAND_LINE
 *
 * LIBRARY is the folder of v86's npm package, which v86-parts.ts fetches with the rest; v86-page.ts runs in the page.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serve } from "../support/file-server.js";
import { bundled, MODULE_PAGE } from "../support/page-server.js";
import { runPage } from "./page-process.js";
import { benchRoot } from "./rvb.js";
import type { PageOptions } from "./v86-page.js";

const MIB = 1 << 20;

const [, , library = "", bios = "", vgaBios = "", kernel = "", initramfs = "", memoryMib = "", commandLine = ""] =
  process.argv;
/** The library stays a file of its own: it asks for modules of Node's, in case it is there, which a bundler does not find. */
const IMPORTS = JSON.stringify({ imports: { v86: "./libv86.mjs" } });
const PAGE = `<script type="importmap">${IMPORTS}</script>${MODULE_PAGE}`;

const page = await bundled({ entryPoints: { page: join(benchRoot(), "v86-page.ts") }, external: ["v86"] });
const files: readonly (readonly [name: string, type: string, path: string])[] = [
  ["/libv86.mjs", "text/javascript", join(library, "build/libv86.mjs")],
  ["/v86.wasm", "application/wasm", join(library, "build/v86.wasm")],
  ["/bios", "application/octet-stream", bios],
  ["/vga-bios", "application/octet-stream", vgaBios],
  ["/kernel", "application/octet-stream", kernel],
  ["/initramfs", "application/octet-stream", initramfs],
];
const server = await serve(
  new Map([
    ["/", { type: "text/html", bytes: () => PAGE }],
    ...files.map(([name, type, path]) => [name, { type, bytes: () => readFileSync(path) }] as const),
    ...page,
  ]),
);
const options: PageOptions = { memoryBytes: Number(memoryMib) * MIB, commandLine };
await runPage(server, options);
