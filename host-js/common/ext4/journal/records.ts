/*
 * The journal's own blocks: descriptors, which tell what the blocks behind them are; revocations, which tell that older copies of a block
 * must not be used; commits, which end a transaction [linux Documentation/filesystems/ext4/journal.rst, include/linux/jbd2.h].
 *
 *     header       magic u32 | type u32 | sequence u32
 *     descriptor   header | tag ... | checksum u32                    the checksum in the block's last bytes, versions 2 and 3 only
 *     revocation   header | used bytes u32 | block ... | checksum u32
 *     commit       header | type u8 | bytes u8 | 0 u16 | checksum u32 ...
 *
 *     tag, versions 0 to 2    block u32 | checksum u16 | flags u16 | (wide: block, upper 32) | (version 2: u16) | (uuid)
 *     tag, version 3          block u32 | flags u32 | block, upper 32 | checksum u32 | (uuid)
 */

import { bytesOf } from "../blocks.js";
import { crc32c } from "./crc.js";
import { type LogFormat, MAGIC } from "./log.js";

export const TYPE_DESCRIPTOR = 1;
export const TYPE_COMMIT = 2;
export const TYPE_REVOKE = 5;

const HEADER_BYTES = 12;
const TAIL_BYTES = 4;
const UUID_BYTES = 16;
const FLAG_ESCAPE = 1;
const FLAG_SAME_UUID = 2;
const FLAG_LAST = 8;

const COMMIT_TYPE_AT = 12;
const COMMIT_BYTES_AT = 13;
const COMMIT_CHECKSUM_AT = 16;
const COMMIT_CRC32 = 1;

export interface Tag {
  /** The block that the data belongs to. */
  readonly block: number;
  /** Whether the data began with the journal's magic, which is stored as zeroes. */
  readonly escaped: boolean;
  readonly checksum: number;
}

/** The type of a block that belongs to transaction `sequence`; undefined for whatever else lies there. */
export function typeOf(raw: DataView, sequence: number): number | undefined {
  return raw.getUint32(0) === MAGIC && raw.getUint32(8) === sequence ? raw.getUint32(4) : undefined;
}

/** Whether a descriptor or a revocation is whole, as far as the format tells. */
export function isIntact(raw: DataView, { checksums, seed }: LogFormat): boolean {
  if (checksums < 2) return true;
  const end = raw.byteLength - TAIL_BYTES;
  return checksumWithout(raw, seed, end) === raw.getUint32(end);
}

/** Whether a commit ends a whole transaction; `crc` is the checksum over all its blocks, which version 1 has. */
export function isCommitted(raw: DataView, { checksums, seed }: LogFormat, crc: number): boolean {
  const checksum = raw.getUint32(COMMIT_CHECKSUM_AT);
  if (checksums >= 2) return checksumWithout(raw, seed, COMMIT_CHECKSUM_AT) === checksum;
  const type = raw.getUint8(COMMIT_TYPE_AT);
  // A commit from before checksums were switched on has none.
  if (checksums === 0 || (type === 0 && checksum === 0)) return true;
  return type === COMMIT_CRC32 && raw.getUint8(COMMIT_BYTES_AT) === 4 && checksum === crc;
}

/** Whether the data of a tag is what was written, as far as the format tells. */
export function isGenuine(
  data: Uint8Array,
  { checksum }: Tag,
  sequence: number,
  { checksums, seed }: LogFormat,
): boolean {
  if (checksums < 2) return true;
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, sequence);
  const crc = crc32c(crc32c(seed, number), data);
  return checksum === (checksums === 2 ? crc & 0xffff : crc);
}

export function* tagsOf(raw: DataView, { wide, checksums }: LogFormat): Generator<Tag> {
  const end = raw.byteLength - (checksums >= 2 ? TAIL_BYTES : 0);
  const tagBytes = checksums === 3 ? 16 : 8 + (wide ? 4 : 0) + (checksums === 2 ? 2 : 0);
  for (let at = HEADER_BYTES; at + tagBytes <= end; ) {
    const flags = checksums === 3 ? raw.getUint32(at + 4) : raw.getUint16(at + 6);
    yield {
      block: raw.getUint32(at) + (wide ? raw.getUint32(at + 8) * 2 ** 32 : 0),
      escaped: (flags & FLAG_ESCAPE) !== 0,
      checksum: checksums === 3 ? raw.getUint32(at + 12) : raw.getUint16(at + 4),
    };
    if ((flags & FLAG_LAST) !== 0) return;
    at += tagBytes + ((flags & FLAG_SAME_UUID) !== 0 ? 0 : UUID_BYTES);
  }
}

export function* revokedBlocks(raw: DataView, { wide }: LogFormat): Generator<number> {
  const recordBytes = wide ? 8 : 4;
  const end = Math.min(raw.getUint32(HEADER_BYTES), raw.byteLength);
  for (let at = HEADER_BYTES + 4; at + recordBytes <= end; at += recordBytes)
    yield wide ? raw.getUint32(at) * 2 ** 32 + raw.getUint32(at + 4) : raw.getUint32(at);
}

/** The checksum of a block in which the checksum itself counts as zero. */
function checksumWithout(raw: DataView, seed: number, at: number): number {
  const copy = bytesOf(raw).slice();
  copy.fill(0, at, at + 4);
  return crc32c(seed, copy);
}
