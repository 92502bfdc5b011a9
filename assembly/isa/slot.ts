/*
 * A slot: one decoded instruction in 8 bytes.
 *
 *     0       2    3    4     5    6    7
 *     | op    | rd | rs1| rs2 | rs3| rm | sub |       register forms
 *     | op    | rd | rs1| imm                 |       immediate forms; stores hold rs2 in the place of rd
 *
 * Register fields are byte offsets (number times 8) into the register file. The immediate of a branch inside its page is
 * the distance to the target's slot in bytes of the pool (four times the distance in code), everywhere else it is the instruction's.
 */

import { Op } from "./opcodes";

export function rd(dp: u32): u32 {
  return load<u8>(dp, 2);
}

export function rs1(dp: u32): u32 {
  return load<u8>(dp, 3);
}

export function rs2(dp: u32): u32 {
  return load<u8>(dp, 4);
}

export function rs3(dp: u32): u32 {
  return load<u8>(dp, 5);
}

export function rm(dp: u32): u32 {
  return load<u8>(dp, 6);
}

export function sub(dp: u32): u32 {
  return load<u8>(dp, 7);
}

export function imm(dp: u32): i32 {
  return load<i32>(dp, 4);
}

/** The second source of a store or branch. */
export function source(dp: u32): u32 {
  return load<u8>(dp, 2);
}

/** Writes a slot of immediate form; registers are numbers here. */
export function put(dp: u32, op: Op, rd: u32, rs1: u32, imm: i32): void {
  store<u16>(dp, <u16>op);
  store<u8>(dp, rd << 3, 2);
  store<u8>(dp, rs1 << 3, 3);
  store<i32>(dp, imm, 4);
}

/** Writes a slot of register form. */
export function putR(dp: u32, op: Op, rd: u32, rs1: u32, rs2: u32): void {
  put(dp, op, rd, rs1, <i32>(rs2 << 3));
}

/** Writes a slot of a floating-point instruction. */
export function putF(dp: u32, op: Op, rd: u32, rs1: u32, rs2: u32, rs3: u32, rm: u32, sub: u32): void {
  put(dp, op, rd, rs1, <i32>((rs2 << 3) | (rs3 << 11) | (rm << 16) | (sub << 24)));
}

/** Writes the slot of an encoding that is not ours. */
export function illegal(dp: u32): void {
  put(dp, Op.ILLEGAL, 0, 0, 0);
}
