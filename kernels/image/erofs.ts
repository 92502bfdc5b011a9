/*
 * Writes files into an EROFS image [linux Documentation/filesystems/erofs.rst; fs/erofs/erofs_fs.h], which the guest mounts
 * and reads in place: one directory, nothing compressed, read-only.
 *
 *     block 0     nothing, then the superblock at byte 1024
 *     blocks      the data of each file, in the order in which they were added
 *     blocks      the directory: in each block entries (nid, offset of the name, type), then the names
 *     blocks      the inodes, 32 bytes each; an inode's number (nid) is its place here
 *
 * Data goes to the file as it comes, so that an image may be larger than memory and a file's size need not be known before.
 */

import { type FileHandle, open } from "node:fs/promises";

const BLOCK_BITS = 12;
const BLOCK_BYTES = 1 << BLOCK_BITS;
const SUPERBLOCK_AT = 1024;
const SUPERBLOCK_BYTES = 128;
const MAGIC = 0xe0f5e1e2;
const INODE_BYTES = 32;
const DIRENT_BYTES = 12;
const NAME_BYTES_MAX = 255;
/** Sizes and numbers of blocks have 32 bits in what is written here. */
const FILE_BYTES_MAX = 2 ** 32 - 1;

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const TYPE_FILE = 1;
const TYPE_DIRECTORY = 2;
/** Place 0 is left empty: a directory entry with number 0 would read as none. */
const ROOT_NID = 1;

interface Node {
  readonly mode: number;
  readonly links: number;
  readonly bytes: number;
  readonly firstBlock: number;
}

interface Dirent {
  readonly name: Buffer;
  readonly nid: number;
  readonly type: number;
}

export class ErofsWriter {
  private at = BLOCK_BYTES;
  private readonly files = new Map<string, Node>();
  private writing: { begin: number } | undefined;

  private constructor(private readonly handle: FileHandle) {}

  /** Starts an image in the file at `path`, which is emptied. */
  static async create(path: string): Promise<ErofsWriter> {
    return new ErofsWriter(await open(path, "w"));
  }

  /** Begins the file whose data `append` brings from now on. */
  begin(): void {
    this.writing = { begin: this.at };
  }

  /** Bytes of the present file so far. */
  get written(): number {
    return this.at - this.current().begin;
  }

  async append(data: Uint8Array): Promise<void> {
    const { begin } = this.current();
    if (this.at + data.length - begin > FILE_BYTES_MAX) throw new RangeError("erofs: a file of 4 GiB or more");
    await this.put(this.at, data);
    this.at += data.length;
  }

  /** Replaces bytes of the present file that were written before. */
  async patch(offset: number, data: Uint8Array): Promise<void> {
    if (offset + data.length > this.written) throw new RangeError("erofs: there is nothing yet to replace");
    await this.put(this.current().begin + offset, data);
  }

  /** Ends the present file and names it. Names are at most 255 bytes, each used once. */
  end(name: string): void {
    const { begin } = this.current();
    const bytes = Buffer.byteLength(name);
    if (bytes === 0 || bytes > NAME_BYTES_MAX || name.includes("/") || this.files.has(name))
      throw new RangeError(`erofs: "${name}" cannot be a name here`);
    this.files.set(name, { mode: S_IFREG | 0o644, links: 1, bytes: this.at - begin, firstBlock: begin / BLOCK_BYTES });
    this.at = Math.ceil(this.at / BLOCK_BYTES) * BLOCK_BYTES;
    this.writing = undefined;
  }

  /** Writes a file whole. */
  async add(name: string, data: Uint8Array): Promise<void> {
    this.begin();
    await this.append(data);
    this.end(name);
  }

  /** Writes directory, inodes and superblock. The image is complete then, and closed. */
  async finish(): Promise<void> {
    const names = [...this.files.keys()];
    const entries: Dirent[] = names.map((name, index) => ({
      name: Buffer.from(name),
      nid: ROOT_NID + 1 + index,
      type: TYPE_FILE,
    }));
    for (const name of [".", ".."]) entries.push({ name: Buffer.from(name), nid: ROOT_NID, type: TYPE_DIRECTORY });
    const directory = directoryOf(entries.sort((a, b) => Buffer.compare(a.name, b.name)));
    const root: Node = {
      mode: S_IFDIR | 0o755,
      links: 2,
      bytes: directory.length,
      firstBlock: this.at / BLOCK_BYTES,
    };
    const metaBlock = root.firstBlock + Math.ceil(directory.length / BLOCK_BYTES);
    const inodes = inodesOf([root, ...this.files.values()]);
    const blocks = metaBlock + Math.ceil(inodes.length / BLOCK_BYTES);
    await this.put(root.firstBlock * BLOCK_BYTES, directory);
    await this.put(metaBlock * BLOCK_BYTES, inodes);
    await this.put(SUPERBLOCK_AT, superblock(this.files.size + 1, blocks, metaBlock));
    await this.handle.truncate(blocks * BLOCK_BYTES);
    await this.close();
  }

  /** Closes the file, finished or not. */
  async close(): Promise<void> {
    await this.handle.close();
  }

  private current(): { begin: number } {
    if (this.writing === undefined) throw new Error("erofs: no file was begun");
    return this.writing;
  }

  private async put(position: number, data: Uint8Array): Promise<void> {
    for (let done = 0; done < data.length; ) {
      done += (await this.handle.write(data, done, data.length - done, position + done)).bytesWritten;
    }
  }
}

/** The blocks of a directory, each with as many entries as it holds: the entries first, then their names. */
function directoryOf(sorted: readonly Dirent[]): Buffer {
  const blocks: Buffer[] = [];
  for (let first = 0; first < sorted.length; ) {
    let bytes = 0;
    let last = first;
    while (last < sorted.length && bytes + DIRENT_BYTES + sorted[last]!.name.length <= BLOCK_BYTES) {
      bytes += DIRENT_BYTES + sorted[last]!.name.length;
      last++;
    }
    const isLast = last === sorted.length;
    const block = Buffer.alloc(isLast ? bytes : BLOCK_BYTES);
    let nameAt = (last - first) * DIRENT_BYTES;
    for (const [index, { name, nid, type }] of sorted.slice(first, last).entries()) {
      const at = index * DIRENT_BYTES;
      block.writeUInt32LE(nid, at);
      block.writeUInt16LE(nameAt, at + 8);
      block.writeUInt8(type, at + 10);
      nameAt += name.copy(block, nameAt);
    }
    blocks.push(block);
    first = last;
  }
  return Buffer.concat(blocks);
}

/** struct erofs_inode_compact, data uncompressed in consecutive blocks. `nodes[0]` gets ROOT_NID. */
function inodesOf(nodes: readonly Node[]): Buffer {
  const table = Buffer.alloc((ROOT_NID + nodes.length) * INODE_BYTES);
  for (const [index, { mode, links, bytes, firstBlock }] of nodes.entries()) {
    const at = (ROOT_NID + index) * INODE_BYTES;
    table.writeUInt16LE(mode, at + 4);
    table.writeUInt16LE(links, at + 6);
    table.writeUInt32LE(bytes, at + 8);
    table.writeUInt32LE(firstBlock, at + 16);
    table.writeUInt32LE(ROOT_NID + index, at + 20);
  }
  return table;
}

/** struct erofs_super_block. */
function superblock(inodes: number, blocks: number, metaBlock: number): Buffer {
  const bytes = Buffer.alloc(SUPERBLOCK_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt8(BLOCK_BITS, 12);
  bytes.writeUInt16LE(ROOT_NID, 14);
  bytes.writeBigUInt64LE(BigInt(inodes), 16);
  bytes.writeUInt32LE(blocks, 36);
  bytes.writeUInt32LE(metaBlock, 40);
  return bytes;
}
