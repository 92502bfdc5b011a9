/*
 * Guest RAM and its frames.
 *
 * RAM lies in one piece in linear memory, so a physical address becomes a pointer by one subtraction. For each 4 KiB frame of RAM
 * there is one word:
 *
 *     31                          6 5            1   0
 *    | address of its decoded page |  reserved  | DIRTY |
 *
 * A frame with a decoded page never has a write entry in a TLB, so that every store to code comes through `wrote`.
 */

import { FRAMES_PTR, RAM_PA, RAM_PTR } from "./abi";
import { hart } from "./hart/hart";
import { codeWritten } from "./isa/pages";

export const PAGE_SHIFT: u32 = 12;
export const PAGE_BYTES: u32 = 4096;
export const PAGE_MASK: u64 = 0xffff_ffff_ffff_f000;

/** The frame was written since the bit was cleared; for incremental snapshots. */
export const FRAME_DIRTY: u32 = 1;
const FRAME_CODE: u32 = 0xffff_ffc0;

/** Whether [pa, pa + bytes) is guest RAM. */
export function isRam(pa: u64, bytes: u64): bool {
  const offset = pa - <u64>RAM_PA;
  return offset < hart.ramBytes && bytes <= hart.ramBytes - offset;
}

/** Where `pa`, which must be RAM, lies in linear memory. */
export function ramPtr(pa: u64): u32 {
  return <u32>(pa - <u64>RAM_PA) + RAM_PTR;
}

function frame(ptr: u32): u32 {
  return ((ptr - RAM_PTR) >>> PAGE_SHIFT) << 2;
}

/** The decoded page of the frame that holds `ptr`, 0 if it has none. */
export function decodedPage(ptr: u32): u32 {
  return load<u32>(frame(ptr), FRAMES_PTR) & FRAME_CODE;
}

export function setDecodedPage(ptr: u32, page: u32): void {
  const at = frame(ptr);
  store<u32>(at, (load<u32>(at, FRAMES_PTR) & ~FRAME_CODE) | page, FRAMES_PTR);
}

export function markDirty(ptr: u32): void {
  const at = frame(ptr);
  store<u32>(at, load<u32>(at, FRAMES_PTR) | FRAME_DIRTY, FRAMES_PTR);
}

/** Must follow every write to RAM that did not go through a TLB's write entry. The range must not leave its frame. */
export function wrote(ptr: u32, bytes: u32): void {
  markDirty(ptr);
  const page = decodedPage(ptr);
  if (page != 0) codeWritten(page, ptr & (PAGE_BYTES - 1), bytes);
}

/** The same for a write of the host, of any length. */
export function hostWrote(ptr: u32, bytes: u32): void {
  while (bytes != 0) {
    const piece = min(bytes, PAGE_BYTES - (ptr & (PAGE_BYTES - 1)));
    wrote(ptr, piece);
    ptr += piece;
    bytes -= piece;
  }
}
