/*
 * Exceptions as instructions raise them: a cause [priv 3.1.15, table 14] and a trap value, noted in the hart. The trap is taken in trap.ts.
 */

import { hart } from "./hart";

export const INSTRUCTION_ACCESS_FAULT: u32 = 1;
export const ILLEGAL_INSTRUCTION: u32 = 2;
export const BREAKPOINT: u32 = 3;
export const LOAD_ADDRESS_MISALIGNED: u32 = 4;
export const LOAD_ACCESS_FAULT: u32 = 5;
export const STORE_ADDRESS_MISALIGNED: u32 = 6;
export const STORE_ACCESS_FAULT: u32 = 7;
export const ECALL_FROM_U: u32 = 8;
export const ECALL_FROM_S: u32 = 9;
export const INSTRUCTION_PAGE_FAULT: u32 = 12;
export const LOAD_PAGE_FAULT: u32 = 13;
export const STORE_PAGE_FAULT: u32 = 15;

/** Notes the exception that the current instruction raises. */
export function raiseException(cause: u32, tval: u64): void {
  hart.cause = cause;
  hart.tval = tval;
}
