/*
 * The superblock: 1024 bytes at byte 1024 of the disk, whatever the block size [linux Documentation/filesystems/ext4/super.rst].
 *
 * Features come in three words. Those of `compat` and `ro_compat` matter to who writes; of `incompat` all must be known. Checksums of
 * metadata are not looked at: what they would find, the checks of each structure find where it matters.
 */

import { ColinuxError } from "../errors.js";
import type { Storage } from "../ports.js";
import { readStorage } from "./blocks.js";
import { damaged, unsupported } from "./failure.js";

export const SUPERBLOCK_AT = 1024;
export const SUPERBLOCK_BYTES = 1024;
const MAGIC = 0xef53;
const REV_GOOD_OLD = 0;
const GOOD_OLD_INODE_BYTES = 128;
const BLOCK_BYTES_MAX = 4096;

export const INCOMPAT_RECOVER = 0x4;
export const INCOMPAT_META_BG = 0x10;
const INCOMPAT_64BIT = 0x80;
/** What the reader knows, or what changes nothing for it. */
const INCOMPAT_KNOWN: Readonly<Record<string, number>> = {
  filetype: 0x2,
  recover: INCOMPAT_RECOVER,
  meta_bg: INCOMPAT_META_BG,
  extents: 0x40,
  "64bit": INCOMPAT_64BIT,
  mmp: 0x100,
  flex_bg: 0x200,
  ea_inode: 0x400,
  csum_seed: 0x2000,
  large_dir: 0x4000,
  inline_data: 0x8000,
  casefold: 0x2_0000,
};
const INCOMPAT_REFUSED: Readonly<Record<string, number>> = {
  compression: 0x1,
  journal_dev: 0x8,
  dirdata: 0x1000,
  encrypt: 0x1_0000,
};
export const RO_COMPAT_SPARSE_SUPER = 0x1;
export const COMPAT_SPARSE_SUPER2 = 0x200;

export interface Superblock {
  readonly compat: number;
  readonly incompat: number;
  readonly roCompat: number;
  /** As blkid prints it. */
  readonly uuid: string;
  readonly blockBytes: number;
  readonly blockCount: number;
  /** Where group 0 begins. */
  readonly firstDataBlock: number;
  readonly blocksPerGroup: number;
  readonly inodeCount: number;
  readonly inodesPerGroup: number;
  readonly inodeBytes: number;
  readonly descriptorBytes: number;
  readonly firstMetaGroup: number;
  /** With sparse_super2: the groups that have a copy of the superblock. */
  readonly backupGroups: readonly number[];
  /** 0 = the journal is not inside the file system. */
  readonly journalInode: number;
}

/** The UUID of the ext2, ext3 or ext4 that the disk holds, in whatever state it is; undefined when it holds none, or has no UUID. */
export async function probeUuid(storage: Storage): Promise<string | undefined> {
  const view = await readRaw(storage);
  const uuid = view && uuidAt(view, 0x68);
  return uuid === undefined || /^[0-]+$/.test(uuid) ? undefined : uuid;
}

/** Reads and checks the superblock of a disk. Errors: `ext4-missing`, `ext4-unreadable`, and those of parseSuperblock. */
export async function readSuperblock(storage: Storage): Promise<Superblock> {
  const view = await readRaw(storage);
  if (view === undefined)
    throw new ColinuxError("ext4-missing", "There is no ext2, ext3 or ext4 file system at the beginning of the disk.");
  return parseSuperblock(view, storage.bytes);
}

/** Errors: `ext4-unsupported`, `ext4-damaged`. */
export function parseSuperblock(view: DataView, storageBytes: number): Superblock {
  const u16 = (at: number): number => view.getUint16(at, true);
  const u32 = (at: number): number => view.getUint32(at, true);
  const incompat = u32(0x60);
  checkFeatures(incompat);
  const wide = (incompat & INCOMPAT_64BIT) !== 0;
  const goodOld = u32(0x4c) === REV_GOOD_OLD;
  const superblock: Superblock = {
    compat: u32(0x5c),
    incompat,
    roCompat: u32(0x64),
    uuid: uuidAt(view, 0x68),
    blockBytes: 1024 * 2 ** Math.min(u32(0x18), 32),
    blockCount: u32(0x4) + (wide ? u32(0x150) * 2 ** 32 : 0),
    firstDataBlock: u32(0x14),
    blocksPerGroup: u32(0x20),
    inodeCount: u32(0x0),
    inodesPerGroup: u32(0x28),
    inodeBytes: goodOld ? GOOD_OLD_INODE_BYTES : u16(0x58),
    descriptorBytes: wide ? u16(0xfe) : 32,
    firstMetaGroup: u32(0x104),
    backupGroups: [u32(0x24c), u32(0x250)],
    journalInode: u32(0xe0),
  };
  checkGeometry(superblock, storageBytes);
  return superblock;
}

/** The superblock as it lies on the disk; undefined when there is none. */
async function readRaw(storage: Storage): Promise<DataView | undefined> {
  if (storage.bytes < SUPERBLOCK_AT + SUPERBLOCK_BYTES) return undefined;
  const bytes = new Uint8Array(SUPERBLOCK_BYTES);
  await readStorage(storage, SUPERBLOCK_AT, bytes);
  const view = new DataView(bytes.buffer);
  return view.getUint16(0x38, true) === MAGIC ? view : undefined;
}

function checkFeatures(incompat: number): void {
  for (const [name, bit] of Object.entries(INCOMPAT_REFUSED))
    if ((incompat & bit) !== 0) throw unsupported(`it has the feature "${name}"`);
  const unknown = Object.values(INCOMPAT_KNOWN).reduce((rest, bit) => rest & ~bit, incompat) >>> 0;
  if (unknown !== 0) throw unsupported(`it has features that are not known here (incompat 0x${unknown.toString(16)})`);
}

function checkGeometry(superblock: Superblock, storageBytes: number): void {
  const { blockBytes, blockCount, blocksPerGroup, inodesPerGroup, inodeBytes, descriptorBytes } = superblock;
  if (blockBytes > BLOCK_BYTES_MAX)
    throw unsupported(`it has blocks of ${blockBytes} bytes; Linux mounts up to ${BLOCK_BYTES_MAX}`);
  if (blockCount * blockBytes > storageBytes) {
    const sizes = `it has ${blockCount} blocks of ${blockBytes} bytes, and the disk ends after ${storageBytes} bytes`;
    throw damaged(`${sizes}, so it was cut off`);
  }
  const powerOf2 = (value: number): boolean => value !== 0 && (value & (value - 1)) === 0;
  if (blocksPerGroup === 0 || blocksPerGroup > blockBytes * 8 * 2 ** 16)
    throw damaged(`the superblock says ${blocksPerGroup} blocks a group`);
  if (inodesPerGroup === 0 || inodesPerGroup > blockBytes * 8)
    throw damaged(`the superblock says ${inodesPerGroup} inodes a group`);
  if (!powerOf2(inodeBytes) || inodeBytes < GOOD_OLD_INODE_BYTES || inodeBytes > blockBytes)
    throw damaged(`the superblock says inodes of ${inodeBytes} bytes`);
  if (!powerOf2(descriptorBytes) || descriptorBytes < 32 || descriptorBytes > blockBytes)
    throw damaged(`the superblock says group descriptors of ${descriptorBytes} bytes`);
}

export function uuidAt(view: DataView, at: number): string {
  const hex = Array.from({ length: 16 }, (_, i) =>
    view
      .getUint8(at + i)
      .toString(16)
      .padStart(2, "0"),
  ).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
