/*
 * Where the fields of the hart lie that compiled code reads and writes, as distances from HART_PTR. hart/hart.ts says what they are.
 */

import { HART_PC } from "../abi";
import { Hart } from "../hart/hart";

export const HART_MSTATUS: u32 = HART_PC + offsetof<Hart>("mstatus");
export const HART_SSCRATCH: u32 = HART_PC + offsetof<Hart>("sscratch");
export const HART_SEPC: u32 = HART_PC + offsetof<Hart>("sepc");
export const HART_SCAUSE: u32 = HART_PC + offsetof<Hart>("scause");
export const HART_STVAL: u32 = HART_PC + offsetof<Hart>("stval");
export const HART_FFLAGS: u32 = HART_PC + offsetof<Hart>("fflags");
export const HART_FRM: u32 = HART_PC + offsetof<Hart>("frm");
export const HART_FS: u32 = HART_PC + offsetof<Hart>("fs");
export const HART_LIMIT: u32 = HART_PC + offsetof<Hart>("limit");
export const HART_RESERVATION_PA: u32 = HART_PC + offsetof<Hart>("reservationPa");
export const HART_RESERVATION_VALUE: u32 = HART_PC + offsetof<Hart>("reservationValue");
export const HART_LEFT: u32 = HART_PC + offsetof<Hart>("left");
export const HART_TLB: u32 = HART_PC + offsetof<Hart>("dataTlb");
export const HART_FETCH_TLB: u32 = HART_PC + offsetof<Hart>("fetchTlb");
export const HART_ZERO_ALLOWED: u32 = HART_PC + offsetof<Hart>("zeroAllowed");
export const HART_CALM: u32 = HART_PC + offsetof<Hart>("calm");
export const HART_MASK: u32 = HART_PC + offsetof<Hart>("dataMask");
