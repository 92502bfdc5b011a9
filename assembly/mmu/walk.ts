/*
 * The page-table walk: Sv39 and Sv48 with Svadu or Svade, Svnapot, Svpbmt and Svvptc [priv 12.3 to 12.5].
 *
 * `walk` translates one virtual address for one kind of access. Invalid entries are never remembered anywhere, which is
 * what Svvptc promises. The result is hart.pa and hart.level; TLBs are the caller's business.
 */

import { PRIV_M, PRIV_S, PRIV_U } from "../abi";
import { hart } from "../hart/hart";
import { ENVCFG_ADUE, ENVCFG_PBMTE, MSTATUS_MXR, MSTATUS_SUM } from "../hart/status";
import { isRam, ramPtr, wrote } from "../memory";
import { ACCESS_EXECUTE, ACCESS_READ, ACCESS_WRITE, pmpAllows } from "./pmp";

export const WALK_OK: u32 = 0;
export const WALK_PAGE_FAULT: u32 = 1;
export const WALK_ACCESS_FAULT: u32 = 2;

const PTE_V: u64 = 1;
const PTE_R: u64 = 2;
const PTE_W: u64 = 4;
const PTE_X: u64 = 8;
const PTE_U: u64 = 16;
const PTE_A: u64 = 64;
const PTE_D: u64 = 128;
const PTE_PPN: u64 = 0x003f_ffff_ffff_fc00;
const PTE_RESERVED: u64 = 0x1fc0_0000_0000_0000;
const PTE_PBMT: u64 = 0x6000_0000_0000_0000;
const PTE_PBMT_SHIFT: u64 = 61;
const PTE_N: u64 = 0x8000_0000_0000_0000;

export const SATP_MODE_SHIFT: u64 = 60;
export const SATP_MODE_SV39: u64 = 8;
export const SATP_MODE_SV48: u64 = 9;
const SATP_PPN: u64 = 0x0000_0fff_ffff_ffff;

/** Physical addresses have 56 bits; in Bare mode higher ones are no memory. */
const PA_END: u64 = 0x0100_0000_0000_0000;

/** Translates `va` for `access` (ACCESS_*) in privilege mode `priv`; hart.pa and hart.level on WALK_OK. */
export function walk(va: u64, access: u32, priv: u32): u32 {
  const mode = hart.satp >> SATP_MODE_SHIFT;
  if (priv == PRIV_M || mode == 0) {
    hart.pa = va;
    hart.level = 0;
    return va < PA_END ? WALK_OK : WALK_ACCESS_FAULT;
  }
  const levels: i32 = mode == SATP_MODE_SV39 ? 3 : 4;
  const unused: u64 = 64 - (12 + 9 * <u64>levels);
  if (<u64>(<i64>(va << unused) >> unused) != va) return WALK_PAGE_FAULT;

  let table = (hart.satp & SATP_PPN) << 12;
  for (let level = levels - 1; level >= 0; level--) {
    const shift: u64 = 12 + 9 * <u64>level;
    const pteAddress = table + (((va >> shift) & 511) << 3);
    if (!isRam(pteAddress, 8) || !pmpAllows(pteAddress, 8, ACCESS_READ, PRIV_S)) return WALK_ACCESS_FAULT;
    const pte = load<u64>(ramPtr(pteAddress));
    if (!(pte & PTE_V) || (pte & (PTE_R | PTE_W)) == PTE_W || pte & PTE_RESERVED) return WALK_PAGE_FAULT;
    if (pte & PTE_PBMT && (!(hart.menvcfg & ENVCFG_PBMTE) || (pte & PTE_PBMT) >> PTE_PBMT_SHIFT == 3)) {
      return WALK_PAGE_FAULT;
    }
    if (!(pte & (PTE_R | PTE_X))) {
      // A pointer to the next level: D, A, U, N and PBMT are reserved in it [priv 12.4.1].
      if (pte & (PTE_D | PTE_A | PTE_U | PTE_N | PTE_PBMT)) return WALK_PAGE_FAULT;
      table = (pte & PTE_PPN) << 2;
      continue;
    }
    return leaf(va, access, priv, pte, pteAddress, level, shift);
  }
  return WALK_PAGE_FAULT;
}

function leaf(va: u64, access: u32, priv: u32, pte: u64, pteAddress: u64, level: i32, shift: u64): u32 {
  if (!permits(pte, access, priv)) return WALK_PAGE_FAULT;
  // What one leaf maps may fill several TLB entries as soon as it is larger than a page.
  hart.level = <u32>level;
  const within: u64 = ((<u64>1) << shift) - 1;
  let base = (pte & PTE_PPN) << 2;
  if (base & within) return WALK_PAGE_FAULT;
  if (pte & PTE_N) {
    // 64 KiB, the only size that Svnapot defines: the low bits of the PPN are 1000 [priv 13].
    if (level != 0 || ((base >> 12) & 15) != 8) return WALK_PAGE_FAULT;
    base = (base & ~0xffff) | (va & 0xf000);
    hart.level = 1;
  }
  const needed = access == ACCESS_WRITE ? PTE_A | PTE_D : PTE_A;
  if ((pte & needed) != needed) {
    if (!(hart.menvcfg & ENVCFG_ADUE)) return WALK_PAGE_FAULT;
    if (!pmpAllows(pteAddress, 8, ACCESS_WRITE, PRIV_S)) return WALK_ACCESS_FAULT;
    const ptr = ramPtr(pteAddress);
    store<u64>(ptr, pte | needed);
    wrote(ptr, 8);
  }
  hart.pa = base | (va & within);
  return WALK_OK;
}

function permits(pte: u64, access: u32, priv: u32): bool {
  if (priv == PRIV_U) {
    if (!(pte & PTE_U)) return false;
  } else if (pte & PTE_U) {
    if (access == ACCESS_EXECUTE || !(hart.mstatus & MSTATUS_SUM)) return false;
  }
  if (access == ACCESS_READ) return (pte & PTE_R) != 0 || ((pte & PTE_X) != 0 && (hart.mstatus & MSTATUS_MXR) != 0);
  return (pte & (access == ACCESS_WRITE ? PTE_W : PTE_X)) != 0;
}
