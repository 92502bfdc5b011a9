/*
 * The CSRs that a case begins with and those that are compared at its end, in the order in which they are written and read.
 */

import { CSR } from "../support/assembler.js";

const PMPADDR = Array.from({ length: 16 }, (_, i) => [`pmpaddr${i}`, 0x3b0 + i] as const);

/** Written before the case, each from its own word of the control page. */
export const INITIAL_CSRS: readonly (readonly [name: string, number: number])[] = [
  ...PMPADDR,
  ["pmpcfg0", CSR.pmpcfg0],
  ["pmpcfg2", CSR.pmpcfg2],
  ["menvcfg", CSR.menvcfg],
  ["senvcfg", CSR.senvcfg],
  ["medeleg", CSR.medeleg],
  ["mideleg", CSR.mideleg],
  ["mie", CSR.mie],
  ["mip", CSR.mip],
  ["stimecmp", CSR.stimecmp],
  ["mcounteren", CSR.mcounteren],
  ["scounteren", CSR.scounteren],
  ["mcountinhibit", CSR.mcountinhibit],
  ["mtvec", CSR.mtvec],
  ["stvec", CSR.stvec],
  ["mscratch", CSR.mscratch],
  ["sscratch", CSR.sscratch],
  ["sepc", CSR.sepc],
  ["scause", CSR.scause],
  ["stval", CSR.stval],
  ["mcause", CSR.mcause],
  ["mtval", CSR.mtval],
  ["satp", CSR.satp],
  ["fcsr", CSR.fcsr],
  ["mepc", CSR.mepc],
  ["mstatus", CSR.mstatus],
];

/** Read after the case. mstatus comes first: reading the others needs FS on. */
export const FINAL_CSRS: readonly (readonly [name: string, number: number])[] = [
  ["mstatus", CSR.mstatus],
  ["fcsr", CSR.fcsr],
  ...INITIAL_CSRS.filter(([name]) => name !== "mstatus" && name !== "fcsr"),
  ["misa", CSR.misa],
  ["sstatus", CSR.sstatus],
  ["sie", CSR.sie],
  ["sip", CSR.sip],
];
