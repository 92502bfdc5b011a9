/*
 * F and D [unpriv 20, 21].
 *
 * The rounding mode is an optional last operand, `DYN` unless given, as in assembly text. Conversions that are always
 * exact encode RNE by default, as the GNU assembler does.
 */

import { DYN, iType, RNE, rType, signed, sType } from "./fields.js";
import type { FReg, XReg } from "./registers.js";

const S = 0;
const D = 1;
const OP_FP = 0x53;

export const flw = (rd: FReg, offset: number, rs1: XReg) => iType(0x07, 2, rd, rs1, signed("flw", offset, 12));
export const fld = (rd: FReg, offset: number, rs1: XReg) => iType(0x07, 3, rd, rs1, signed("fld", offset, 12));
export const fsw = (rs2: FReg, offset: number, rs1: XReg) => sType(0x27, 2, rs1, rs2, signed("fsw", offset, 12));
export const fsd = (rs2: FReg, offset: number, rs1: XReg) => sType(0x27, 3, rs1, rs2, signed("fsd", offset, 12));

// ---- Arithmetic -----------------------------------------------------------------------------------------------------

const binary =
  (funct5: number, fmt: number) =>
  (rd: FReg, rs1: FReg, rs2: FReg, rm = DYN) =>
    rType(OP_FP, rm, (funct5 << 2) | fmt, rd, rs1, rs2);
const root =
  (fmt: number) =>
  (rd: FReg, rs1: FReg, rm = DYN) =>
    rType(OP_FP, rm, (0x0b << 2) | fmt, rd, rs1, 0);
const fused =
  (opcode: number, fmt: number) =>
  (rd: FReg, rs1: FReg, rs2: FReg, rs3: FReg, rm = DYN) =>
    rType(opcode, rm, (rs3 << 2) | fmt, rd, rs1, rs2);

export const fadd_s = binary(0x00, S);
export const fsub_s = binary(0x01, S);
export const fmul_s = binary(0x02, S);
export const fdiv_s = binary(0x03, S);
export const fsqrt_s = root(S);
export const fmadd_s = fused(0x43, S);
export const fmsub_s = fused(0x47, S);
export const fnmsub_s = fused(0x4b, S);
export const fnmadd_s = fused(0x4f, S);

export const fadd_d = binary(0x00, D);
export const fsub_d = binary(0x01, D);
export const fmul_d = binary(0x02, D);
export const fdiv_d = binary(0x03, D);
export const fsqrt_d = root(D);
export const fmadd_d = fused(0x43, D);
export const fmsub_d = fused(0x47, D);
export const fnmsub_d = fused(0x4b, D);
export const fnmadd_d = fused(0x4f, D);

// ---- Sign injection, minimum, maximum, comparison, class ---------------------------------------------------------

const select = (funct5: number, funct3: number, fmt: number) => (rd: FReg, rs1: FReg, rs2: FReg) =>
  rType(OP_FP, funct3, (funct5 << 2) | fmt, rd, rs1, rs2);
const compare = (funct3: number, fmt: number) => (rd: XReg, rs1: FReg, rs2: FReg) =>
  rType(OP_FP, funct3, (0x14 << 2) | fmt, rd, rs1, rs2);
const inspect = (funct3: number, fmt: number) => (rd: XReg, rs1: FReg) =>
  rType(OP_FP, funct3, (0x1c << 2) | fmt, rd, rs1, 0);

export const fsgnj_s = select(0x04, 0, S);
export const fsgnjn_s = select(0x04, 1, S);
export const fsgnjx_s = select(0x04, 2, S);
export const fmin_s = select(0x05, 0, S);
export const fmax_s = select(0x05, 1, S);
export const feq_s = compare(2, S);
export const flt_s = compare(1, S);
export const fle_s = compare(0, S);
export const fclass_s = inspect(1, S);

export const fsgnj_d = select(0x04, 0, D);
export const fsgnjn_d = select(0x04, 1, D);
export const fsgnjx_d = select(0x04, 2, D);
export const fmin_d = select(0x05, 0, D);
export const fmax_d = select(0x05, 1, D);
export const feq_d = compare(2, D);
export const flt_d = compare(1, D);
export const fle_d = compare(0, D);
export const fclass_d = inspect(1, D);

export const fmv_s = (rd: FReg, rs: FReg) => fsgnj_s(rd, rs, rs);
export const fneg_s = (rd: FReg, rs: FReg) => fsgnjn_s(rd, rs, rs);
export const fabs_s = (rd: FReg, rs: FReg) => fsgnjx_s(rd, rs, rs);
export const fmv_d = (rd: FReg, rs: FReg) => fsgnj_d(rd, rs, rs);
export const fneg_d = (rd: FReg, rs: FReg) => fsgnjn_d(rd, rs, rs);
export const fabs_d = (rd: FReg, rs: FReg) => fsgnjx_d(rd, rs, rs);

// ---- Moves and conversions ------------------------------------------------------------------------------------------

export const fmv_x_w = inspect(0, S);
export const fmv_x_d = inspect(0, D);
export const fmv_w_x = (rd: FReg, rs1: XReg) => rType(OP_FP, 0, (0x1e << 2) | S, rd, rs1, 0);
export const fmv_d_x = (rd: FReg, rs1: XReg) => rType(OP_FP, 0, (0x1e << 2) | D, rd, rs1, 0);

const toInteger =
  (kind: number, fmt: number) =>
  (rd: XReg, rs1: FReg, rm = DYN) =>
    rType(OP_FP, rm, (0x18 << 2) | fmt, rd, rs1, kind);
const fromInteger =
  (kind: number, fmt: number, standard = DYN) =>
  (rd: FReg, rs1: XReg, rm = standard) =>
    rType(OP_FP, rm, (0x1a << 2) | fmt, rd, rs1, kind);
const W = 0;
const WU = 1;
const L = 2;
const LU = 3;

export const fcvt_w_s = toInteger(W, S);
export const fcvt_wu_s = toInteger(WU, S);
export const fcvt_l_s = toInteger(L, S);
export const fcvt_lu_s = toInteger(LU, S);
export const fcvt_w_d = toInteger(W, D);
export const fcvt_wu_d = toInteger(WU, D);
export const fcvt_l_d = toInteger(L, D);
export const fcvt_lu_d = toInteger(LU, D);
export const fcvt_s_w = fromInteger(W, S);
export const fcvt_s_wu = fromInteger(WU, S);
export const fcvt_s_l = fromInteger(L, S);
export const fcvt_s_lu = fromInteger(LU, S);
export const fcvt_d_w = fromInteger(W, D, RNE);
export const fcvt_d_wu = fromInteger(WU, D, RNE);
export const fcvt_d_l = fromInteger(L, D);
export const fcvt_d_lu = fromInteger(LU, D);

export const fcvt_s_d = (rd: FReg, rs1: FReg, rm = DYN) => rType(OP_FP, rm, (0x08 << 2) | S, rd, rs1, D);
export const fcvt_d_s = (rd: FReg, rs1: FReg, rm = RNE) => rType(OP_FP, rm, (0x08 << 2) | D, rd, rs1, S);
