/*
 * Reads an initial RAM filesystem and unpacks it, so that the guest need not: what takes the host a few milliseconds takes the guest
 * seconds. The archive is walked once, because a kernel that finds a damaged one says so in a line that nobody reads and panics later for
 * want of a root. Compressions that only the kernel knows are handed to it as they are.
 */

import { ColinuxError, messageOf } from "../errors.js";
import { compressionOf, decompress } from "./decompress.js";

/** cpio "newc" [linux Documentation/driver-api/early-userspace/buffer-format.rst]: thirteen numbers of 8 hex digits after the magic. */
const HEADER_BYTES = 110;
const FILESIZE_AT = 6 + 6 * 8;
const NAMESIZE_AT = 6 + 11 * 8;
const LAST_NAME = "TRAILER!!!";

/** Reads an initrd. Errors: `initrd-empty`, `initrd-corrupt`, `initrd-not-cpio`. */
export async function readInitrd(file: Uint8Array): Promise<Uint8Array> {
  if (file.length === 0) throw new ColinuxError("initrd-empty", "The initrd is empty. A cpio archive is needed.");
  const compression = compressionOf(file);
  if (compression !== undefined && compression !== "gzip" && compression !== "zstd") return file;
  let archive = file;
  if (compression !== undefined) {
    try {
      archive = await decompress(file, compression);
    } catch (error) {
      throw new ColinuxError("initrd-corrupt", `The initrd cannot be unpacked: ${messageOf(error)}.`, { cause: error });
    }
  }
  checkArchive(archive);
  return archive;
}

function checkArchive(archive: Uint8Array): void {
  if (!isHeader(archive, 0)) {
    const first = [...archive.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new ColinuxError(
      "initrd-not-cpio",
      `The initrd is not a cpio archive in "newc" format: it begins with ${first}.`,
    );
  }
  const decoder = new TextDecoder();
  for (let at = 0; ; ) {
    if (!isHeader(archive, at)) throw corrupt(`there is no file header at byte ${at}`);
    const nameBytes = hex(archive, at + NAMESIZE_AT);
    const fileBytes = hex(archive, at + FILESIZE_AT);
    const dataAt = align4(at + HEADER_BYTES + nameBytes);
    const name = decoder.decode(archive.subarray(at + HEADER_BYTES, at + HEADER_BYTES + nameBytes - 1));
    // Whatever follows the end of an archive is the kernel's business: padding, or another archive.
    if (name === LAST_NAME) return;
    if (!(dataAt + fileBytes <= archive.length)) throw corrupt(`it ends within "${name}"`);
    at = align4(dataAt + fileBytes);
  }
}

function isHeader(archive: Uint8Array, at: number): boolean {
  const magic = String.fromCharCode(...archive.subarray(at, at + 6));
  return (magic === "070701" || magic === "070702") && at + HEADER_BYTES <= archive.length;
}

function hex(archive: Uint8Array, at: number): number {
  return Number.parseInt(String.fromCharCode(...archive.subarray(at, at + 8)), 16);
}

function align4(at: number): number {
  return (at + 3) & ~3;
}

function corrupt(what: string): ColinuxError {
  return new ColinuxError("initrd-corrupt", `The initrd is a damaged cpio archive: ${what}.`);
}
