/*
 * Extent trees [linux Documentation/filesystems/ext4/ifork.rst]. A node is a header and entries of 12 bytes, sorted by file block; the
 * root lies in the inode.
 *
 *     header       magic u16 | entries u16 | max u16 | depth u16 | generation u32
 *     depth = 0    file block u32 | count u16 | block, upper 16 | block, lower 32           count > 32768: reserved, not written
 *     depth > 0    file block u32 | child, lower 32 | child, upper 16 | unused u16
 *
 * A damaged tree cannot keep the walk busy: depth falls by one with each step down, no node but the root is empty, and every extent must
 * lie behind the one before it, so that no block is worth visiting twice.
 */

import { type Blocks, readBlock } from "./blocks.js";
import { damaged } from "./failure.js";
import type { Inode } from "./inode.js";
import type { Run } from "./runs.js";

const MAGIC = 0xf30a;
const ENTRY_BYTES = 12;
const DEPTH_MAX = 5;
const WRITTEN_MAX = 32768;

/** The runs up to file block `end`. */
export async function* extentRuns(blocks: Blocks, inode: Inode, end: number): AsyncGenerator<Run> {
  const wrong = (what: string) => damaged(`the extents of inode ${inode.number} ${what}`);
  let next = 0;

  async function* walk(node: DataView, depth: number | undefined): AsyncGenerator<Run> {
    const entries = node.getUint16(2, true);
    const found = node.getUint16(6, true);
    if (node.getUint16(0, true) !== MAGIC || entries > node.byteLength / ENTRY_BYTES - 1)
      throw wrong("have a bad node");
    if (found > DEPTH_MAX || (depth ?? found) !== found) throw wrong(`have a node of depth ${found}`);
    if (entries === 0 && depth !== undefined) throw wrong("have an empty node");
    for (let at = ENTRY_BYTES; at <= entries * ENTRY_BYTES; at += ENTRY_BYTES) {
      const fileBlock = node.getUint32(at, true);
      if (fileBlock >= end) return;
      if (fileBlock < next) throw wrong("overlap");
      if (found > 0) {
        const child = node.getUint32(at + 4, true) + node.getUint16(at + 8, true) * 2 ** 32;
        yield* walk(await readBlock(blocks, child), found - 1);
        continue;
      }
      const length = node.getUint16(at + 4, true);
      const count = length > WRITTEN_MAX ? length - WRITTEN_MAX : length;
      if (count === 0) throw wrong("have one of no length");
      next = fileBlock + count;
      const block = node.getUint32(at + 8, true) + node.getUint16(at + 6, true) * 2 ** 32;
      if (length <= WRITTEN_MAX) yield { fileBlock, block, count };
    }
  }

  yield* walk(inode.block, undefined);
}
