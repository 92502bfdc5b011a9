/*
 * Directories, read from one end to the other: an index (htree) hides in entries without an inode, so that it need not be understood
 * [linux Documentation/filesystems/ext4/directory.rst].
 *
 *     inode u32 | record bytes u16 | name bytes u8 | type u8 | name ...        records fill each block
 */

import { type Blocks, bytesOf, readBlock } from "./blocks.js";
import { damaged, unsupported } from "./failure.js";
import { type Inode, inlinePieces } from "./inode.js";
import { runsOf } from "./runs.js";

const ENTRY_BYTES = 8;
/** Space for about two million names. */
const BYTES_MAX = 64 * 2 ** 20;
/** A directory in its inode begins with the parent's number instead of "." and "..". */
const INLINE_PARENT_BYTES = 4;

export interface Entry {
  readonly inode: number;
  readonly name: Uint8Array;
}

/** The entries of a directory, "." and ".." perhaps among them. Errors: `ext4-damaged`, `ext4-unsupported`, `ext4-unreadable`. */
export async function* entriesOf(blocks: Blocks, inode: Inode): AsyncGenerator<Entry> {
  const { number, bytes } = inode;
  if (bytes > BYTES_MAX) throw unsupported(`directory ${number} has ${bytes} bytes`);
  if (inode.content === "inline") {
    const [first, second] = inlinePieces(inode);
    yield* recordsOf(first.subarray(INLINE_PARENT_BYTES), number);
    yield* recordsOf(second, number);
    return;
  }
  for await (const { block, count } of runsOf(blocks, inode)) {
    for (let i = 0; i < count; i++) yield* recordsOf(bytesOf(await readBlock(blocks, block + i)), number);
  }
}

/** The inode of a name; undefined when the directory has no such name. */
export async function lookUp(blocks: Blocks, directory: Inode, name: string): Promise<number | undefined> {
  const wanted = new TextEncoder().encode(name);
  for await (const entry of entriesOf(blocks, directory)) {
    if (entry.name.length === wanted.length && entry.name.every((byte, i) => byte === wanted[i])) return entry.inode;
  }
  return undefined;
}

function* recordsOf(bytes: Uint8Array, directory: number): Generator<Entry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; ) {
    const recordBytes = view.getUint16(at + 4, true);
    const nameBytes = view.getUint8(at + 6);
    if (recordBytes < ENTRY_BYTES + nameBytes || at + recordBytes > bytes.length)
      throw damaged(`directory ${directory} has an entry of ${recordBytes} bytes with a name of ${nameBytes}`);
    const inode = view.getUint32(at, true);
    if (inode !== 0) yield { inode, name: bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes) };
    at += recordBytes;
  }
}
