/*
 * Disk images: raw files beside the cache, one for each machine, filled with bytes that look random and are always the same.
 */

import { createCipheriv } from "node:crypto";
import { closeSync, fdatasyncSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "../../kernels/cache.js";

export const DISK_BYTES = 64 << 20;
const CHUNK_BYTES = 1 << 20;

const made = new Set<string>();
process.on("exit", () => {
  for (const path of made) removeDisk(path);
});

/** Writes an image and returns its path. It lies in the host's page cache then, and nothing of it waits to be written. */
export function makeDisk(name: string): string {
  const folder = join(cacheRoot(), "bench");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `disk-${name}-${process.pid}.img`);
  made.add(path);
  const file = openSync(path, "w");
  const stream = createCipheriv("aes-128-ctr", new Uint8Array(16), new Uint8Array(16));
  const zeros = new Uint8Array(CHUNK_BYTES);
  for (let at = 0; at < DISK_BYTES; at += CHUNK_BYTES) writeSync(file, stream.update(zeros));
  fdatasyncSync(file);
  closeSync(file);
  return path;
}

export function removeDisk(path: string): void {
  rmSync(path, { force: true });
  made.delete(path);
}
