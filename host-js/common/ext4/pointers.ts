/*
 * Block pointers, as ext2 and ext3 have them [linux Documentation/filesystems/ext4/blockmap.rst]: 15 in the inode, the first twelve to
 * blocks of the file, the others to one, two and three levels of blocks full of pointers. 0 is a hole.
 */

import { type Blocks, readBlock } from "./blocks.js";
import type { Inode } from "./inode.js";
import type { Run } from "./runs.js";

const DIRECT = 12;
const LEVELS = 3;

/** The runs up to file block `end`; neighbours are joined. */
export async function* pointerRuns(blocks: Blocks, inode: Inode, end: number): AsyncGenerator<Run> {
  let run: Run | undefined;
  for await (const [fileBlock, block] of pointers(blocks, inode, end)) {
    if (run && fileBlock === run.fileBlock + run.count && block === run.block + run.count) {
      run = { ...run, count: run.count + 1 };
    } else {
      if (run) yield run;
      run = { fileBlock, block, count: 1 };
    }
  }
  if (run) yield run;
}

async function* pointers(
  blocks: Blocks,
  inode: Inode,
  end: number,
): AsyncGenerator<[fileBlock: number, block: number]> {
  const perBlock = blocks.blockBytes / 4;

  /** What `pointer` leads to, over `level` more blocks of pointers, from file block `first` on. */
  async function* follow(pointer: number, level: number, first: number): AsyncGenerator<[number, number]> {
    if (pointer === 0 || first >= end) return;
    if (level === 0) return yield [first, pointer];
    const table = await readBlock(blocks, pointer);
    const span = perBlock ** (level - 1);
    for (let i = 0; i < perBlock && first + i * span < end; i++)
      yield* follow(table.getUint32(4 * i, true), level - 1, first + i * span);
  }

  let first = 0;
  for (let i = 0; i < DIRECT; i++, first++) yield* follow(inode.block.getUint32(4 * i, true), 0, first);
  for (let level = 1; level <= LEVELS; level++) {
    yield* follow(inode.block.getUint32(4 * (DIRECT + level - 1), true), level, first);
    first += perBlock ** level;
  }
}
