/*
 * How a base is known again: a checksum of some of its blocks, always the same ones for a size.
 *
 * Sampled are the beginning, where every filesystem writes when it is mounted, the end, where partition tables have their copy, and blocks
 * in equal distances between. docs/RATIONALE.md says why it is not the time of modification.
 */

import { CRC_START, crc32c } from "../ext4/journal/crc.js";
import type { Storage } from "../ports.js";
import { BLOCK_BYTES } from "./layout.js";

/** Blocks at each end. */
const END_BLOCKS = 32;
/** Blocks between, unless the overlay says otherwise: each of them may cost a base that is far away a request. */
export const SPREAD_BLOCKS = 256;

/** The checksum of a base's sample with `spread` blocks between its ends. `skip` says of a block, by its number, that it is left out. */
export async function fingerprint(
  base: Storage,
  spread: number,
  skip: (block: number) => boolean | Promise<boolean> = () => false,
): Promise<number> {
  const buffer = new Uint8Array(BLOCK_BYTES);
  let crc = CRC_START;
  for (const block of sample(Math.ceil(base.bytes / BLOCK_BYTES), spread)) {
    if (await skip(block)) continue;
    const offset = block * BLOCK_BYTES;
    const bytes = buffer.subarray(0, Math.min(BLOCK_BYTES, base.bytes - offset));
    await base.read(offset, bytes);
    crc = crc32c(crc, bytes);
  }
  return crc;
}

/** Numbers of the blocks that are looked at, ascending. */
function sample(blocks: number, spread: number): number[] {
  const chosen = new Set<number>();
  for (let n = 0; n < Math.min(END_BLOCKS, blocks); n++) chosen.add(n).add(blocks - 1 - n);
  for (let n = 0; n < spread; n++) chosen.add(Math.floor((blocks * n) / spread));
  return [...chosen].sort((a, b) => a - b);
}
