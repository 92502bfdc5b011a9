/*
 * What comes with colinux: the compiled core, the kernel and the small system.
 *
 *     in a package    dist/guest/, which `npm pack` filled (kernels/package/guest.ts), compressed
 *     in a checkout   the cache of the build, by the hash of what the sources say; dist/guest/ is not looked at
 *
 * So a package is complete in itself, and a kernel that was changed in a checkout is never hidden by one that was packed before. A checkout
 * is known by setup.mjs, which no package has. Nothing is made or fetched here.
 */

import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { gunzip, gunzipSync } from "node:zlib";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { FileError } from "./file-error.js";
import { readWholeFile } from "./whole-file.js";

/** dist/core.wasm, seen from dist/host-js/node/. */
const CORE_URL = new URL("../../core.wasm", import.meta.url);
const GUEST_URL = new URL("../../guest/", import.meta.url);
const SETUP_URL = new URL("../../../setup.mjs", import.meta.url);

/** A file of ours that is read, and unpacked on another thread, when this is called. */
export type EmbeddedFile = () => Promise<Uint8Array>;

/** The core, compiled. Throws `FileError` when it was not built yet. */
export function coreModule(): Promise<WebAssembly.Module> {
  if (!existsSync(CORE_URL))
    throw new FileError("not-built", "The core of colinux is not built yet. Build it: npm run build");
  return WebAssembly.compile(readFileSync(CORE_URL));
}

/** The kernel; undefined when it was not built yet. */
export function embeddedKernel(): EmbeddedFile | undefined {
  return reader("kernel.gz", () => findKernel()?.image);
}

/** The initramfs. Throws `FileError` when it was not built yet. */
export function embeddedInitramfs(): EmbeddedFile {
  const file = reader("initramfs.gz", () => findInitramfs()?.cpio);
  if (file === undefined) throw notBuilt("initramfs");
  return file;
}

/** The symbol table of the kernel, as nm(1) prints it; undefined when the kernel was not built yet. */
export function embeddedSystemMap(): string | undefined {
  const packed = packedFile("System.map.gz");
  if (packed) return gunzipSync(readFileSync(packed)).toString("latin1");
  const path = findKernel()?.systemMap;
  return path !== undefined && existsSync(path) ? readFileSync(path, "latin1") : undefined;
}

/** A file of the packed guest; undefined in a checkout. */
export function packedFile(name: string): URL | undefined {
  const file = new URL(name, GUEST_URL);
  return existsSync(SETUP_URL) || !existsSync(file) ? undefined : file;
}

/** The error for what is missing, with lines about what could have stood in for it. */
export function notBuilt(what: string, ...more: string[]): FileError {
  const message = `The ${what} that comes with colinux is not built yet. Build it: npm run kernel`;
  return new FileError("not-built", [message, ...more].join("\n"));
}

function reader(name: string, find: () => string | undefined): EmbeddedFile | undefined {
  const packed = packedFile(name);
  if (packed) return () => unpack(readFileSync(packed));
  const path = find();
  return path === undefined ? undefined : async () => readWholeFile(path);
}

/** In one piece, of the size that the file's last word tells: growing it bit by bit takes four times as long. */
function unpack(gz: Buffer): Promise<Uint8Array> {
  return promisify(gunzip)(gz, { chunkSize: gz.readUInt32LE(gz.length - 4) + 1 });
}
