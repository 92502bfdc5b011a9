/*
 * A, Zacas and Zawrs [unpriv 14, 15].
 *
 * Operands stand as in assembly text, `amoadd.w rd, rs2, (rs1)`; the ordering bits are an optional last operand.
 */

import { type Order, rType } from "./fields.js";
import type { XReg } from "./registers.js";

const orders: Record<Order, number> = { "": 0, rl: 1, aq: 2, aqrl: 3 };

const amo =
  (funct5: number, funct3: number) =>
  (rd: XReg, rs2: XReg, rs1: XReg, order: Order = "") =>
    rType(0x2f, funct3, (funct5 << 2) | orders[order], rd, rs1, rs2);
const loadReserved =
  (funct3: number) =>
  (rd: XReg, rs1: XReg, order: Order = "") =>
    rType(0x2f, funct3, (0x02 << 2) | orders[order], rd, rs1, 0);

const W = 2;
const D = 3;
const Q = 4;

export const lr_w = loadReserved(W);
export const lr_d = loadReserved(D);
export const sc_w = amo(0x03, W);
export const sc_d = amo(0x03, D);

export const amoswap_w = amo(0x01, W);
export const amoadd_w = amo(0x00, W);
export const amoxor_w = amo(0x04, W);
export const amoand_w = amo(0x0c, W);
export const amoor_w = amo(0x08, W);
export const amomin_w = amo(0x10, W);
export const amomax_w = amo(0x14, W);
export const amominu_w = amo(0x18, W);
export const amomaxu_w = amo(0x1c, W);

export const amoswap_d = amo(0x01, D);
export const amoadd_d = amo(0x00, D);
export const amoxor_d = amo(0x04, D);
export const amoand_d = amo(0x0c, D);
export const amoor_d = amo(0x08, D);
export const amomin_d = amo(0x10, D);
export const amomax_d = amo(0x14, D);
export const amominu_d = amo(0x18, D);
export const amomaxu_d = amo(0x1c, D);

export const amocas_w = amo(0x05, W);
export const amocas_d = amo(0x05, D);
/** rd and rs2 name pairs of registers; odd ones are reserved, and encoded here for the tests of that. */
export const amocas_q = amo(0x05, Q);

export const wrs_nto = () => 0x00d0_0073;
export const wrs_sto = () => 0x01d0_0073;
