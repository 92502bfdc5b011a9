/*
 * Software TLBs: direct-mapped caches of translations, one pair per context, so that changing privilege mode or SUM is a change of base address.
 *
 *     data entry, 32 bytes                     fetch entry, 16 bytes
 *      0  u64  page va if readable              0  u64  page va if executable
 *      8  u64  page va if writable              8  u32  its decoded page
 *     16  u32  linear memory - va
 *
 * An unused tag is all ones, which no page address equals. A data hit is one add, one mask and one compare; accesses
 * that leave their page miss by construction, misaligned ones inside it hit. Write tags are set by the first store only, and never for frames that hold decoded code (memory.ts).
 *
 * A data TLB doubles when as many translations were displaced as it has entries, and halves at a flush that finds it nearly empty: a flush has to clear it,
 * so many entries help a program with much memory and hurt where address spaces change often.
 */

import { PRIV_M, PRIV_U, TLB_PTR } from "../abi";
import { hart } from "../hart/hart";
import { blockAllowed, ENVCFG_CBZE, MSTATUS_MPP, MSTATUS_MPP_SHIFT, MSTATUS_MPRV, MSTATUS_SUM } from "../hart/status";
import { forgetJumps } from "../jit/jumps";
import { PAGE_MASK, PAGE_SHIFT } from "../memory";

const DATA_ENTRIES_MIN: u32 = 256;
const DATA_ENTRIES_MAX: u32 = 4096;
const FETCH_ENTRIES: u32 = 256;
export const ENTRY_SHIFT: u32 = 5;
const FETCH_ENTRY_SHIFT: u32 = 4;
/** Index of a fetch entry, in bytes: the address shifted so far, and masked. */
export const FETCH_INDEX_SHIFT: u32 = PAGE_SHIFT - FETCH_ENTRY_SHIFT;
export const FETCH_INDEX_MASK: u32 = (FETCH_ENTRIES - 1) << FETCH_ENTRY_SHIFT;
export const TAG_WRITE: u32 = 8;
export const ADDEND: u32 = 16;
export const FETCH_PAGE: u32 = 8;

/** From the TLB of one data context to the next. */
export const DATA_BYTES: u32 = DATA_ENTRIES_MAX << ENTRY_SHIFT;
const FETCH_BYTES: u32 = FETCH_ENTRIES << FETCH_ENTRY_SHIFT;

/** Data contexts: U, S without SUM, S with SUM, M. */
const DATA_CONTEXTS: u32 = 4;
/** Fetch contexts: U, S, M. */
const FETCH_CONTEXTS: u32 = 3;
const FETCH_PTR: u32 = TLB_PTR + DATA_CONTEXTS * DATA_BYTES;
const TLB_END: u32 = FETCH_PTR + FETCH_CONTEXTS * FETCH_BYTES;

const NO_TAG: u64 = 0xffff_ffff_ffff_ffff;

/** How a data TLB fares, one record behind the TLBs for each. */
@unmanaged
class Use {
  /** Entries less one, times 32. */
  mask: u32;
  /** Entries that were used since the last flush. */
  used: u32;
  /** Translations that made room for others since then. */
  displaced: u32;
  reserved: u32;
}

/** From the record of one data context to the next. */
export const USE_BYTES: u32 = offsetof<Use>();

/** The TLB of U-mode. */
export const USER_TLB: u32 = TLB_PTR;
/** The TLB of S-mode without SUM, and where its mask is kept; those with SUM come next. */
export const SUPERVISOR_TLB: u32 = TLB_PTR + DATA_BYTES;
export const SUPERVISOR_MASK: u32 = TLB_END + USE_BYTES;

function use(context: u32): Use {
  return changetype<Use>(TLB_END + context * USE_BYTES);
}

/** Index of a data entry, in bytes: page number modulo entries, times 32. */
function dataIndex(va: u64, mask: u32): u32 {
  return (<u32>va >>> (PAGE_SHIFT - ENTRY_SHIFT)) & mask;
}

function fetchIndex(va: u64): u32 {
  return (<u32>va >>> FETCH_INDEX_SHIFT) & FETCH_INDEX_MASK;
}

/** Where [va, va + bytes) can be read in linear memory, 0 on a miss. */
export function readable(tlb: u32, va: u64, bytes: u64): u32 {
  const entry = tlb + dataIndex(va, hart.dataMask);
  if (load<u64>(entry) != ((va + bytes - 1) & PAGE_MASK)) return 0;
  return <u32>va + load<u32>(entry, ADDEND);
}

/** Where [va, va + bytes) can be written in linear memory, 0 on a miss. */
export function writable(tlb: u32, va: u64, bytes: u64): u32 {
  const entry = tlb + dataIndex(va, hart.dataMask);
  if (load<u64>(entry, TAG_WRITE) != ((va + bytes - 1) & PAGE_MASK)) return 0;
  return <u32>va + load<u32>(entry, ADDEND);
}

/** The decoded page of the code at `va`, 0 on a miss. */
export function executable(tlb: u32, va: u64): u32 {
  const entry = tlb + fetchIndex(va);
  if (load<u64>(entry) != (va & PAGE_MASK)) return 0;
  return load<u32>(entry, FETCH_PAGE);
}

/** Privilege mode in which loads and stores are made [priv 3.1.6.3]. */
export function dataPriv(): u32 {
  if (hart.priv == PRIV_M && hart.mstatus & MSTATUS_MPRV)
    return <u32>((hart.mstatus & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT);
  return hart.priv;
}

/** Selects the TLBs of the current mode, and what else goes by it; after every change of priv, MPRV, MPP, SUM, menvcfg or senvcfg. */
export function switchContext(): void {
  const priv = dataPriv();
  const context: u32 = priv == PRIV_M ? 3 : priv == PRIV_U ? 0 : hart.mstatus & MSTATUS_SUM ? 2 : 1;
  hart.dataTlb = TLB_PTR + context * DATA_BYTES;
  hart.dataMask = use(context).mask;
  hart.zeroAllowed = <u32>blockAllowed(ENVCFG_CBZE);
  hart.fetchTlb = FETCH_PTR + fetchContext() * FETCH_BYTES;
}

/** Number of the context in which code is fetched: U, S or M. */
export function fetchContext(): u32 {
  return hart.priv == PRIV_M ? 2 : hart.priv;
}

/** Enters a translation of `va` to the page that holds `ptr`. */
export function fillRead(va: u64, ptr: u32, level: u32): void {
  store<u64>(entryFor(va, ptr), va & PAGE_MASK);
  noteSuperpage(va, level);
}

export function fillWrite(va: u64, ptr: u32, level: u32): void {
  store<u64>(entryFor(va, ptr), va & PAGE_MASK, TAG_WRITE);
  noteSuperpage(va, level);
}

/** The entry that translates `va` to the page that holds `ptr`, or will once a tag is set. */
function entryFor(va: u64, ptr: u32): u32 {
  const page = va & PAGE_MASK;
  const addend = ptr - <u32>va;
  let entry = hart.dataTlb + dataIndex(va, hart.dataMask);
  const readTag = load<u64>(entry);
  const writeTag = load<u64>(entry, TAG_WRITE);
  if ((readTag == page || writeTag == page) && load<u32>(entry, ADDEND) == addend) return entry;
  const record = use((hart.dataTlb - TLB_PTR) / DATA_BYTES);
  if ((readTag & writeTag) == NO_TAG) record.used++;
  else if (++record.displaced > record.mask >>> ENTRY_SHIFT && record.mask < DATA_BYTES - (1 << ENTRY_SHIFT)) {
    resize(record, hart.dataTlb, (record.mask << 1) | (1 << ENTRY_SHIFT));
    record.used = 1;
    hart.dataMask = record.mask;
    entry = hart.dataTlb + dataIndex(va, hart.dataMask);
  }
  store<u64>(entry, NO_TAG);
  store<u64>(entry, NO_TAG, TAG_WRITE);
  store<u32>(entry, addend, ADDEND);
  return entry;
}

/** Gives the data TLB at `tlb` another size, empty. */
function resize(record: Use, tlb: u32, mask: u32): void {
  record.mask = mask;
  record.used = 0;
  record.displaced = 0;
  memory.fill(tlb, 0xff, mask + (1 << ENTRY_SHIFT));
}

export function fillExecute(va: u64, page: u32, level: u32): void {
  const entry = hart.fetchTlb + fetchIndex(va);
  store<u64>(entry, va & PAGE_MASK);
  store<u32>(entry, page, FETCH_PAGE);
  noteSuperpage(va, level);
}

/** The bit of hart.superHalves that stands for the half of the address space that `va` lies in. */
function half(va: u64): u32 {
  const index = <u32>(va >> 63);
  return 1 << index;
}

function noteSuperpage(va: u64, level: u32): void {
  if (level != 0) hart.superHalves |= half(va);
}

/** Empties all TLBs, which have no contents yet that mean anything. */
export function resetTlbs(): void {
  for (let context: u32 = 0; context < DATA_CONTEXTS; context++) {
    resize(use(context), TLB_PTR + context * DATA_BYTES, (DATA_ENTRIES_MIN - 1) << ENTRY_SHIFT);
  }
  flushFetch();
  hart.superHalves = 0;
}

/** Forgets everything. */
export function flushAll(): void {
  for (let context: u32 = 0; context < DATA_CONTEXTS; context++) {
    const record = use(context);
    if (record.used == 0) continue;
    const entries = (record.mask >>> ENTRY_SHIFT) + 1;
    const tlb = TLB_PTR + context * DATA_BYTES;
    const isSparse = record.used < entries >>> 2 && entries > DATA_ENTRIES_MIN;
    resize(record, tlb, isSparse ? (record.mask >>> 1) & ~((1 << ENTRY_SHIFT) - 1) : record.mask);
    if (tlb == hart.dataTlb) hart.dataMask = record.mask;
  }
  flushFetch();
  hart.superHalves = 0;
}

/** Forgets where code lies; after decoded pages were given up. */
export function flushFetch(): void {
  forgetJumps();
  memory.fill(FETCH_PTR, 0xff, TLB_END - FETCH_PTR);
}

/** Forgets what was derived from the leaf that maps `va`; a superpage may be cached in many entries, so that half goes whole. */
export function flushPage(va: u64): void {
  if (hart.superHalves & half(va)) {
    flushAll();
    return;
  }
  for (let context: u32 = 0; context < DATA_CONTEXTS; context++) {
    const entry = TLB_PTR + context * DATA_BYTES + dataIndex(va, use(context).mask);
    store<u64>(entry, NO_TAG);
    store<u64>(entry, NO_TAG, TAG_WRITE);
  }
  forgetJumps();
  for (let context: u32 = 0; context < FETCH_CONTEXTS; context++) {
    store<u64>(FETCH_PTR + context * FETCH_BYTES + fetchIndex(va), NO_TAG);
  }
}

/** Takes away every permission to write to the page that holds `ptr`; it holds decoded code from now on. */
export function protectPage(ptr: u32): void {
  const page = ptr & <u32>PAGE_MASK;
  for (let context: u32 = 0; context < DATA_CONTEXTS; context++) {
    if (use(context).used == 0) continue;
    const tlb = TLB_PTR + context * DATA_BYTES;
    for (let entry = tlb; entry <= tlb + use(context).mask; entry += 1 << ENTRY_SHIFT) {
      if (load<u32>(entry, TAG_WRITE) + load<u32>(entry, ADDEND) == page) store<u64>(entry, NO_TAG, TAG_WRITE);
    }
  }
}
