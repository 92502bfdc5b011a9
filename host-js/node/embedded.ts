/*
 * What comes with colinux: the compiled core, the kernel and the small system.
 *
 * They are looked for where the build leaves them, never made or fetched here.
 */

import { existsSync, readFileSync } from "node:fs";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { FileError } from "./file-error.js";

/** dist/core.wasm, seen from dist/host-js/node/. */
const CORE_URL = new URL("../../core.wasm", import.meta.url);

/** The core, compiled. Throws `FileError` when it was not built yet. */
export function coreModule(): Promise<WebAssembly.Module> {
  if (!existsSync(CORE_URL))
    throw new FileError("not-built", "The core of colinux is not built yet. Build it: npm run build");
  return WebAssembly.compile(readFileSync(CORE_URL));
}

/** Path of the kernel. Throws `FileError` when it was not built yet. */
export function embeddedKernel(): string {
  return built("kernel", findKernel()?.image);
}

/** Path of the initramfs. Throws `FileError` when it was not built yet. */
export function embeddedInitramfs(): string {
  return built("initramfs", findInitramfs()?.cpio);
}

function built(what: string, path: string | undefined): string {
  if (path !== undefined) return path;
  throw new FileError("not-built", `The ${what} that comes with colinux is not built yet. Build it: npm run kernel`);
}
