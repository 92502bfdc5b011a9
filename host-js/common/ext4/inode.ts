/*
 * Inodes: what a file is, how long, and where its content is found [linux Documentation/filesystems/ext4/inodes.rst].
 */

import { type Blocks, bytesOf, readBlock } from "./blocks.js";
import { damaged, unsupported } from "./failure.js";
import { inodeTableOf } from "./groups.js";
import type { Superblock } from "./superblock.js";

export const ROOT_INODE = 2;

const MODE_TYPE = 0xf000;
const TYPES: Readonly<Record<number, FileType>> = { 16384: "directory", 32768: "file", 40960: "link" };

const FLAG_ENCRYPT = 0x800;
const FLAG_EXTENTS = 0x8_0000;
const FLAG_INLINE_DATA = 0x1000_0000;

/** i_block: pointers, the root of the extent tree, or the content itself. */
const BLOCK_AT = 0x28;
export const BLOCK_BYTES = 60;

/** What a path names. */
export type FileType = "directory" | "file" | "link" | "other";

export interface Inode {
  readonly number: number;
  readonly type: FileType;
  readonly bytes: number;
  /** How `block` is to be understood. */
  readonly content: "extents" | "pointers" | "inline";
  /** i_block, 60 bytes. */
  readonly block: DataView;
  /** The whole inode, for what lies behind its fixed part. */
  readonly raw: DataView;
}

/** Errors: `ext4-damaged`, `ext4-unsupported`, `ext4-unreadable`. */
export async function readInode(blocks: Blocks, superblock: Superblock, number: number): Promise<Inode> {
  const { inodeCount, inodesPerGroup, inodeBytes, blockBytes } = superblock;
  if (number < 1 || number > inodeCount) throw damaged(`it names inode ${number}, and has ${inodeCount}`);
  const table = await inodeTableOf(blocks, superblock, Math.floor((number - 1) / inodesPerGroup));
  const offset = ((number - 1) % inodesPerGroup) * inodeBytes;
  const block = await readBlock(blocks, table + Math.floor(offset / blockBytes));
  return parseInode(number, new DataView(block.buffer, offset % blockBytes, inodeBytes));
}

function parseInode(number: number, raw: DataView): Inode {
  const mode = raw.getUint16(0x0, true);
  const links = raw.getUint16(0x1a, true);
  const flags = raw.getUint32(0x20, true);
  const type = TYPES[mode & MODE_TYPE] ?? "other";
  if (mode === 0 || links === 0) throw damaged(`inode ${number} is in use and marked as free`);
  if ((flags & FLAG_ENCRYPT) !== 0) throw unsupported(`inode ${number} is encrypted`);
  const bytes = raw.getUint32(0x4, true) + raw.getUint32(0x6c, true) * 2 ** 32;
  // A short link has its target where the others have pointers, and no flag.
  const inline = (flags & FLAG_INLINE_DATA) !== 0 || (type === "link" && bytes < BLOCK_BYTES);
  return {
    number,
    type,
    bytes,
    content: inline ? "inline" : (flags & FLAG_EXTENTS) !== 0 ? "extents" : "pointers",
    block: new DataView(raw.buffer, raw.byteOffset + BLOCK_AT, BLOCK_BYTES),
    raw,
  };
}

const GOOD_OLD_BYTES = 128;
const EXTRA_BYTES_AT = 0x80;
const XATTR_MAGIC = 0xea02_0000;
const XATTR_INDEX_SYSTEM = 7;
const XATTR_ENTRY_BYTES = 16;
const XATTR_NAME = "data";

/**
 * The two pieces of a content that lies in the inode: i_block, and what did not fit there, in the attribute "system.data" behind the
 * inode's fixed part [linux Documentation/filesystems/ext4/inlinedata.rst, attributes.rst]. Errors: `ext4-damaged`.
 */
export function inlinePieces({ number, bytes, block, raw }: Inode): [Uint8Array, Uint8Array] {
  const first = bytesOf(block).subarray(0, bytes);
  if (bytes <= BLOCK_BYTES) return [first, new Uint8Array(0)];
  const second = systemData(raw)?.subarray(0, bytes - BLOCK_BYTES);
  if (second?.length !== bytes - BLOCK_BYTES)
    throw damaged(`inode ${number} holds its ${bytes} bytes in itself, and not all are there`);
  return [first, second];
}

/** The value of "system.data"; undefined when there is none. */
function systemData(raw: DataView): Uint8Array | undefined {
  if (raw.byteLength <= GOOD_OLD_BYTES) return undefined;
  const header = GOOD_OLD_BYTES + raw.getUint16(EXTRA_BYTES_AT, true);
  if (header + 4 > raw.byteLength || raw.getUint32(header, true) !== XATTR_MAGIC) return undefined;
  const entries = header + 4;
  for (let at = entries; at + XATTR_ENTRY_BYTES <= raw.byteLength && raw.getUint32(at, true) !== 0; ) {
    const nameBytes = raw.getUint8(at);
    const nameAt = at + XATTR_ENTRY_BYTES;
    if (nameAt + nameBytes > raw.byteLength) return undefined;
    const name = String.fromCharCode(...bytesOf(raw, nameAt, nameBytes));
    if (raw.getUint8(at + 1) === XATTR_INDEX_SYSTEM && name === XATTR_NAME) {
      const valueAt = entries + raw.getUint16(at + 2, true);
      const valueBytes = raw.getUint32(at + 8, true);
      return valueAt + valueBytes <= raw.byteLength ? bytesOf(raw, valueAt, valueBytes) : undefined;
    }
    at = nameAt + ((nameBytes + 3) & ~3);
  }
  return undefined;
}
