/*
 * Physical memory protection: 16 entries of 4-byte granularity [priv 3.7].
 *
 * Checked when a TLB entry is filled, for the whole page; a page that entries divide is never cached and each access is checked here. While
 * every access of a mode is allowed (`hart.pmpOpen`) nothing is computed.
 *
 *     HART_PTR + 0x800   u64[16]  pmpaddr
 *              + 0x880   u8[16]   pmpcfg
 *              + 0x890            first and last byte of each entry's range, u64 pairs, derived
 */

import { HART_PTR, PRIV_M } from "../abi";
import { hart } from "../hart/hart";

export const PMP_ENTRIES: u32 = 16;

const PMP_ADDR: u32 = HART_PTR + 0x800;
const PMP_CFG: u32 = HART_PTR + 0x880;
const PMP_RANGE: u32 = HART_PTR + 0x890;

const CFG_L: u32 = 0x80;
const CFG_A_SHIFT: u32 = 3;
const CFG_RWX: u32 = 7;
const A_OFF: u32 = 0;
const A_TOR: u32 = 1;
const A_NA4: u32 = 2;

const PAGE_OFFSET: u64 = 0xfff;
const PMPADDR_MASK: u64 = 0x003f_ffff_ffff_ffff;

/** Kinds of access; also the bit of pmpcfg and, shifted by one, of a PTE that allows them. */
export const ACCESS_READ: u32 = 1;
export const ACCESS_WRITE: u32 = 2;
export const ACCESS_EXECUTE: u32 = 4;

function cfg(i: u32): u32 {
  return load<u8>(i, PMP_CFG);
}

function addressMode(i: u32): u32 {
  return (cfg(i) >> CFG_A_SHIFT) & 3;
}

/** Value of pmpcfg2n, eight entries from `first` on. */
export function readPmpcfg(first: u32): u64 {
  return load<u64>(first, PMP_CFG);
}

export function writePmpcfg(first: u32, value: u64): void {
  for (let i: u32 = 0; i < 8; i++) {
    if (cfg(first + i) & CFG_L) continue;
    let byte = <u32>(value >> (<u64>i * 8)) & 0x9f;
    // R=0 with W=1 is reserved [priv 3.7.1]: the permissions are left as none.
    if ((byte & 3) == ACCESS_WRITE) byte &= ~CFG_RWX;
    store<u8>(first + i, byte, PMP_CFG);
  }
  derive();
}

export function readPmpaddr(i: u32): u64 {
  return load<u64>(i << 3, PMP_ADDR);
}

export function writePmpaddr(i: u32, value: u64): void {
  if (cfg(i) & CFG_L) return;
  // A locked TOR entry locks the address below it as well [priv 3.7.1].
  if (i + 1 < PMP_ENTRIES && cfg(i + 1) & CFG_L && addressMode(i + 1) == A_TOR) return;
  store<u64>(i << 3, value & PMPADDR_MASK, PMP_ADDR);
  derive();
}

export function resetPmp(): void {
  memory.fill(PMP_ADDR, 0, PMP_RANGE - PMP_ADDR);
  derive();
}

/** One entry that allows everything, as firmware leaves it for its kernel. */
export function openPmp(): void {
  store<u64>(0, PMPADDR_MASK, PMP_ADDR);
  const cfg0: u32 = (3 << CFG_A_SHIFT) | CFG_RWX;
  store<u8>(0, <u8>cfg0, PMP_CFG);
  derive();
}

/** Computes ranges and summaries after a change. */
function derive(): void {
  let active: u32 = 0;
  let locked = false;
  let divides = false;
  let openToAll = false;
  for (let i: u32 = 0; i < PMP_ENTRIES; i++) {
    const mode = addressMode(i);
    const address = readPmpaddr(i);
    let first = address << 2;
    let last = first + 3;
    if (mode == A_OFF) continue;
    if (mode == A_TOR) {
      last = first - 1;
      first = i ? readPmpaddr(i - 1) << 2 : 0;
      // An empty range matches nothing.
      if (last + 1 <= first) {
        first = 1;
        last = 0;
      }
    } else if (mode != A_NA4) {
      const ones = ctz(~address);
      first = (address & ~(((<u64>1) << ones) - 1)) << 2;
      last = first + ((<u64>8) << ones) - 1;
    }
    store<u64>(i << 4, first, PMP_RANGE);
    store<u64>((i << 4) + 8, last, PMP_RANGE);
    if (cfg(i) & CFG_L) locked = true;
    if ((first | (last + 1)) & PAGE_OFFSET) divides = true;
    if (active == 0 && first == 0 && last >= 0x00ff_ffff_ffff_fffc && (cfg(i) & CFG_RWX) == CFG_RWX) openToAll = true;
    active = i + 1;
  }
  hart.pmpActive = active;
  // Unlocked entries bind M-mode only in that no access may lie across their borders.
  hart.pmpOpen = (openToAll ? 7 : 0) | (openToAll || (!locked && !divides) ? 1 << PRIV_M : 0);
}

/** Whether an access of `bytes` at `pa` is allowed [priv 3.7.1]: the first entry that matches any byte decides and must match all. */
export function pmpAllows(pa: u64, bytes: u64, access: u32, priv: u32): bool {
  if (hart.pmpOpen & (1 << priv)) return true;
  const end = pa + bytes - 1;
  for (let i: u32 = 0; i < hart.pmpActive; i++) {
    if (addressMode(i) == A_OFF) continue;
    const first = load<u64>(i << 4, PMP_RANGE);
    const last = load<u64>((i << 4) + 8, PMP_RANGE);
    if (first > last || end < first || pa > last) continue;
    if (pa < first || end > last) return false;
    if (priv == PRIV_M && !(cfg(i) & CFG_L)) return true;
    return (cfg(i) & access) != 0;
  }
  return priv == PRIV_M;
}

/** Whether no entry divides the page at `pa`, so that one check speaks for all of it. */
export function pmpUniform(pa: u64, priv: u32): bool {
  if (hart.pmpOpen & (1 << priv)) return true;
  for (let i: u32 = 0; i < hart.pmpActive; i++) {
    if (addressMode(i) == A_OFF) continue;
    const first = load<u64>(i << 4, PMP_RANGE);
    const last = load<u64>((i << 4) + 8, PMP_RANGE);
    if (first > last || pa + 4095 < first || pa > last) continue;
    return first <= pa && pa + 4095 <= last;
  }
  return true;
}
