/*
 * The journal's replay, without a write: of each block the newest committed copy is remembered, and read instead of what the disk has.
 *
 * As the kernel's recovery, it goes from the oldest transaction to the first that is not whole [linux fs/jbd2/recovery.c]. The copies are
 * left where they are, in the journal, so that memory is needed for their places only.
 */

import { type Blocks, bytesOf } from "../blocks.js";
import { damaged } from "../failure.js";
import type { Superblock } from "../superblock.js";
import { CRC_START, crc32Be } from "./crc.js";
import { Log, type LogFormat, MAGIC } from "./log.js";
import {
  isCommitted,
  isGenuine,
  isIntact,
  revokedBlocks,
  type Tag,
  TYPE_COMMIT,
  TYPE_DESCRIPTOR,
  TYPE_REVOKE,
  tagsOf,
  typeOf,
} from "./records.js";

interface Copy {
  readonly tag: Tag;
  readonly sequence: number;
  /** Where the copy lies on the disk. */
  readonly at: number;
}

/** The blocks of a file system as they are after recovery. Errors: `ext4-damaged`, `ext4-unsupported`, `ext4-unreadable`. */
export async function replayJournal(disk: Blocks, superblock: Superblock): Promise<Blocks> {
  const log = await Log.open(disk, superblock);
  return log.start === 0 ? disk : new ReplayedBlocks(disk, await newestCopies(log), log.format);
}

async function newestCopies(log: Log): Promise<Map<number, Copy>> {
  const { format } = log;
  const newest = new Map<number, Copy>();
  let { sequence, start: position } = log;
  let copies: Copy[] = [];
  let revoked: number[] = [];
  let crc = CRC_START;

  for (let seen = 0; seen < log.size; seen++, position = log.after(position)) {
    const raw = await log.read(position);
    const type = typeOf(raw, sequence);
    if (type === TYPE_DESCRIPTOR && isIntact(raw, format)) {
      if (format.checksums === 1) crc = crc32Be(crc, bytesOf(raw));
      for (const tag of tagsOf(raw, format)) {
        position = log.after(position);
        if (++seen >= log.size) return newest;
        copies.push({ tag, sequence, at: log.blockOf(position) });
        if (format.checksums === 1) crc = crc32Be(crc, bytesOf(await log.read(position)));
      }
    } else if (type === TYPE_REVOKE && isIntact(raw, format)) {
      revoked.push(...revokedBlocks(raw, format));
    } else if (type === TYPE_COMMIT && isCommitted(raw, format, crc)) {
      for (const copy of copies) newest.set(copy.tag.block, copy);
      for (const block of revoked) newest.delete(block);
      sequence = (sequence + 1) >>> 0;
      copies = [];
      revoked = [];
      crc = CRC_START;
    } else {
      break;
    }
  }
  return newest;
}

class ReplayedBlocks implements Blocks {
  readonly blockBytes: number;
  readonly blockCount: number;

  constructor(
    private readonly disk: Blocks,
    private readonly newest: ReadonlyMap<number, Copy>,
    private readonly format: LogFormat,
  ) {
    this.blockBytes = disk.blockBytes;
    this.blockCount = disk.blockCount;
  }

  async read(first: number, into: Uint8Array): Promise<void> {
    await this.disk.read(first, into);
    for (let at = 0, block = first; at < into.length; at += this.blockBytes, block++) {
      const copy = this.newest.get(block);
      if (copy) into.set((await this.dataOf(copy)).subarray(0, into.length - at), at);
    }
  }

  private async dataOf({ tag, sequence, at }: Copy): Promise<Uint8Array> {
    const data = new Uint8Array(this.blockBytes);
    await this.disk.read(at, data);
    if (!isGenuine(data, tag, sequence, this.format))
      throw damaged(`the journal's copy of block ${tag.block} has a wrong checksum`);
    if (tag.escaped) new DataView(data.buffer).setUint32(0, MAGIC);
    return data;
  }
}
