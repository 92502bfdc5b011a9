/*
 * Where a file's blocks lie, as runs: blocks that follow each other in the file and on the disk. Holes, and blocks that are reserved and not
 * written, have no run; both read as zeroes.
 */

import type { Blocks } from "./blocks.js";
import { extentRuns } from "./extents.js";
import type { Inode } from "./inode.js";
import { pointerRuns } from "./pointers.js";

export interface Run {
  /** The first block, counted within the file. */
  readonly fileBlock: number;
  /** The first block on the disk. */
  readonly block: number;
  readonly count: number;
}

/**
 * The runs of a file in their order, each behind the one before, none behind the file's end. The content must not be inline.
 * Errors: `ext4-damaged`, `ext4-unreadable`.
 */
export async function* runsOf(blocks: Blocks, inode: Inode): AsyncGenerator<Run> {
  const end = Math.ceil(inode.bytes / blocks.blockBytes);
  const runs = inode.content === "extents" ? extentRuns(blocks, inode, end) : pointerRuns(blocks, inode, end);
  for await (const run of runs) {
    if (run.fileBlock >= end) return;
    yield run.fileBlock + run.count <= end ? run : { ...run, count: end - run.fileBlock };
  }
}
