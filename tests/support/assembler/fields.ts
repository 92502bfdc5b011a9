/*
 * Instruction formats and the range checks of their operands [unpriv 2.2, 2.3].
 *
 * An encoded instruction is a plain number: its lowest two bits say whether it has 16 or 32 bits. Every builder takes the
 * mnemonic first, so that a bad operand is reported as `addi: immediate 4096 is not within -2048..2047`.
 */

import type { FReg, XReg } from "./registers.js";

/** Memory ordering bits of LR, SC and AMOs. */
export type Order = "" | "aq" | "rl" | "aqrl";

export const RNE = 0;
export const RTZ = 1;
export const RDN = 2;
export const RUP = 3;
export const RMM = 4;
export const DYN = 7;

/** Checks a signed immediate of `bits` bits that is a multiple of `step`. */
export function signed(name: string, value: number, bits: number, step = 1): number {
  const max = 2 ** (bits - 1) - step;
  return checked(name, value, -(2 ** (bits - 1)), max, step);
}

/** Checks an unsigned immediate of `bits` bits that is a multiple of `step`. */
export function unsigned(name: string, value: number, bits: number, step = 1): number {
  return checked(name, value, 0, 2 ** bits - step, step);
}

/** Checks that a register is one of x8 to x15 or f8 to f15 and gives its three-bit number. */
export function popular(name: string, reg: XReg | FReg): number {
  if (reg < 8 || reg > 15) throw new RangeError(`${name}: register ${reg} is not one of 8..15`);
  return reg - 8;
}

/** Checks that a register is not x0. */
export function nonzero(name: string, reg: XReg): number {
  if (reg === 0) throw new RangeError(`${name}: register x0 is reserved here`);
  return reg;
}

/** Bits `high` to `low` of `value`, moved so that the lowest of them lies at `at`. */
export function bits(value: number, high: number, low: number, at: number): number {
  return (((value >> low) & (2 ** (high - low + 1) - 1)) << at) >>> 0;
}

export function rType(opcode: number, funct3: number, funct7: number, rd: number, rs1: number, rs2: number): number {
  return ((funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode) >>> 0;
}

export function iType(opcode: number, funct3: number, rd: number, rs1: number, imm12: number): number {
  return (((imm12 & 0xfff) << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode) >>> 0;
}

export function sType(opcode: number, funct3: number, rs1: number, rs2: number, imm: number): number {
  return (bits(imm, 11, 5, 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | bits(imm, 4, 0, 7) | opcode) >>> 0;
}

export function bType(opcode: number, funct3: number, rs1: number, rs2: number, imm: number): number {
  const high = bits(imm, 12, 12, 31) | bits(imm, 10, 5, 25);
  const low = bits(imm, 4, 1, 8) | bits(imm, 11, 11, 7);
  return (high | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | low | opcode) >>> 0;
}

export function uType(opcode: number, rd: number, imm20: number): number {
  return (((imm20 & 0xfffff) << 12) | (rd << 7) | opcode) >>> 0;
}

export function jType(opcode: number, rd: number, imm: number): number {
  const high = bits(imm, 20, 20, 31) | bits(imm, 10, 1, 21);
  return (high | bits(imm, 11, 11, 20) | bits(imm, 19, 12, 12) | (rd << 7) | opcode) >>> 0;
}

function checked(name: string, value: number, min: number, max: number, step: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name}: immediate ${value} is not within ${min}..${max}`);
  }
  if (value % step !== 0) throw new RangeError(`${name}: immediate ${value} is not a multiple of ${step}`);
  return value;
}
