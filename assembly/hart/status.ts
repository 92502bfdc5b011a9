/*
 * Fields of mstatus and of its view sstatus [priv 3.1.6, 12.1.1], and the environment configuration [priv 3.1.18].
 *
 * SXL and UXL are fixed to 64 bits and big-endian modes are absent, so those fields are constants.
 */

import { PRIV_M, PRIV_S } from "../abi";
import { hart } from "./hart";

export const MSTATUS_SIE: u64 = 1 << 1;
export const MSTATUS_MIE: u64 = 1 << 3;
export const MSTATUS_SPIE: u64 = 1 << 5;
export const MSTATUS_MPIE: u64 = 1 << 7;
export const MSTATUS_SPP: u64 = 1 << 8;
export const MSTATUS_MPP_SHIFT: u32 = 11;
export const MSTATUS_MPP: u64 = 3 << 11;
export const MSTATUS_FS_SHIFT: u32 = 13;
export const MSTATUS_FS: u64 = 3 << 13;
export const MSTATUS_MPRV: u64 = 1 << 17;
export const MSTATUS_SUM: u64 = 1 << 18;
export const MSTATUS_MXR: u64 = 1 << 19;
export const MSTATUS_TVM: u64 = 1 << 20;
export const MSTATUS_TW: u64 = 1 << 21;
export const MSTATUS_TSR: u64 = 1 << 22;
export const MSTATUS_UXL_64: u64 = 0x2_0000_0000;
export const MSTATUS_SXL_64: u64 = 0x8_0000_0000;
export const MSTATUS_SD: u64 = 0x8000_0000_0000_0000;

/** What software can write, FS aside. */
export const MSTATUS_WRITABLE: u64 =
  MSTATUS_SIE |
  MSTATUS_MIE |
  MSTATUS_SPIE |
  MSTATUS_MPIE |
  MSTATUS_SPP |
  MSTATUS_MPP |
  MSTATUS_MPRV |
  MSTATUS_SUM |
  MSTATUS_MXR |
  MSTATUS_TVM |
  MSTATUS_TW |
  MSTATUS_TSR;
export const SSTATUS_WRITABLE: u64 = MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_MXR;
/** Fields that change how data accesses are translated. */
export const MSTATUS_TRANSLATION: u64 = MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_SUM | MSTATUS_MXR;

export const FS_OFF: u32 = 0;
export const FS_DIRTY: u32 = 3;

export const ENVCFG_FIOM: u64 = 1;
export const ENVCFG_CBIE_SHIFT: u32 = 4;
export const ENVCFG_CBIE: u64 = 3 << 4;
export const ENVCFG_CBCFE: u64 = 1 << 6;
export const ENVCFG_CBZE: u64 = 1 << 7;
export const ENVCFG_ADUE: u64 = 0x2000_0000_0000_0000;
export const ENVCFG_PBMTE: u64 = 0x4000_0000_0000_0000;
export const ENVCFG_STCE: u64 = 0x8000_0000_0000_0000;

export const SENVCFG_WRITABLE: u64 = ENVCFG_FIOM | ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE;
export const MENVCFG_WRITABLE: u64 = SENVCFG_WRITABLE | ENVCFG_ADUE | ENVCFG_PBMTE | ENVCFG_STCE;

/** mstatus as it is read. */
export function readMstatus(): u64 {
  return readFs() | hart.mstatus | MSTATUS_SXL_64 | MSTATUS_UXL_64;
}

/** sstatus as it is read. */
export function readSstatus(): u64 {
  return readFs() | (hart.mstatus & SSTATUS_WRITABLE) | MSTATUS_UXL_64;
}

function readFs(): u64 {
  return ((<u64>hart.fs) << MSTATUS_FS_SHIFT) | (hart.fs == FS_DIRTY ? MSTATUS_SD : 0);
}

/** Whether menvcfg and senvcfg let the current mode use a cache-block instruction [priv 3.1.18, 12.1.10]. */
export function blockAllowed(field: u64): bool {
  if (hart.priv < PRIV_M && !(hart.menvcfg & field)) return false;
  return hart.priv >= PRIV_S || (hart.senvcfg & field) != 0;
}
