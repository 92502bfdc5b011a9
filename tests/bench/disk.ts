/*
 * Disk images: raw files beside the cache, one for each machine, filled with bytes that look random and are always the same.
 */

import { createCipheriv } from "node:crypto";
import { closeSync, fdatasyncSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
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

/** Where the images at two paths differ first; undefined when they do not. */
export function firstDifference(one: string, other: string): number | undefined {
  const files = [openSync(one, "r"), openSync(other, "r")];
  const chunks = files.map(() => Buffer.alloc(CHUNK_BYTES));
  try {
    for (let at = 0; ; ) {
      const read = files.map((file, n) => readSync(file, chunks[n]!, 0, CHUNK_BYTES, at));
      const [a, b] = chunks.map((chunk, n) => chunk.subarray(0, read[n]!)) as [Buffer, Buffer];
      if (!a.equals(b)) {
        const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
        return at + longer.findIndex((byte, n) => byte !== shorter[n]);
      }
      if (read[0] === 0) return undefined;
      at += CHUNK_BYTES;
    }
  } finally {
    for (const file of files) closeSync(file);
  }
}
