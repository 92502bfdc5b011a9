/*
 * The hart: one guest CPU's complete architectural state, at constant addresses in linear memory.
 *
 * x0 to x31 and f0 to f31 lie in front (HART_X, HART_F in abi.ts), the rest is the class below, so that a register access
 * is one load or store with an immediate offset and a copy of memory is a copy of the hart. CSRs are kept in the form in which they are used, not as they are
 * read: mstatus.FS lives in `fs`, hardware's bits of mip are computed (trap.ts).
 *
 * Behind the architectural part stand the results that slow paths hand to their callers. They carry nothing from one instruction to the next.
 */

import { HART_F, HART_PTR, HART_X } from "../abi";

@unmanaged
export class Hart {
  pc: u64; //               0x200
  priv: u32; //             0x208
  /** 1 while the hart waits in WFI. */
  waiting: u32; //          0x20c

  // Machine mode [priv 3.1]
  mstatus: u64; //          0x210  without FS, SD, SXL and UXL
  medeleg: u64; //          0x218
  mideleg: u64; //          0x220
  mie: u64; //              0x228
  mip: u64; //              0x230  the bits that software writes: SSIP, STIP, SEIP
  mtvec: u64; //            0x238
  mscratch: u64; //         0x240
  mepc: u64; //             0x248
  mcause: u64; //           0x250
  mtval: u64; //            0x258
  menvcfg: u64; //          0x260
  mcounteren: u32; //       0x268
  mcountinhibit: u32; //    0x26c
  mcycleOffset: u64; //     0x270  mcycle = retired + offset, or the offset alone while inhibited
  minstretOffset: u64; //   0x278

  // Supervisor mode [priv 12.1]
  stvec: u64; //            0x280
  sscratch: u64; //         0x288
  sepc: u64; //             0x290
  scause: u64; //           0x298
  stval: u64; //            0x2a0
  satp: u64; //             0x2a8
  senvcfg: u64; //          0x2b0
  stimecmp: u64; //         0x2b8
  scounteren: u32; //       0x2c0

  // Floating point [unpriv 20.2]
  fflags: u32; //           0x2c4
  frm: u32; //              0x2c8
  /** mstatus.FS: 0 off, 1 initial, 2 clean, 3 dirty. */
  fs: u32; //               0x2cc
  /** Results below this magnitude can raise no flag that is not set already: +inf once NX is set under RNE, else -inf. */
  limit: f64; //            0x2d0

  // Load reservation [unpriv 13.2]
  reservationPa: u64; //    0x2d8  all ones = none
  reservationValue: u64; // 0x2e0

  // Time and budget, see world/time.ts
  retired: u64; //          0x2e8  instructions retired since reset
  timeBase: u64; //         0x2f0  ticks at the start of the chunk
  timeFraction: u64; //     0x2f8  and 2^-32 ticks
  rate: u64; //             0x300  2^-32 ticks per instruction
  chunk: i32; //            0x308  instructions this chunk was given
  left: i32; //             0x30c  and what is left of them; exact whenever a slow path is entered

  // Where translations are looked up in the current mode, see mmu/tlb.ts
  dataTlb: u32; //          0x310
  fetchTlb: u32; //         0x314
  /** Bit h: half h (0 user, 1 kernel) of the address space has superpages in the TLB. */
  superHalves: u32; //      0x318
  /** 1 once the SBI is built in. */
  sbi: u32; //              0x31c
  ramBytes: u64; //         0x320

  // PMP, see mmu/pmp.ts
  pmpOpen: u32; //          0x328  bit p: every access in privilege mode p is allowed
  pmpActive: u32; //        0x32c  one more than the last entry that is not OFF

  // Results of slow paths
  cause: u32; //            0x330  exception to be taken
  operation: u32; //        0x334  operation to give control back with, NO_OPERATION = none
  tval: u64; //             0x338
  pa: u64; //               0x340  of the last translation
  level: u32; //            0x348  of its leaf

  /** Whether cbo.zero is allowed in the current mode. */
  zeroAllowed: u32; //      0x34c
  bounce: u64; //           0x350  a loaded value that does not lie in RAM in one piece
  /** 1 when no interrupt is pending, masked or not, and none will be before the chunk ends. */
  calm: u32; //             0x358
  /** Index of the last entry of dataTlb, times 32. */
  dataMask: u32; //         0x35c
}

export const hart: Hart = changetype<Hart>(HART_PTR + 0x200);

/** Bytes of hart state in all; PMP registers lie behind the class. */
export const HART_BYTES: u32 = 0x1000;

export const NO_OPERATION: u32 = 0xffff_ffff;
export const NO_RESERVATION: u64 = 0xffff_ffff_ffff_ffff;

/*
 * Register access. Operands are byte offsets (register number times 8), as slots hold them.
 */

export function x(r: u32): u64 {
  return load<u64>(r, HART_PTR + HART_X);
}

export function setX(r: u32, value: u64): void {
  store<u64>(r, value, HART_PTR + HART_X);
}

export function f(r: u32): u64 {
  return load<u64>(r, HART_PTR + HART_F);
}

export function setF(r: u32, value: u64): void {
  store<u64>(r, value, HART_PTR + HART_F);
}
