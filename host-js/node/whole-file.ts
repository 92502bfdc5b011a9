/*
 * Files that are read whole: kernels, initrds, bare programs, the core.
 *
 * They are looked at first: reading a pipe would wait for ever, and a device may never end.
 */

import { readFileSync, statSync } from "node:fs";
import { FileError, fileError } from "./file-error.js";

/** What Node reads in one piece. */
const BYTES_MAX = 2 ** 31 - 1;

/** The bytes of a file. Throws FileError. Read at once: for some MiB that is several times faster than through the thread pool. */
export function readWholeFile(path: string): Uint8Array {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw new FileError("file-kind", `${path} is a directory; expected a file.`);
    if (!stat.isFile()) throw new FileError("file-kind", `${path} is a device or a pipe; expected a file.`);
    if (stat.size > BYTES_MAX)
      throw new FileError(
        "file-kind",
        `${path} has ${stat.size} bytes; expected a kernel or initrd of less than 2 GiB.`,
      );
    return readFileSync(path);
  } catch (error) {
    throw fileError(path, error);
  }
}
