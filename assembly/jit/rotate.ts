/*
 * Rotations: compilers for RV64GC make a 32-bit rotation of two shifts and an or, which WebAssembly has in one instruction. The shifts are written all the same; the engine drops them when nobody
 * reads what they leave in their registers.
 */

import { EMIT_PTR } from "../abi";
import { Op } from "../isa/opcodes";
import { imm, rd, rs1 } from "../isa/slot";

/** Per x register: what shift wrote it last in this block, of which register in which state, and by how much. */
@unmanaged
class Shift {
  /** SLLIW or SRLIW, 0 = something else wrote the register. */
  kind: u32;
  source: u32;
  /** How often the source had been written by then. */
  writes: u32;
  amount: u32;
}

const SHIFTS_PTR: u32 = EMIT_PTR + 0x7_9400;
/** u32 per x register: how often it was written in this block. */
const WRITES_PTR: u32 = SHIFTS_PTR + (32 << 4);

function shift(r: u32): Shift {
  return changetype<Shift>(SHIFTS_PTR + (r << 4));
}

function writesOf(r: u32): u32 {
  return load<u32>(WRITES_PTR + (r << 2));
}

/** A block begins. */
export function forgetShifts(): void {
  memory.fill(SHIFTS_PTR, 0, (32 << 4) + (32 << 2));
}

/** Register `r` has been written, by something that is no shift. */
export function forgetShift(r: u32): void {
  shift(r).kind = 0;
  store<u32>(WRITES_PTR + (r << 2), writesOf(r) + 1);
}

/** The instruction in the slot has been written; remembers it if it is a shift. */
export function noteShift(code: Op, dp: u32): void {
  if (code != Op.SLLIW && code != Op.SRLIW) return;
  const s = shift(rd(dp) >> 3);
  const source = rs1(dp) >> 3;
  // A shift of a register in place leaves nothing that could be rotated.
  if (source == rd(dp) >> 3) return;
  s.kind = code;
  s.source = source;
  s.writes = writesOf(source);
  s.amount = <u32>imm(dp);
}

/** Whether or-ing (or adding, or xor-ing) these registers rotates a word to the left; then `rotatedRegister` and `rotation` say which and how far. */
export function isRotation(a: u32, b: u32): bool {
  const left = shift(a).kind == Op.SLLIW ? shift(a) : shift(b);
  const right = shift(a).kind == Op.SLLIW ? shift(b) : shift(a);
  if (left.kind != Op.SLLIW || right.kind != Op.SRLIW) return false;
  if (left.source != right.source || left.amount + right.amount != 32) return false;
  if (left.writes != writesOf(left.source) || right.writes != left.writes) return false;
  rotatedRegister = left.source;
  rotation = left.amount;
  return true;
}

export let rotatedRegister: u32 = 0;
export let rotation: u32 = 0;
