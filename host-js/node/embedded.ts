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

/** Path of the kernel; undefined when it was not built yet. */
export function embeddedKernel(): string | undefined {
  return findKernel()?.image;
}

/** Path of the initramfs. Throws `FileError` when it was not built yet. */
export function embeddedInitramfs(): string {
  const path = findInitramfs()?.cpio;
  if (path === undefined) throw notBuilt("initramfs");
  return path;
}

/** The error for what is missing, with lines about what could have stood in for it. */
export function notBuilt(what: string, ...more: string[]): FileError {
  const message = `The ${what} that comes with colinux is not built yet. Build it: npm run kernel`;
  return new FileError("not-built", [message, ...more].join("\n"));
}
