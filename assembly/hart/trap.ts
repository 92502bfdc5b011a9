/*
 * Traps: exceptions and interrupts are taken here and nowhere else [priv 3.1.15, 3.1.9, 3.3.2].
 *
 * An instruction that cannot complete calls `raiseException` (exception.ts) and reports failure up to the interpreter, which leaves its loop; the world switch
 * then takes the trap. Interrupts are looked for between chunks and after every write that could make one deliverable.
 */

import { PRIV_M, PRIV_S, PRIV_U } from "../abi";
import { readInstruction } from "../mmu/fetch";
import { switchContext } from "../mmu/tlb";
import { aclint } from "../platform/aclint";
import { plic } from "../platform/plic";
import { time } from "../world/time";
import { ILLEGAL_INSTRUCTION } from "./exception";
import { hart, NO_RESERVATION } from "./hart";
import {
  ENVCFG_STCE,
  MSTATUS_MIE,
  MSTATUS_MPIE,
  MSTATUS_MPP,
  MSTATUS_MPP_SHIFT,
  MSTATUS_MPRV,
  MSTATUS_SIE,
  MSTATUS_SPIE,
  MSTATUS_SPP,
} from "./status";

export const INTERRUPT: u64 = 0x8000_0000_0000_0000;

/** Bits of mip, mie and mideleg. */
export const SSI: u64 = 1 << 1;
export const MSI: u64 = 1 << 3;
export const STI: u64 = 1 << 5;
export const MTI: u64 = 1 << 7;
export const SEI: u64 = 1 << 9;
export const MEI: u64 = 1 << 11;

/** mip as it is read: what software wrote and what the devices' lines say. */
export function readMip(): u64 {
  let mip = hart.mip;
  if (plic.pendingS) mip |= SEI;
  if (plic.pendingM) mip |= MEI;
  if (aclint.msip) mip |= MSI;
  const now = time();
  if (now >= aclint.mtimecmp) mip |= MTI;
  if (hart.menvcfg & ENVCFG_STCE) {
    // With Sstc in use STIP is the comparator's alone [priv 3.1.9].
    mip &= ~STI;
    if (now >= hart.stimecmp) mip |= STI;
  }
  return mip;
}

/** The interrupts that would be taken now, as bits of mip. */
export function deliverableInterrupts(): u64 {
  const pending = readMip() & hart.mie;
  if (pending == 0) return 0;
  let enabled: u64 = 0;
  if (hart.priv < PRIV_M || hart.mstatus & MSTATUS_MIE) enabled = ~hart.mideleg;
  if (hart.priv < PRIV_S || (hart.priv == PRIV_S && hart.mstatus & MSTATUS_SIE)) enabled |= hart.mideleg;
  return pending & enabled;
}

/** Takes the most urgent deliverable interrupt, if there is one. */
export function takeInterrupt(): void {
  let pending = deliverableInterrupts();
  if (pending == 0) return;
  // Those for M-mode come before all that are delegated.
  if (pending & ~hart.mideleg) pending &= ~hart.mideleg;
  let cause: u64 = 5;
  if (pending & MEI) cause = 11;
  else if (pending & MSI) cause = 3;
  else if (pending & MTI) cause = 7;
  else if (pending & SEI) cause = 9;
  else if (pending & SSI) cause = 1;
  enterTrap(INTERRUPT | cause, 0, (hart.mideleg >> cause) & 1);
}

/** Takes the exception that `raiseException` noted, at hart.pc. */
export function takeException(): void {
  const cause = hart.cause;
  const tval = cause == ILLEGAL_INSTRUCTION ? <u64>readInstruction(hart.pc) : hart.tval;
  // An instruction that raises an exception does not retire [priv 3.1.10].
  if (!(hart.mcountinhibit & 4)) hart.minstretOffset--;
  enterTrap(<u64>cause, tval, (hart.medeleg >> <u64>cause) & 1);
}

function enterTrap(cause: u64, tval: u64, delegated: u64): void {
  const status = hart.mstatus;
  let vector: u64;
  if (delegated && hart.priv <= PRIV_S) {
    hart.scause = cause;
    hart.sepc = hart.pc;
    hart.stval = tval;
    hart.mstatus =
      (status & ~(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP)) |
      (status & MSTATUS_SIE ? MSTATUS_SPIE : 0) |
      (hart.priv == PRIV_S ? MSTATUS_SPP : 0);
    hart.priv = PRIV_S;
    vector = hart.stvec;
  } else {
    hart.mcause = cause;
    hart.mepc = hart.pc;
    hart.mtval = tval;
    hart.mstatus =
      (status & ~(MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP)) |
      (status & MSTATUS_MIE ? MSTATUS_MPIE : 0) |
      ((<u64>hart.priv) << MSTATUS_MPP_SHIFT);
    hart.priv = PRIV_M;
    vector = hart.mtvec;
  }
  const vectored = vector & 1 && cause & INTERRUPT;
  hart.pc = (vector & ~3) + (vectored ? (cause & 63) << 2 : 0);
  hart.waiting = 0;
  hart.reservationPa = NO_RESERVATION;
  switchContext();
}

/** mret [priv 3.3.2]; the caller has checked the privilege. */
export function returnFromM(): void {
  const status = hart.mstatus;
  hart.priv = <u32>((status & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT);
  hart.mstatus = (status & ~(MSTATUS_MIE | MSTATUS_MPP)) | MSTATUS_MPIE | (status & MSTATUS_MPIE ? MSTATUS_MIE : 0);
  leaveTrap(hart.mepc);
}

/** sret [priv 3.3.2]; the caller has checked the privilege. */
export function returnFromS(): void {
  const status = hart.mstatus;
  hart.priv = status & MSTATUS_SPP ? PRIV_S : PRIV_U;
  hart.mstatus = (status & ~(MSTATUS_SIE | MSTATUS_SPP)) | MSTATUS_SPIE | (status & MSTATUS_SPIE ? MSTATUS_SIE : 0);
  leaveTrap(hart.sepc);
}

function leaveTrap(epc: u64): void {
  if (hart.priv != PRIV_M) hart.mstatus &= ~MSTATUS_MPRV;
  hart.pc = epc;
  hart.reservationPa = NO_RESERVATION;
  switchContext();
}
