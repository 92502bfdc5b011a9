/*
 * The decode pool: one predecoded page per frame of RAM that was executed.
 *
 *     0        slot of the halfword at offset 0             8 bytes each, see decode.ts
 *     ...
 *     16376    slot of the halfword at offset 4094
 *     16384    two PAGE_END slots, for instructions that end with the page
 *     16400    u32  linear memory of the frame
 *     16404    u32  stores into the page since it was decoded
 *     16408    u32  1 while the frame counts it as its own
 *     16412    u32  how often units of the page were given up
 *     16416    u32  where looks at the stack are split, a bit for each multiple of 16 bytes above the stack pointer, see jit/stack.ts
 *     16420    u32  how often one failed that was not, since
 *     16424    u64  what had been executed then
 *     16440    u32  its age: how often compiled code of it was given up, also for other frames
 *     16444    u32  how often all that is warm in the page was put together in one unit
 *     16448    u16 for each halfword: how often it was entered, or its entry into compiled code, see jit/entries.ts
 *
 * Slots start as DECODE (0) and replace themselves when first executed. Pages are given up in the order in which they were made, and each when it was
 * stored to so often that it looks like data. In a page that was given up every slot is a PAGE_END, so that code which overwrites itself is fetched anew: what it executes is
 * what lies in memory at that moment, with or without `fence.i`, however it is executed.
 */

import { DECODE_PTR } from "../abi";
import { hart } from "../hart/hart";
import { forgetJumps } from "../jit/jumps";
import { setDecodedPage } from "../memory";
import { flushFetch, protectPage } from "../mmu/tlb";
import { Op } from "./opcodes";

const SLOT_SHIFT: u32 = 3;
const PAGE_RAM: u32 = 16400;
const PAGE_STORES: u32 = 16404;
const PAGE_OWNED: u32 = 16408;
const PAGE_DROPS: u32 = 16412;
const PAGE_SPLITS: u32 = 16416;
const PAGE_SPLIT_MISSES: u32 = 16420;
const PAGE_SPLIT_WINDOW: u32 = 16424;
const PAGE_AGE: u32 = 16440;
const PAGE_GATHERINGS: u32 = 16444;
const PAGE_HEAT: u32 = 16448;
const HEAT_BYTES: u32 = 4096;
const PAGE_STRIDE: u32 = PAGE_HEAT + HEAT_BYTES;
const POOL_PAGES: u32 = 4096;
const STORES_MAX: u32 = 64;
const GATHERINGS_MAX: u32 = 8;
/** Looks that fail in so many instructions cost more than a split. */
const SPLIT_MISSES_MAX: u32 = 1024;
const SPLIT_WINDOW_INSNS: u64 = 1 << 22;
/** Instructions after which splits are tried to do without again: the process may have gone. */
const SPLITS_INSNS: u64 = 1 << 32;
/** How far before a changed byte an instruction may begin. */
const BEFORE_BYTES: u32 = 2;

/** u32 number of pages handed out so far, then the pages. */
const POOL_PTR: u32 = DECODE_PTR + 64;
/** u64: what had been executed when the first of the splits that are in force was made, 0 = there are none. */
const SPLIT_SINCE_PTR: u32 = DECODE_PTR + 8;
/** One slot and two PAGE_END slots for instructions that are not worth or not fit to be kept. */
export const SCRATCH_PTR: u32 = DECODE_PTR + 16;

export function resetPool(): void {
  const made = load<u32>(DECODE_PTR);
  for (let i: u32 = 0; i < min(made, POOL_PAGES); i++) release(POOL_PTR + i * PAGE_STRIDE);
  store<u32>(DECODE_PTR, 0);
  store<u64>(SPLIT_SINCE_PTR, 0);
  store<u16>(SCRATCH_PTR + 8, <u16>Op.PAGE_END);
  store<u16>(SCRATCH_PTR + 16, <u16>Op.PAGE_END);
}

/** A fresh decoded page for the frame that holds `ptr`. */
export function newPage(ptr: u32): u32 {
  const made = load<u32>(DECODE_PTR);
  const page = POOL_PTR + (made & (POOL_PAGES - 1)) * PAGE_STRIDE;
  if (made >= POOL_PAGES) release(page);
  // The count wraps from twice the pool to once the pool: past the first round every page is taken from its last owner.
  store<u32>(DECODE_PTR, made + 1 < 2 * POOL_PAGES ? made + 1 : POOL_PAGES);
  const ram = ptr & ~4095;
  memory.fill(page, 0, PAGE_RAM);
  store<u16>(page + 16384, <u16>Op.PAGE_END);
  store<u16>(page + 16392, <u16>Op.PAGE_END);
  store<u32>(page, ram, PAGE_RAM);
  store<u32>(page, 0, PAGE_STORES);
  store<u32>(page, 1, PAGE_OWNED);
  store<u32>(page, 0, PAGE_DROPS);
  store<u32>(page, 0, PAGE_SPLITS);
  store<u32>(page, 0, PAGE_SPLIT_MISSES);
  store<u64>(page, 0, PAGE_SPLIT_WINDOW);
  cool(page);
  setDecodedPage(ram, page);
  protectPage(ram);
  return page;
}

/** Whether `base` is a page of the pool, and not the scratch slot. */
export function isPooled(base: u32): bool {
  return base >= POOL_PTR;
}

/** Whether the page still stands for its frame. */
export function isOwned(page: u32): bool {
  return load<u32>(page, PAGE_OWNED) != 0;
}

/** Where the heat of the halfword at `offset` of the page is kept. */
export function heatAt(page: u32, offset: u32): u32 {
  return page + PAGE_HEAT + (offset & 0xffe);
}

/** How often compiled code of the page was given up because the page was written. */
export function dropsOf(page: u32): u32 {
  return load<u32>(page, PAGE_DROPS);
}

/** Forgets entries and heat of every page. */
export function coolAll(): void {
  forgetJumps();
  const made = min(load<u32>(DECODE_PTR), POOL_PAGES);
  for (let i: u32 = 0; i < made; i++) cool(POOL_PTR + i * PAGE_STRIDE);
}

function cool(page: u32): void {
  store<u32>(ageAt(page), load<u32>(ageAt(page)) + 1);
  memory.fill(page + PAGE_GATHERINGS, 0, 4 + HEAT_BYTES);
}

/** Where the page's age is kept; a unit of another page that goes on in this one is right as long as it is the same. */
export function ageAt(page: u32): u32 {
  return page + PAGE_AGE;
}

/** Whether what is in other units of the page may be put into another one with all that is warm: each time costs compiling it again. Counts that it is. */
export function gather(page: u32): bool {
  const gatherings = load<u32>(page, PAGE_GATHERINGS);
  store<u32>(page, gatherings + 1, PAGE_GATHERINGS);
  return gatherings < GATHERINGS_MAX;
}

/** Bit set of what looks at the stack may not span: bit n stands for n times 16 bytes above the stack pointer. */
export function splitsOf(page: u32): u32 {
  return load<u32>(page, PAGE_SPLITS);
}

/** A look at the stack failed for want of a split there; when that happens often the page is compiled anew with it. */
export function noteSplit(page: u32, n: u32): void {
  const bit: u32 = 1 << n;
  if (splitsOf(page) & bit) return;
  let misses = load<u32>(page, PAGE_SPLIT_MISSES) + 1;
  if (hart.retired - load<u64>(page, PAGE_SPLIT_WINDOW) > SPLIT_WINDOW_INSNS) {
    store<u64>(page, hart.retired, PAGE_SPLIT_WINDOW);
    misses = 1;
  }
  store<u32>(page, misses, PAGE_SPLIT_MISSES);
  if (misses < SPLIT_MISSES_MAX) return;
  store<u32>(page, 0, PAGE_SPLIT_MISSES);
  store<u32>(page, splitsOf(page) | bit, PAGE_SPLITS);
  if (load<u64>(SPLIT_SINCE_PTR) == 0) store<u64>(SPLIT_SINCE_PTR, hart.retired);
  forgetJumps();
  cool(page);
}

/** Forgets splits that are old. */
export function forgetOldSplits(): void {
  const since = load<u64>(SPLIT_SINCE_PTR);
  if (since == 0 || hart.retired - since < SPLITS_INSNS) return;
  store<u64>(SPLIT_SINCE_PTR, 0);
  forgetJumps();
  const made = min(load<u32>(DECODE_PTR), POOL_PAGES);
  for (let i: u32 = 0; i < made; i++) {
    const page = POOL_PTR + i * PAGE_STRIDE;
    if (splitsOf(page) == 0) continue;
    store<u32>(page, 0, PAGE_SPLITS);
    cool(page);
  }
}

/** Linear memory of the frame that a decoded page stands for. */
export function pageRam(page: u32): u32 {
  return load<u32>(page, PAGE_RAM);
}

/** [offset, offset + bytes) of the page's frame was written. */
export function codeWritten(page: u32, offset: u32, bytes: u32): void {
  forgetJumps();
  cool(page);
  store<u32>(page, load<u32>(page, PAGE_DROPS) + 1, PAGE_DROPS);
  const stores = load<u32>(page, PAGE_STORES) + 1;
  store<u32>(page, stores, PAGE_STORES);
  if (stores > STORES_MAX || bytes > 64) {
    release(page);
    return;
  }
  const first = offset >= BEFORE_BYTES ? (offset - BEFORE_BYTES) >>> 1 : 0;
  const last = (offset + bytes - 1) >>> 1;
  for (let i = first; i <= last; i++) store<u16>(page + (i << SLOT_SHIFT), <u16>Op.DECODE);
}

/** Takes the page from its frame; the frame may be written freely again. */
function release(page: u32): void {
  if (load<u32>(page, PAGE_OWNED) == 0) return;
  store<u32>(page, 0, PAGE_OWNED);
  // An instruction of the page may be executing now; its operands stay.
  for (let dp = page; dp < page + 16384; dp += 1 << SLOT_SHIFT) store<u16>(dp, <u16>Op.PAGE_END);
  setDecodedPage(pageRam(page), 0);
  flushFetch();
}
