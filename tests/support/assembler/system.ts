/*
 * Zicsr, Zicbom, Zicbop, Zicboz, Svinval and the privileged instructions [unpriv 6, 22; priv 3.3, 9, 11].
 */

import { iType, rType, signed, unsigned } from "./fields.js";
import { type XReg, zero } from "./registers.js";

const csrRegister = (name: string, funct3: number) => (rd: XReg, csr: number, rs1: XReg) =>
  iType(0x73, funct3, rd, rs1, unsigned(name, csr, 12));
const csrImmediate = (name: string, funct3: number) => (rd: XReg, csr: number, uimm: number) =>
  iType(0x73, funct3, rd, unsigned(name, uimm, 5), unsigned(name, csr, 12));

export const csrrw = csrRegister("csrrw", 1);
export const csrrs = csrRegister("csrrs", 2);
export const csrrc = csrRegister("csrrc", 3);
export const csrrwi = csrImmediate("csrrwi", 5);
export const csrrsi = csrImmediate("csrrsi", 6);
export const csrrci = csrImmediate("csrrci", 7);

export const csrr = (rd: XReg, csr: number) => csrrs(rd, csr, zero);
export const csrw = (csr: number, rs: XReg) => csrrw(zero, csr, rs);
export const csrs = (csr: number, rs: XReg) => csrrs(zero, csr, rs);
export const csrc = (csr: number, rs: XReg) => csrrc(zero, csr, rs);
export const csrwi = (csr: number, uimm: number) => csrrwi(zero, csr, uimm);
export const csrsi = (csr: number, uimm: number) => csrrsi(zero, csr, uimm);
export const csrci = (csr: number, uimm: number) => csrrci(zero, csr, uimm);

export const mret = () => 0x3020_0073;
export const sret = () => 0x1020_0073;
export const wfi = () => 0x1050_0073;
export const sfence_vma = (rs1: XReg = zero, rs2: XReg = zero) => rType(0x73, 0, 0x09, 0, rs1, rs2);
export const sinval_vma = (rs1: XReg = zero, rs2: XReg = zero) => rType(0x73, 0, 0x0b, 0, rs1, rs2);
export const sfence_w_inval = () => 0x1800_0073;
export const sfence_inval_ir = () => 0x1810_0073;

const cbo = (operation: number) => (rs1: XReg) => iType(0x0f, 2, 0, rs1, operation);
export const cbo_inval = cbo(0);
export const cbo_clean = cbo(1);
export const cbo_flush = cbo(2);
export const cbo_zero = cbo(4);

const prefetch = (name: string, kind: number) => (offset: number, rs1: XReg) =>
  iType(0x13, 6, 0, rs1, signed(name, offset, 12, 32) | kind);
export const prefetch_i = prefetch("prefetch.i", 0);
export const prefetch_r = prefetch("prefetch.r", 1);
export const prefetch_w = prefetch("prefetch.w", 3);
