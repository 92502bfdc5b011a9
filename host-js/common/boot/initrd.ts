/*
 * Reads an initial RAM filesystem and unpacks it, so that the guest need not: what takes the host a few milliseconds takes the guest
 * seconds. The archive is walked once, because a kernel that finds a damaged one says so in a line that nobody reads and panics later for
 * want of a root. Compressions that only the kernel knows are handed to it as they are.
 *
 * An initrd may be several archives, one behind the other, each compressed or not: Debian's begins with what would not become smaller and
 * goes on compressed [linux Documentation/driver-api/early-userspace/buffer-format.rst]. The last one is unpacked too.
 */

import { ColinuxError, messageOf } from "../errors.js";
import { type Compression, compressionOf, decompress } from "./decompress.js";

/** cpio "newc" [linux Documentation/driver-api/early-userspace/buffer-format.rst]: thirteen numbers of 8 hex digits after the magic. */
const HEADER_BYTES = 110;
const FILESIZE_AT = 6 + 6 * 8;
const NAMESIZE_AT = 6 + 11 * 8;
const LAST_NAME = "TRAILER!!!";

/** Reads an initrd. Errors: `initrd-empty`, `initrd-corrupt`, `initrd-not-cpio`. */
export async function readInitrd(file: Uint8Array): Promise<Uint8Array> {
  if (file.length === 0) throw new ColinuxError("initrd-empty", "The initrd is empty. A cpio archive is needed.");
  const compression = compressionOf(file);
  if (compression !== undefined) {
    const archive = await unpacked(file, compression);
    if (archive !== file) archiveBytes(archive);
    return archive;
  }
  const nextAt = behindPadding(file, archiveBytes(file));
  const next = file.subarray(nextAt);
  const nextCompression = compressionOf(next);
  if (nextCompression === undefined) return file;
  const archive = await unpacked(next, nextCompression);
  if (archive === next) return file;
  archiveBytes(archive);
  const archiveAt = align4(nextAt);
  const all = new Uint8Array(archiveAt + archive.length);
  all.set(file.subarray(0, nextAt));
  all.set(archive, archiveAt);
  return all;
}

/** The same bytes when only the kernel can unpack them. */
async function unpacked(file: Uint8Array, compression: Compression): Promise<Uint8Array> {
  if (compression !== "gzip" && compression !== "zstd") return file;
  try {
    return await decompress(file, compression);
  } catch (error) {
    throw new ColinuxError("initrd-corrupt", `The initrd cannot be unpacked: ${messageOf(error)}.`, { cause: error });
  }
}

/** Between archives there may be zeroes. */
function behindPadding(file: Uint8Array, at: number): number {
  while (at < file.length && file[at] === 0) at++;
  return at;
}

/** Checks the archive at the beginning and returns where it ends. */
function archiveBytes(archive: Uint8Array): number {
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
    if (name === LAST_NAME) return dataAt;
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
