/*
 * The two checksums of journals, as Linux computes them: not inverted, neither before nor after.
 */

const CASTAGNOLI_REFLECTED = 0x82f6_3b78;
const ETHERNET = 0x04c1_1db7;

const crc32cTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CASTAGNOLI_REFLECTED : crc >>> 1;
  return crc;
});

const crc32BeTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000_0000 ? (crc << 1) ^ ETHERNET : crc << 1;
  return crc;
});

/** What a checksum begins with. */
export const CRC_START = 0xffff_ffff;

/** CRC-32C, least significant bit first [linux lib/crc32.c: __crc32c_le]. */
export function crc32c(crc: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ crc32cTable[(crc ^ bytes[i]!) & 0xff]!;
  return crc >>> 0;
}

/** CRC-32 of Ethernet, most significant bit first [linux lib/crc32.c: crc32_be]. */
export function crc32Be(crc: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) crc = (crc << 8) ^ crc32BeTable[(crc >>> 24) ^ bytes[i]!]!;
  return crc >>> 0;
}
