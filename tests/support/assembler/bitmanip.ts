/*
 * Zba, Zbb, Zbs and Zicond [unpriv 28, 12].
 */

import { iType, rType } from "./fields.js";
import { shift } from "./integer.js";
import type { XReg } from "./registers.js";

const OP = 0x33;
const OP_32 = 0x3b;
const OP_IMM = 0x13;
const OP_IMM_32 = 0x1b;

const register = (opcode: number, funct3: number, funct7: number) => (rd: XReg, rs1: XReg, rs2: XReg) =>
  rType(opcode, funct3, funct7, rd, rs1, rs2);
const unary = (opcode: number, funct3: number, imm12: number) => (rd: XReg, rs: XReg) =>
  iType(opcode, funct3, rd, rs, imm12);

// ---- Zba ------------------------------------------------------------------------------------------------------------
export const add_uw = register(OP_32, 0, 0x04);
export const sh1add = register(OP, 2, 0x10);
export const sh2add = register(OP, 4, 0x10);
export const sh3add = register(OP, 6, 0x10);
export const sh1add_uw = register(OP_32, 2, 0x10);
export const sh2add_uw = register(OP_32, 4, 0x10);
export const sh3add_uw = register(OP_32, 6, 0x10);
export const slli_uw = shift("slli.uw", OP_IMM_32, 1, 0x080, 6);

// ---- Zbb ------------------------------------------------------------------------------------------------------------
export const andn = register(OP, 7, 0x20);
export const orn = register(OP, 6, 0x20);
export const xnor = register(OP, 4, 0x20);
export const min = register(OP, 4, 0x05);
export const minu = register(OP, 5, 0x05);
export const max = register(OP, 6, 0x05);
export const maxu = register(OP, 7, 0x05);
export const rol = register(OP, 1, 0x30);
export const ror = register(OP, 5, 0x30);
export const rolw = register(OP_32, 1, 0x30);
export const rorw = register(OP_32, 5, 0x30);
export const rori = shift("rori", OP_IMM, 5, 0x600, 6);
export const roriw = shift("roriw", OP_IMM_32, 5, 0x600, 5);
export const clz = unary(OP_IMM, 1, 0x600);
export const ctz = unary(OP_IMM, 1, 0x601);
export const cpop = unary(OP_IMM, 1, 0x602);
export const sext_b = unary(OP_IMM, 1, 0x604);
export const sext_h = unary(OP_IMM, 1, 0x605);
export const clzw = unary(OP_IMM_32, 1, 0x600);
export const ctzw = unary(OP_IMM_32, 1, 0x601);
export const cpopw = unary(OP_IMM_32, 1, 0x602);
export const orc_b = unary(OP_IMM, 5, 0x287);
export const rev8 = unary(OP_IMM, 5, 0x6b8);
export const zext_h = (rd: XReg, rs: XReg) => rType(OP_32, 4, 0x04, rd, rs, 0);

// ---- Zbs ------------------------------------------------------------------------------------------------------------
export const bclr = register(OP, 1, 0x24);
export const bext = register(OP, 5, 0x24);
export const binv = register(OP, 1, 0x34);
export const bset = register(OP, 1, 0x14);
export const bclri = shift("bclri", OP_IMM, 1, 0x480, 6);
export const bexti = shift("bexti", OP_IMM, 5, 0x480, 6);
export const binvi = shift("binvi", OP_IMM, 1, 0x680, 6);
export const bseti = shift("bseti", OP_IMM, 1, 0x280, 6);

// ---- Zicond ---------------------------------------------------------------------------------------------------------
export const czero_eqz = register(OP, 5, 0x07);
export const czero_nez = register(OP, 7, 0x07);
