/*
 * Control and status registers by number [priv 2.2].
 *
 * `csrReadable` decides whether an access is legal at all; `readCsr` and `writeCsr` then never fail. Fields that the specification leaves to the
 * implementation (WARL) keep their old value when software writes one that we lack. A write that changes translation, interrupts or
 * time is followed by the interpreter looking at the world again (isa/system.ts).
 */

import { PRIV_M, PRIV_S } from "../abi";
import { PMP_ENTRIES, readPmpaddr, readPmpcfg, writePmpaddr, writePmpcfg } from "../mmu/pmp";
import { flushAll, switchContext } from "../mmu/tlb";
import { SATP_MODE_SHIFT, SATP_MODE_SV39, SATP_MODE_SV48 } from "../mmu/walk";
import { retired, retiredBefore, time } from "../world/time";
import { hart } from "./hart";
import {
  ENVCFG_ADUE,
  ENVCFG_CBIE,
  ENVCFG_CBIE_SHIFT,
  ENVCFG_PBMTE,
  ENVCFG_STCE,
  FS_OFF,
  MENVCFG_WRITABLE,
  MSTATUS_FS,
  MSTATUS_FS_SHIFT,
  MSTATUS_MPP,
  MSTATUS_MPP_SHIFT,
  MSTATUS_MXR,
  MSTATUS_TRANSLATION,
  MSTATUS_TVM,
  MSTATUS_WRITABLE,
  readMstatus,
  readSstatus,
  SENVCFG_WRITABLE,
  SSTATUS_WRITABLE,
} from "./status";
import { MEI, MSI, MTI, readMip, SEI, SSI, STI } from "./trap";

export const CSR_FFLAGS: u32 = 0x001;
export const CSR_FRM: u32 = 0x002;
export const CSR_FCSR: u32 = 0x003;
export const CSR_CYCLE: u32 = 0xc00;
export const CSR_TIME: u32 = 0xc01;
export const CSR_INSTRET: u32 = 0xc02;
export const CSR_HPMCOUNTER31: u32 = 0xc1f;
export const CSR_SSTATUS: u32 = 0x100;
export const CSR_SIE: u32 = 0x104;
export const CSR_STVEC: u32 = 0x105;
export const CSR_SCOUNTEREN: u32 = 0x106;
export const CSR_SENVCFG: u32 = 0x10a;
export const CSR_SSCRATCH: u32 = 0x140;
export const CSR_SEPC: u32 = 0x141;
export const CSR_SCAUSE: u32 = 0x142;
export const CSR_STVAL: u32 = 0x143;
export const CSR_SIP: u32 = 0x144;
export const CSR_STIMECMP: u32 = 0x14d;
export const CSR_SATP: u32 = 0x180;
export const CSR_MSTATUS: u32 = 0x300;
export const CSR_MISA: u32 = 0x301;
export const CSR_MEDELEG: u32 = 0x302;
export const CSR_MIDELEG: u32 = 0x303;
export const CSR_MIE: u32 = 0x304;
export const CSR_MTVEC: u32 = 0x305;
export const CSR_MCOUNTEREN: u32 = 0x306;
export const CSR_MENVCFG: u32 = 0x30a;
export const CSR_MCOUNTINHIBIT: u32 = 0x320;
export const CSR_MHPMEVENT3: u32 = 0x323;
export const CSR_MHPMEVENT31: u32 = 0x33f;
export const CSR_MSCRATCH: u32 = 0x340;
export const CSR_MEPC: u32 = 0x341;
export const CSR_MCAUSE: u32 = 0x342;
export const CSR_MTVAL: u32 = 0x343;
export const CSR_MIP: u32 = 0x344;
export const CSR_PMPCFG0: u32 = 0x3a0;
export const CSR_PMPCFG2: u32 = 0x3a2;
export const CSR_PMPADDR0: u32 = 0x3b0;
export const CSR_MCYCLE: u32 = 0xb00;
export const CSR_MINSTRET: u32 = 0xb02;
export const CSR_MHPMCOUNTER31: u32 = 0xb1f;
export const CSR_MVENDORID: u32 = 0xf11;
export const CSR_MCONFIGPTR: u32 = 0xf15;

/** RV64 with A, C, D, F, I, M, S and U; none can be switched off [priv 3.1.1]. */
const MISA: u64 = 0x8000_0000_0014_112d;

const MEDELEG_WRITABLE: u64 = 0xb3ff;
const MIDELEG_WRITABLE: u64 = SSI | STI | SEI;
const MIE_WRITABLE: u64 = SSI | MSI | STI | MTI | SEI | MEI;
const COUNTEREN_WRITABLE: u32 = 0xffff_ffff;
const INHIBIT_CY: u32 = 1;
const INHIBIT_IR: u32 = 4;
const COUNTER_TM: u32 = 2;

/** Whether the current mode may access CSR `n`, for writing as well if `write`. */
export function csrAllowed(n: u32, write: bool): bool {
  if (((n >> 8) & 3) > hart.priv) return false;
  if (write && n >> 10 == 3) return false;
  switch (<i32>n) {
    case CSR_FFLAGS:
    case CSR_FRM:
    case CSR_FCSR:
      return hart.fs != FS_OFF;
    case CSR_STIMECMP:
      return hart.priv == PRIV_M || ((hart.menvcfg & ENVCFG_STCE) != 0 && (hart.mcounteren & COUNTER_TM) != 0);
    case CSR_SATP:
      return hart.priv == PRIV_M || (hart.mstatus & MSTATUS_TVM) == 0;
    case CSR_SSTATUS:
    case CSR_SIE:
    case CSR_STVEC:
    case CSR_SCOUNTEREN:
    case CSR_SENVCFG:
    case CSR_SSCRATCH:
    case CSR_SEPC:
    case CSR_SCAUSE:
    case CSR_STVAL:
    case CSR_SIP:
    case CSR_MSTATUS:
    case CSR_MISA:
    case CSR_MEDELEG:
    case CSR_MIDELEG:
    case CSR_MIE:
    case CSR_MTVEC:
    case CSR_MCOUNTEREN:
    case CSR_MENVCFG:
    case CSR_MCOUNTINHIBIT:
    case CSR_MSCRATCH:
    case CSR_MEPC:
    case CSR_MCAUSE:
    case CSR_MTVAL:
    case CSR_MIP:
    case CSR_PMPCFG0:
    case CSR_PMPCFG2:
    case CSR_MCYCLE:
      return true;
  }
  if (n >= CSR_CYCLE && n <= CSR_HPMCOUNTER31) return counterAllowed(n - CSR_CYCLE);
  return (
    (n >= CSR_PMPADDR0 && n < CSR_PMPADDR0 + PMP_ENTRIES) ||
    (n >= CSR_MINSTRET && n <= CSR_MHPMCOUNTER31) ||
    (n >= CSR_MHPMEVENT3 && n <= CSR_MHPMEVENT31) ||
    (n >= CSR_MVENDORID && n <= CSR_MCONFIGPTR)
  );
}

function counterAllowed(index: u32): bool {
  if (hart.priv < PRIV_M && !((hart.mcounteren >> index) & 1)) return false;
  return hart.priv >= PRIV_S || ((hart.scounteren >> index) & 1) != 0;
}

/** Value of CSR `n`, which `csrAllowed` has allowed. */
export function readCsr(n: u32): u64 {
  switch (<i32>n) {
    case CSR_FFLAGS:
      return hart.fflags;
    case CSR_FRM:
      return hart.frm;
    case CSR_FCSR:
      return (hart.frm << 5) | hart.fflags;
    case CSR_CYCLE:
    case CSR_MCYCLE:
      return hart.mcycleOffset + (hart.mcountinhibit & INHIBIT_CY ? 0 : retiredBefore());
    case CSR_TIME:
      return time();
    case CSR_INSTRET:
    case CSR_MINSTRET:
      return hart.minstretOffset + (hart.mcountinhibit & INHIBIT_IR ? 0 : retiredBefore());
    case CSR_SSTATUS:
      return readSstatus();
    case CSR_SIE:
      return hart.mie & hart.mideleg;
    case CSR_STVEC:
      return hart.stvec;
    case CSR_SCOUNTEREN:
      return hart.scounteren;
    case CSR_SENVCFG:
      return hart.senvcfg;
    case CSR_SSCRATCH:
      return hart.sscratch;
    case CSR_SEPC:
      return hart.sepc;
    case CSR_SCAUSE:
      return hart.scause;
    case CSR_STVAL:
      return hart.stval;
    case CSR_SIP:
      return readMip() & hart.mideleg;
    case CSR_STIMECMP:
      return hart.stimecmp;
    case CSR_SATP:
      return hart.satp;
    case CSR_MSTATUS:
      return readMstatus();
    case CSR_MISA:
      return MISA;
    case CSR_MEDELEG:
      return hart.medeleg;
    case CSR_MIDELEG:
      return hart.mideleg;
    case CSR_MIE:
      return hart.mie;
    case CSR_MTVEC:
      return hart.mtvec;
    case CSR_MCOUNTEREN:
      return hart.mcounteren;
    case CSR_MENVCFG:
      return hart.menvcfg;
    case CSR_MCOUNTINHIBIT:
      return hart.mcountinhibit;
    case CSR_MSCRATCH:
      return hart.mscratch;
    case CSR_MEPC:
      return hart.mepc;
    case CSR_MCAUSE:
      return hart.mcause;
    case CSR_MTVAL:
      return hart.mtval;
    case CSR_MIP:
      return readMip();
    case CSR_PMPCFG0:
    case CSR_PMPCFG2:
      return readPmpcfg((n - CSR_PMPCFG0) << 2);
  }
  if (n >= CSR_PMPADDR0 && n < CSR_PMPADDR0 + PMP_ENTRIES) return readPmpaddr(n - CSR_PMPADDR0);
  // Identification registers, event counters and their selectors read zero [priv 3.1.2 to 3.1.5, 3.1.10].
  return 0;
}

/**
 * What a read-modify-write instruction reads: of mip, the bit of SEIP that software wrote and not the
 * interrupt controller's line [priv 3.1.9].
 */
export function readForModify(n: u32): u64 {
  const value = readCsr(n);
  if (n == CSR_MIP) return (value & ~SEI) | (hart.mip & SEI);
  return value;
}

/** Writes CSR `n`, which `csrAllowed` has allowed. */
export function writeCsr(n: u32, value: u64): void {
  switch (<i32>n) {
    case CSR_FFLAGS:
      setFcsr(hart.frm, <u32>value);
      break;
    case CSR_FRM:
      setFcsr(<u32>value, hart.fflags);
      break;
    case CSR_FCSR:
      setFcsr(<u32>value >> 5, <u32>value);
      break;
    case CSR_SSTATUS:
      writeStatus(value, SSTATUS_WRITABLE);
      break;
    case CSR_SIE:
      hart.mie = merge(hart.mie, value, hart.mideleg & MIE_WRITABLE);
      break;
    case CSR_STVEC:
      if ((value & 2) == 0) hart.stvec = value;
      break;
    case CSR_SCOUNTEREN:
      hart.scounteren = <u32>value & COUNTEREN_WRITABLE;
      break;
    case CSR_SENVCFG:
      hart.senvcfg = writeEnvcfg(hart.senvcfg, value, SENVCFG_WRITABLE);
      switchContext();
      break;
    case CSR_SSCRATCH:
      hart.sscratch = value;
      break;
    case CSR_SEPC:
      hart.sepc = value & ~1;
      break;
    case CSR_SCAUSE:
      hart.scause = value;
      break;
    case CSR_STVAL:
      hart.stval = value;
      break;
    case CSR_SIP:
      hart.mip = merge(hart.mip, value, hart.mideleg & SSI);
      hart.calm = 0;
      break;
    case CSR_STIMECMP:
      hart.stimecmp = value;
      break;
    case CSR_SATP:
      writeSatp(value);
      break;
    case CSR_MSTATUS:
      writeStatus(value, MSTATUS_WRITABLE);
      break;
    case CSR_MEDELEG:
      hart.medeleg = value & MEDELEG_WRITABLE;
      break;
    case CSR_MIDELEG:
      hart.mideleg = value & MIDELEG_WRITABLE;
      break;
    case CSR_MIE:
      hart.mie = value & MIE_WRITABLE;
      break;
    case CSR_MTVEC:
      if ((value & 2) == 0) hart.mtvec = value;
      break;
    case CSR_MCOUNTEREN:
      hart.mcounteren = <u32>value & COUNTEREN_WRITABLE;
      break;
    case CSR_MENVCFG:
      writeMenvcfg(value);
      break;
    case CSR_MCOUNTINHIBIT:
      writeInhibit(<u32>value & (INHIBIT_CY | INHIBIT_IR));
      break;
    case CSR_MSCRATCH:
      hart.mscratch = value;
      break;
    case CSR_MEPC:
      hart.mepc = value & ~1;
      break;
    case CSR_MCAUSE:
      hart.mcause = value;
      break;
    case CSR_MTVAL:
      hart.mtval = value;
      break;
    case CSR_MIP: {
      // With Sstc in use STIP is the comparator's, not software's [priv 3.1.9].
      const writable = hart.menvcfg & ENVCFG_STCE ? SSI | SEI : SSI | STI | SEI;
      hart.mip = merge(hart.mip, value, writable);
      hart.calm = 0;
      break;
    }
    case CSR_PMPCFG0:
    case CSR_PMPCFG2:
      writePmpcfg((n - CSR_PMPCFG0) << 2, value);
      flushAll();
      break;
    case CSR_MCYCLE:
      hart.mcycleOffset = value - (hart.mcountinhibit & INHIBIT_CY ? 0 : retired());
      break;
    case CSR_MINSTRET:
      // The write takes effect instead of this instruction's own increment.
      hart.minstretOffset = value - (hart.mcountinhibit & INHIBIT_IR ? 0 : retired());
      break;
    default:
      if (n >= CSR_PMPADDR0 && n < CSR_PMPADDR0 + PMP_ENTRIES) {
        writePmpaddr(n - CSR_PMPADDR0, value);
        flushAll();
      }
  }
}

function merge(old: u64, value: u64, mask: u64): u64 {
  return (old & ~mask) | (value & mask);
}

/** Sets frm and fflags and derives when floating-point results need no flag work. */
export function setFcsr(frm: u32, fflags: u32): void {
  hart.frm = frm & 7;
  hart.fflags = fflags & 31;
  hart.limit = hart.frm == 0 && hart.fflags & 1 ? Infinity : -Infinity;
  hart.fs = 3;
}

function writeStatus(value: u64, mask: u64): void {
  const old = hart.mstatus;
  let status = merge(old, value, mask);
  // MPP = 2 is no mode: the field keeps what it had.
  if ((status & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT == 2) status = (status & ~MSTATUS_MPP) | (old & MSTATUS_MPP);
  hart.mstatus = status;
  hart.fs = <u32>((value & MSTATUS_FS) >> MSTATUS_FS_SHIFT);
  const changed = old ^ status;
  if (changed & MSTATUS_MXR) flushAll();
  if (changed & MSTATUS_TRANSLATION) switchContext();
}

function writeSatp(value: u64): void {
  const mode = value >> SATP_MODE_SHIFT;
  // A write with a mode we lack has no effect at all [priv 12.1.11].
  if (mode != 0 && mode != SATP_MODE_SV39 && mode != SATP_MODE_SV48) return;
  hart.satp = value;
  flushAll();
}

function writeEnvcfg(old: u64, value: u64, mask: u64): u64 {
  const next = merge(old, value, mask);
  // CBIE = 2 is reserved.
  return (next & ENVCFG_CBIE) >> ENVCFG_CBIE_SHIFT == 2 ? (next & ~ENVCFG_CBIE) | (old & ENVCFG_CBIE) : next;
}

function writeMenvcfg(value: u64): void {
  const old = hart.menvcfg;
  hart.menvcfg = writeEnvcfg(old, value, MENVCFG_WRITABLE);
  if ((old ^ hart.menvcfg) & (ENVCFG_ADUE | ENVCFG_PBMTE)) flushAll();
  switchContext();
}

/** A counter that stops keeps its value in its offset, one that starts has the difference there. */
function writeInhibit(value: u32): void {
  const changed = value ^ hart.mcountinhibit;
  const now = retired();
  if (changed & INHIBIT_CY) hart.mcycleOffset += value & INHIBIT_CY ? now : -now;
  if (changed & INHIBIT_IR) hart.minstretOffset += value & INHIBIT_IR ? now : -now;
  hart.mcountinhibit = value;
}
