/*
 * Group descriptors: of each the reader wants one number, where the group's inodes lie.
 *
 *     superblock | descriptors of all groups ...                        as a rule
 *     (superblock copy) | descriptors of this meta group's groups       meta_bg: in the first group of each meta group
 *
 * [linux Documentation/filesystems/ext4/group_descr.rst, blockgroup.rst]
 */

import { type Blocks, readBlock } from "./blocks.js";
import {
  COMPAT_SPARSE_SUPER2,
  INCOMPAT_META_BG,
  RO_COMPAT_SPARSE_SUPER,
  SUPERBLOCK_AT,
  type Superblock,
} from "./superblock.js";

const INODE_TABLE_LO = 0x8;
const INODE_TABLE_HI = 0x28;
/** Descriptors of at least this size have the upper halves of their numbers. */
const WIDE_BYTES = 64;

/** The first block of a group's inode table. Errors: `ext4-damaged`. */
export async function inodeTableOf(blocks: Blocks, superblock: Superblock, group: number): Promise<number> {
  const { blockBytes, descriptorBytes } = superblock;
  const perBlock = blockBytes / descriptorBytes;
  const view = await readBlock(blocks, descriptorBlock(superblock, Math.floor(group / perBlock), perBlock));
  const at = (group % perBlock) * descriptorBytes;
  const high = descriptorBytes < WIDE_BYTES ? 0 : view.getUint32(at + INODE_TABLE_HI, true);
  return view.getUint32(at + INODE_TABLE_LO, true) + high * 2 ** 32;
}

/** Where the `index`-th block of descriptors lies. */
function descriptorBlock(superblock: Superblock, index: number, perBlock: number): number {
  const { incompat, blockBytes, firstDataBlock, firstMetaGroup, blocksPerGroup } = superblock;
  const meta = (incompat & INCOMPAT_META_BG) !== 0 && index >= firstMetaGroup;
  // The superblock's own block is not always the first that groups are made of: not with bigalloc and blocks of 1 KiB.
  if (!meta || index === 0) return Math.floor(SUPERBLOCK_AT / blockBytes) + 1 + index;
  const group = index * perBlock;
  return firstDataBlock + group * blocksPerGroup + (hasSuperblock(superblock, group) ? 1 : 0);
}

function hasSuperblock({ compat, roCompat, backupGroups }: Superblock, group: number): boolean {
  if (group === 0) return true;
  if ((compat & COMPAT_SPARSE_SUPER2) !== 0) return backupGroups.includes(group);
  if (group === 1 || (roCompat & RO_COMPAT_SPARSE_SUPER) === 0) return true;
  return [3, 5, 7].some((base) => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  });
}
