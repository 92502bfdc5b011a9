/*
 * The first block of an overlay file.
 *
 *     0   magic "colinux overlay\n"
 *     16  version u32
 *     20  checksum u32        CRC-32C of the block with this field zero
 *     24  base bytes u64
 *     32  base fingerprint u32 (fingerprint.ts)
 *     36  state u32           0 in use, 1 being committed
 *     40  base modified u64   milliseconds since 1970 when the overlay was made; 0 = not known. Only for a warning
 *     48  length of the path u32
 *     52  spread u32          blocks that the fingerprint looks at between the ends of the base; 0 = 256
 *     64  path of the base, UTF-8, as the maker of the overlay wants to find it again
 *
 * It is written whole when the file is made. Afterwards only numbers in its first sector change, so that it is never torn.
 */

import { CRC_START, crc32c } from "../ext4/journal/crc.js";
import { readU64, writeU64 } from "../memory.js";
import type { GrowingStorage } from "../ports.js";
import { damaged, newerVersion, notAnOverlay, type OverlayNames, UNNAMED, unfinishedCommit } from "./failure.js";
import { SPREAD_BLOCKS } from "./fingerprint.js";
import { BLOCK_BYTES } from "./layout.js";
import { readTop } from "./top.js";

const MAGIC = new TextEncoder().encode("colinux overlay\n");
const VERSION = 1;
const CHECKSUM_AT = 20;
const PATH_AT = 64;
const PATH_BYTES_MAX = BLOCK_BYTES - PATH_AT;

export interface OverlayHeader {
  /** Size of the base in bytes. */
  readonly baseBytes: number;
  readonly fingerprint: number;
  /** Of the fingerprint; see there. */
  readonly spread: number;
  readonly state: "in use" | "committing";
  /** Milliseconds since 1970; 0 = not known. */
  readonly baseModified: number;
  readonly basePath: string;
}

/** Writes the header; it is safe when the result is there. Throws RangeError for a path of more than 4032 bytes. */
export async function writeHeader(top: Pick<GrowingStorage, "write" | "flush">, header: OverlayHeader): Promise<void> {
  const path = new TextEncoder().encode(header.basePath);
  if (path.length > PATH_BYTES_MAX) throw new RangeError(`A path of ${path.length} bytes is too long for an overlay.`);
  const block = new Uint8Array(BLOCK_BYTES);
  const view = new DataView(block.buffer);
  block.set(MAGIC);
  view.setUint32(16, VERSION, true);
  writeU64(view, 24, header.baseBytes);
  view.setUint32(32, header.fingerprint, true);
  view.setUint32(36, header.state === "committing" ? 1 : 0, true);
  writeU64(view, 40, header.baseModified);
  view.setUint32(48, path.length, true);
  view.setUint32(52, header.spread === SPREAD_BLOCKS ? 0 : header.spread, true);
  block.set(path, PATH_AT);
  view.setUint32(CHECKSUM_AT, checksum(block), true);
  await top.write(0, block);
  await top.flush();
}

/** Reads the header. Rejects with ColinuxError: `overlay-kind`, `overlay-version`, `overlay-damaged`. */
export async function readHeader(top: GrowingStorage, names: OverlayNames = UNNAMED): Promise<OverlayHeader> {
  const block = new Uint8Array(BLOCK_BYTES);
  await readTop(top, 0, block);
  if (!hasMagic(block)) throw notAnOverlay(names);
  const view = new DataView(block.buffer);
  const version = view.getUint32(16, true);
  if (version > VERSION) throw newerVersion(names, version, VERSION);
  if (checksum(block) !== view.getUint32(CHECKSUM_AT, true)) throw damaged(names, "its header has a wrong checksum");
  return {
    baseBytes: readU64(view, 24),
    fingerprint: view.getUint32(32, true),
    spread: view.getUint32(52, true) || SPREAD_BLOCKS,
    state: view.getUint32(36, true) === 0 ? "in use" : "committing",
    baseModified: readU64(view, 40),
    basePath: new TextDecoder().decode(block.subarray(PATH_AT, PATH_AT + view.getUint32(48, true))),
  };
}

/** Throws ColinuxError `overlay-unfinished` when the commit of the overlay was begun: its base is then good for nothing without it. */
export function refuseUnfinished(header: OverlayHeader, names: OverlayNames): void {
  if (header.state === "committing") throw unfinishedCommit(names);
}

/** Whether the file has nothing in it yet: it is empty, or the power failed while its header was written. */
export async function isBlank(top: GrowingStorage): Promise<boolean> {
  if (top.bytes > BLOCK_BYTES) return false;
  const block = new Uint8Array(BLOCK_BYTES);
  await readTop(top, 0, block);
  if (block.every((byte) => byte === 0)) return true;
  const view = new DataView(block.buffer);
  return (
    hasMagic(block) && view.getUint32(16, true) <= VERSION && checksum(block) !== view.getUint32(CHECKSUM_AT, true)
  );
}

/** Whether a file that begins with `bytes` calls itself an overlay. */
export function hasMagic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

function checksum(block: Uint8Array): number {
  const copy = block.slice();
  copy.fill(0, CHECKSUM_AT, CHECKSUM_AT + 4);
  return crc32c(CRC_START, copy);
}
