/*
 * Guest RAM and its frames.
 *
 * RAM lies in one piece in linear memory, so a physical address becomes a pointer by one subtraction. For each 4 KiB frame of RAM
 * there is one word:
 *
 *     31                          6 5        2     1         0
 *    | address of its decoded page | reserved | WATCHED | TOUCHED |
 *
 * A frame with a decoded page, or one that is watched, never has a write entry in a TLB, so that every store to it comes through `wrote`.
 */

import { FRAMES_PTR, RAM_PA, RAM_PTR } from "./abi";
import { hart } from "./hart/hart";
import { codeWritten } from "./isa/pages";
import { tohostWritten } from "./platform/htif";

export const PAGE_SHIFT: u32 = 12;
export const PAGE_BYTES: u32 = 4096;
export const PAGE_MASK: u64 = 0xffff_ffff_ffff_f000;

/** The frame was written since the machine was made. One that was not is zero, and the host may not have made it yet. */
const FRAME_TOUCHED: u32 = 1;
/** Holds HTIF's `tohost`. */
const FRAME_WATCHED: u32 = 2;
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

/** Whether stores to the frame that holds `ptr` must come through `wrote`. */
export function isGuarded(ptr: u32): bool {
  return (load<u32>(frame(ptr), FRAMES_PTR) & (FRAME_CODE | FRAME_WATCHED)) != 0;
}

export function watchFrame(ptr: u32): void {
  const at = frame(ptr);
  store<u32>(at, load<u32>(at, FRAMES_PTR) | FRAME_WATCHED, FRAMES_PTR);
}

/** Whether anything was ever written to the frame that holds `ptr`. */
export function isTouched(ptr: u32): bool {
  return (load<u32>(frame(ptr), FRAMES_PTR) & FRAME_TOUCHED) != 0;
}

/** Forgets what was known about the use of frames, not what they hold; after decoded pages were given up. */
export function resetFrames(): void {
  const end = (<u32>(hart.ramBytes >> PAGE_SHIFT)) << 2;
  for (let at: u32 = 0; at < end; at += 4) store<u32>(at, load<u32>(at, FRAMES_PTR) & FRAME_TOUCHED, FRAMES_PTR);
}

/** Must follow every write to RAM that did not go through a TLB's write entry. The range must not leave its frame. */
export function wrote(ptr: u32, bytes: u32): void {
  const at = frame(ptr);
  const word = load<u32>(at, FRAMES_PTR);
  store<u32>(at, word | FRAME_TOUCHED, FRAMES_PTR);
  if (word & FRAME_WATCHED) tohostWritten(ptr, bytes);
  const page = word & FRAME_CODE;
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
