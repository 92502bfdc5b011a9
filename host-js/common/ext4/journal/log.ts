/*
 * The journal as a file of blocks in a ring, and its superblock, which says where the ring begins to matter. All numbers of a journal are
 * big-endian [linux Documentation/filesystems/ext4/journal.rst].
 *
 *     block 0       1 ... first - 1      first ......................... length - 1
 *     superblock    unused               ring: descriptors, data, revocations, commits
 */

import { type Blocks, bytesOf, readBlock } from "../blocks.js";
import { damaged, unsupported } from "../failure.js";
import { readInode } from "../inode.js";
import { type Run, runsOf } from "../runs.js";
import type { Superblock } from "../superblock.js";
import { CRC_START, crc32c } from "./crc.js";

export const MAGIC = 0xc03b_3998;
const TYPE_SUPERBLOCK_V1 = 3;
const TYPE_SUPERBLOCK_V2 = 4;

const COMPAT_CHECKSUM = 0x1;
const INCOMPAT_64BIT = 0x2;
const INCOMPAT_CSUM_V2 = 0x8;
const INCOMPAT_CSUM_V3 = 0x10;
const INCOMPAT_FAST_COMMIT = 0x20;
/** Revocations, and commits that do not wait for their data, change nothing for the reader. */
const INCOMPAT_KNOWN = 0x1 | INCOMPAT_64BIT | 0x4 | INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3;

const UUID_BYTES = 16;
const SUPERBLOCK_BYTES = 1024;
const CHECKSUM_AT = 0xfc;

/** How the journal's blocks are laid out and protected. */
export interface LogFormat {
  readonly wide: boolean;
  /** 0 none, 1 one checksum for each transaction, 2 and 3 one in each block of the journal and for each block of data. */
  readonly checksums: 0 | 1 | 2 | 3;
  /** What checksums of versions 2 and 3 begin with. */
  readonly seed: number;
}

export class Log {
  private constructor(
    private readonly blocks: Blocks,
    private readonly runs: readonly Run[],
    readonly format: LogFormat,
    private readonly first: number,
    private readonly length: number,
    /** Position and number of the oldest transaction that may not be on the disk; 0 = there is none. */
    readonly start: number,
    readonly sequence: number,
  ) {}

  /** Errors: `ext4-damaged`, `ext4-unsupported`, `ext4-unreadable`. */
  static async open(blocks: Blocks, superblock: Superblock): Promise<Log> {
    if (superblock.journalInode === 0)
      throw unsupported(
        "it was not unmounted, and its journal is on another disk; mount it once in a guest that has both",
      );
    const inode = await readInode(blocks, superblock, superblock.journalInode);
    if (inode.type !== "file" || inode.content === "inline") throw damaged("the journal is no file");
    const runs: Run[] = [];
    for await (const run of runsOf(blocks, inode)) runs.push(run);
    const raw = await readBlock(blocks, blockOf(runs, 0));
    return new Log(blocks, runs, ...fieldsOf(raw, blocks.blockBytes));
  }

  /** Blocks in the ring. */
  get size(): number {
    return this.length - this.first;
  }

  after(position: number, count = 1): number {
    return this.first + ((position - this.first + count) % this.size);
  }

  /** Where a block of the journal lies on the disk. */
  blockOf(position: number): number {
    return blockOf(this.runs, position);
  }

  read(position: number): Promise<DataView> {
    return readBlock(this.blocks, this.blockOf(position));
  }
}

function blockOf(runs: readonly Run[], position: number): number {
  let low = 0;
  for (let high = runs.length; high - low > 1; ) {
    const middle = (low + high) >> 1;
    if (runs[middle]!.fileBlock <= position) low = middle;
    else high = middle;
  }
  const run = runs[low];
  if (run === undefined || position < run.fileBlock || position >= run.fileBlock + run.count)
    throw damaged(`the journal has no block ${position}`);
  return run.block + position - run.fileBlock;
}

function fieldsOf(
  raw: DataView,
  blockBytes: number,
): [format: LogFormat, first: number, length: number, start: number, sequence: number] {
  const type = raw.getUint32(0x4);
  if (raw.getUint32(0) !== MAGIC || (type !== TYPE_SUPERBLOCK_V1 && type !== TYPE_SUPERBLOCK_V2))
    throw damaged("the journal has no superblock");
  const [bytes, length, first, sequence, start] = [0xc, 0x10, 0x14, 0x18, 0x1c].map((at) => raw.getUint32(at));
  if (bytes !== blockBytes) throw damaged(`the journal has blocks of ${bytes} bytes`);
  if (first! < 1 || first! >= length! || start! >= length! || (start! !== 0 && start! < first!))
    throw damaged(`the journal says that it goes from block ${first} to ${length} and begins at ${start}`);
  return [type === TYPE_SUPERBLOCK_V1 ? PLAIN : formatOf(raw), first!, length!, start!, sequence!];
}

const PLAIN: LogFormat = { wide: false, checksums: 0, seed: 0 };

function formatOf(raw: DataView): LogFormat {
  const incompat = raw.getUint32(0x28);
  if ((incompat & INCOMPAT_FAST_COMMIT) !== 0)
    throw unsupported("it was not unmounted, and its journal has fast commits; check it once: e2fsck -p IMAGE");
  const unknown = incompat & ~INCOMPAT_KNOWN;
  if (unknown !== 0) throw unsupported(`its journal has features that are not known here (0x${unknown.toString(16)})`);
  const seed = crc32c(CRC_START, bytesOf(raw, 0x30, UUID_BYTES));
  const wide = (incompat & INCOMPAT_64BIT) !== 0;
  if ((incompat & (INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3)) === 0)
    return { wide, checksums: (raw.getUint32(0x24) & COMPAT_CHECKSUM) === 0 ? 0 : 1, seed };
  const wanted = raw.getUint32(CHECKSUM_AT);
  const copy = bytesOf(raw, 0, SUPERBLOCK_BYTES).slice();
  copy.fill(0, CHECKSUM_AT, CHECKSUM_AT + 4);
  if (crc32c(CRC_START, copy) !== wanted) throw damaged("the checksum of the journal's superblock is wrong");
  return { wide, checksums: (incompat & INCOMPAT_CSUM_V3) === 0 ? 2 : 3, seed };
}
