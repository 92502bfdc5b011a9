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
 *     16416    what is known of its use of the stack, 16 bytes, see jit/stack.ts
 *     16440    u32  its age: how often compiled code of it was given up, also for other frames
 *     16444    u32  how often all that is warm in the page was put together in one unit
 *     16448    u16 for each halfword: how often it was entered, or its entry into compiled code, see jit/entries.ts
 *
 * Slots start as DECODE (0) and replace themselves when first executed. Pages are given up in the order in which they were made, and each when it was
 * stored to so often that it looks like data. In a page that was given up every slot is a PAGE_END, so that code which overwrites itself is fetched anew: what it executes is
 * what lies in memory at that moment, with or without `fence.i`, however it is executed.
 */

import { DECODE_PTR } from "../abi";
import { forgetJumps } from "../jit/jumps";
import { setDecodedPage } from "../memory";
import { flushFetch, protectPage } from "../mmu/tlb";
import { Op } from "./opcodes";

const SLOT_SHIFT: u32 = 3;
const PAGE_RAM: u32 = 16400;
const PAGE_STORES: u32 = 16404;
const PAGE_OWNED: u32 = 16408;
const PAGE_DROPS: u32 = 16412;
const PAGE_STACK: u32 = 16416;
const STACK_BYTES: u32 = 16;
const PAGE_AGE: u32 = 16440;
const PAGE_GATHERINGS: u32 = 16444;
const PAGE_HEAT: u32 = 16448;
const HEAT_BYTES: u32 = 4096;
const PAGE_STRIDE: u32 = PAGE_HEAT + HEAT_BYTES;
const POOL_PAGES: u32 = 4096;
const STORES_MAX: u32 = 64;
const GATHERINGS_MAX: u32 = 8;
/** How far before a changed byte an instruction may begin. */
const BEFORE_BYTES: u32 = 2;

/** u32 number of pages handed out so far, then the pages. */
const POOL_PTR: u32 = DECODE_PTR + 64;
/** One slot and two PAGE_END slots for instructions that are not worth or not fit to be kept. */
export const SCRATCH_PTR: u32 = DECODE_PTR + 16;

export function resetPool(): void {
  for (let i: u32 = 0; i < poolPages(); i++) release(poolPage(i));
  store<u32>(DECODE_PTR, 0);
  store<u16>(SCRATCH_PTR + 8, <u16>Op.PAGE_END);
  store<u16>(SCRATCH_PTR + 16, <u16>Op.PAGE_END);
}

/** A fresh decoded page for the frame that holds `ptr`. */
export function newPage(ptr: u32): u32 {
  const made = load<u32>(DECODE_PTR);
  const page = poolPage(made & (POOL_PAGES - 1));
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
  memory.fill(page + PAGE_STACK, 0, STACK_BYTES);
  cool(page);
  setDecodedPage(ram, page);
  protectPage(ram);
  return page;
}

/** How many pages were made, and where each lies. */
export function poolPages(): u32 {
  return min(load<u32>(DECODE_PTR), POOL_PAGES);
}

export function poolPage(index: u32): u32 {
  return POOL_PTR + index * PAGE_STRIDE;
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
  for (let i: u32 = 0; i < poolPages(); i++) cool(poolPage(i));
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

/** Where the page keeps what jit/stack.ts knows of it: 16 bytes, zero at first. */
export function stackAt(page: u32): u32 {
  return page + PAGE_STACK;
}

/** Gives up all compiled code of the page. */
export function giveUpUnits(page: u32): void {
  forgetJumps();
  cool(page);
}

/** Linear memory of the frame that a decoded page stands for. */
export function pageRam(page: u32): u32 {
  return load<u32>(page, PAGE_RAM);
}

/** [offset, offset + bytes) of the page's frame was written. */
export function codeWritten(page: u32, offset: u32, bytes: u32): void {
  giveUpUnits(page);
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
