/*
 * The content of a file, whole: kernels, initrds, the targets of links.
 */

import type { Blocks } from "./blocks.js";
import { unsupported } from "./failure.js";
import { type Inode, inlinePieces } from "./inode.js";
import { runsOf } from "./runs.js";

/** More than any kernel or initrd; a damaged size must not cost more memory than this. */
const BYTES_MAX = 512 * 2 ** 20;

/** Errors: `ext4-damaged`, `ext4-unsupported`, `ext4-unreadable`. */
export async function readContent(blocks: Blocks, inode: Inode): Promise<Uint8Array> {
  const { number, bytes } = inode;
  if (bytes > BYTES_MAX)
    throw unsupported(`inode ${number} has ${bytes} bytes; files of up to ${BYTES_MAX / 2 ** 20} MiB are read`);
  if (inode.content === "inline") return joined(...inlinePieces(inode));
  const content = new Uint8Array(bytes);
  for await (const { fileBlock, block, count } of runsOf(blocks, inode)) {
    const from = fileBlock * blocks.blockBytes;
    await blocks.read(block, content.subarray(from, from + count * blocks.blockBytes));
  }
  return content;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const content = new Uint8Array(first.length + second.length);
  content.set(first);
  content.set(second, first.length);
  return content;
}
