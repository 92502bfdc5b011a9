/*
 * Reads files of an ext2, ext3 or ext4 file system that nobody has mounted: what a boot loader needs to find a kernel.
 *
 *     storage -> superblock -> blocks, with the journal over them -> inode -> runs -> content, directory
 *
 * Nothing is ever written. A file system that was not unmounted is read as Linux would see it after its journal was replayed
 * (journal/replay.ts). Names are looked for as bytes in UTF-8; permissions do not matter.
 */

import { ColinuxError } from "../errors.js";
import type { Storage } from "../ports.js";
import { type Blocks, DiskBlocks, readBlock } from "./blocks.js";
import { readContent } from "./content.js";
import { entriesOf, lookUp } from "./directory.js";
import { damaged } from "./failure.js";
import { type FileType, type Inode, ROOT_INODE, readInode } from "./inode.js";
import { replayJournal } from "./journal/replay.js";
import {
  INCOMPAT_RECOVER,
  parseSuperblock,
  readSuperblock,
  SUPERBLOCK_AT,
  SUPERBLOCK_BYTES,
  type Superblock,
} from "./superblock.js";

/** As Linux counts [linux include/linux/namei.h: MAXSYMLINKS]. */
const LINKS_MAX = 40;
const TARGET_BYTES_MAX = 4096;

/** A file system of the ext2, ext3 or ext4 kind, to be read. Its journal is replayed in memory; nothing is written. */
export class Ext4 {
  private constructor(
    private readonly blocks: Blocks,
    private readonly superblock: Superblock,
  ) {}

  /**
   * Opens the file system that begins with the storage's first byte. The storage stays the caller's. Errors: `ext4-missing`,
   * `ext4-unsupported`, `ext4-damaged`, `ext4-unreadable`.
   */
  static async open(storage: Storage): Promise<Ext4> {
    const onDisk = await readSuperblock(storage);
    const disk = new DiskBlocks(storage, onDisk.blockBytes, onDisk.blockCount);
    if ((onDisk.incompat & INCOMPAT_RECOVER) === 0) return new Ext4(disk, onDisk);
    const blocks = await replayJournal(disk, onDisk);
    // The journal may hold a newer superblock too.
    const { blockBytes } = onDisk;
    const block = await readBlock(blocks, Math.floor(SUPERBLOCK_AT / blockBytes));
    const superblock = parseSuperblock(
      new DataView(block.buffer, SUPERBLOCK_AT % blockBytes, SUPERBLOCK_BYTES),
      storage.bytes,
    );
    if (superblock.blockBytes !== blockBytes) throw damaged("the journal has another superblock than the disk");
    return new Ext4(blocks, superblock);
  }

  /** As blkid prints it. */
  get uuid(): string {
    return this.superblock.uuid;
  }

  /**
   * The content of the file that `path` leads to, from the root on and through links. Errors: `ext4-path` when there is no file, and those
   * of `open`.
   */
  async readFile(path: string): Promise<Uint8Array> {
    return readContent(this.blocks, await this.existing(path, "file"));
  }

  /** The names in a directory, without "." and "..", in no order. Errors: as `readFile`. */
  async readdir(path: string): Promise<string[]> {
    const decoder = new TextDecoder();
    const names: string[] = [];
    for await (const { name } of entriesOf(this.blocks, await this.existing(path, "directory")))
      names.push(decoder.decode(name));
    return names.filter((name) => name !== "." && name !== "..");
  }

  /** What `path` leads to; undefined when it leads nowhere. Errors: those of `open`. */
  async typeOf(path: string): Promise<FileType | undefined> {
    return (await this.find(path))?.type;
  }

  private async existing(path: string, type: "file" | "directory"): Promise<Inode> {
    const inode = await this.find(path);
    if (inode?.type === type) return inode;
    throw new ColinuxError("ext4-path", `${path} ${inode ? `is no ${type}` : "does not exist"} in the file system.`);
  }

  /** Follows a path and its links. Undefined when it leads nowhere, or in a circle. */
  private async find(path: string): Promise<Inode | undefined> {
    let way = [await this.inode(ROOT_INODE)];
    let links = 0;
    for (let rest = path.split("/"); rest.length > 0; ) {
      const name = rest.shift()!;
      const here = way.at(-1)!;
      if (name === "" || name === ".") continue;
      if (here.type !== "directory") return undefined;
      if (name === "..") {
        if (way.length > 1) way.pop();
        continue;
      }
      const number = await lookUp(this.blocks, here, name);
      if (number === undefined) return undefined;
      const inode = await this.inode(number);
      if (inode.type !== "link") {
        way.push(inode);
        continue;
      }
      if (++links > LINKS_MAX) return undefined;
      const target = await this.targetOf(inode);
      if (target.startsWith("/")) way = way.slice(0, 1);
      rest = [...target.split("/"), ...rest];
    }
    return way.at(-1);
  }

  private async targetOf(link: Inode): Promise<string> {
    if (link.bytes > TARGET_BYTES_MAX) throw damaged(`the link ${link.number} has ${link.bytes} bytes`);
    return new TextDecoder().decode(await readContent(this.blocks, link));
  }

  private inode(number: number): Promise<Inode> {
    return readInode(this.blocks, this.superblock, number);
  }
}
