/*
 * The locals of a unit's function. Guest registers get one each when they are first used; they are loaded where the function begins and the written ones are
 * stored where it ends.
 */

import { EMIT_PTR, HART_F, HART_PTR, HART_X } from "../abi";
import { access, byte, get, i32Const, set, TYPE_F64, TYPE_I32, TYPE_I64, unsigned, Wasm } from "./bytes";

/** Parameters: the state to start in, and the virtual address of the page. */
export const LOCAL_STATE: u32 = 0;
export const LOCAL_PAGE: u32 = 1;
/** i32: what is left of the budget, the data TLB and its mask, two for addresses, whether the interpreter has to execute the next instruction, and
 * whether the unit may go on in its second page, and what results of floating point may be [float.ts]. */
export const LOCAL_LEFT: u32 = 2;
export const LOCAL_TLB: u32 = 3;
export const LOCAL_MASK: u32 = 4;
export const LOCAL_ENTRY: u32 = 5;
export const LOCAL_WORD: u32 = 6;
export const LOCAL_STEP: u32 = 7;
export const LOCAL_WHOLE: u32 = 8;
export const LOCAL_RANGE: u32 = 9;
const I32_LOCALS: u32 = 8;
/** i64: pc when the unit is left, and four to compute with. */
export const LOCAL_PC: u32 = 10;
export const LOCAL_A: u32 = 11;
export const LOCAL_B: u32 = 12;
export const LOCAL_C: u32 = 13;
export const LOCAL_D: u32 = 14;
const I64_LOCALS: u32 = 5;
/** f64, to compute with. */
export const LOCAL_R: u32 = 15;
export const LOCAL_PART: u32 = 16;
const F64_LOCALS: u32 = 2;
const FIRST_REGISTER: u32 = 17;

/** u8 per x register, f register and host base: its local, 0 = none yet. u8 per local from FIRST_REGISTER on: its type. */
const LOCAL_OF_X: u32 = EMIT_PTR + 0x7_8000;
const LOCAL_OF_F: u32 = LOCAL_OF_X + 32;
const LOCAL_OF_BASE: u32 = LOCAL_OF_X + 64;
const TYPES: u32 = LOCAL_OF_X + 128;

let next: u32 = 0;
let writtenX: u32 = 0;
let writtenF: u32 = 0;

export function resetLocals(): void {
  memory.fill(LOCAL_OF_X, 0, 96);
  next = FIRST_REGISTER;
  writtenX = 0;
  writtenF = 0;
}

function take(at: u32, type: u32): u32 {
  const local = load<u8>(at);
  if (local != 0) return local;
  store<u8>(at, <u8>next);
  store<u8>(TYPES + next, <u8>type);
  return next++;
}

/** The local of x register `r`, 1 to 31. */
export function localOfX(r: u32): u32 {
  return take(LOCAL_OF_X + r, TYPE_I64);
}

export function localOfF(r: u32): u32 {
  return take(LOCAL_OF_F + r, TYPE_F64);
}

/** The local that holds where what x register `r` points to lies in linear memory. */
export function localOfBase(r: u32): u32 {
  return take(LOCAL_OF_BASE + r, TYPE_I32);
}

export function writesX(r: u32): void {
  writtenX |= 1 << r;
}

export function writesF(r: u32): void {
  writtenF |= 1 << r;
}

export function usesF(): bool {
  for (let r: u32 = 0; r < 32; r++) if (load<u8>(LOCAL_OF_F + r) != 0) return true;
  return false;
}

/** The declarations of all locals [WebAssembly 5.5.13], one group each for the registers. */
export function writeDeclarations(): void {
  unsigned(3 + next - FIRST_REGISTER);
  declare(I32_LOCALS, TYPE_I32);
  declare(I64_LOCALS, TYPE_I64);
  declare(F64_LOCALS, TYPE_F64);
  for (let local = FIRST_REGISTER; local < next; local++) declare(1, load<u8>(TYPES + local));
}

function declare(count: u32, type: u32): void {
  unsigned(count);
  byte(type);
}

export function writeLoads(): void {
  for (let r: u32 = 1; r < 32; r++) {
    const local = load<u8>(LOCAL_OF_X + r);
    if (local != 0) writeLoad(Wasm.I64_LOAD, HART_X + (r << 3), local);
  }
  for (let r: u32 = 0; r < 32; r++) {
    const local = load<u8>(LOCAL_OF_F + r);
    if (local != 0) writeLoad(Wasm.F64_LOAD, HART_F + (r << 3), local);
  }
}

/** Pushes a field of the hart. */
export function pushField(code: Wasm, offset: u32): void {
  i32Const(0);
  access(code, HART_PTR + offset);
}

/** Loads a local from a field of the hart. */
export function writeLoad(code: Wasm, offset: u32, local: u32): void {
  pushField(code, offset);
  set(local);
}

/** Stores a local to a field of the hart. */
export function writeStore(code: Wasm, offset: u32, local: u32): void {
  i32Const(0);
  get(local);
  access(code, HART_PTR + offset);
}

export function writeStores(): void {
  for (let r: u32 = 1; r < 32; r++) {
    if (writtenX & (1 << r)) writeStore(Wasm.I64_STORE, HART_X + (r << 3), load<u8>(LOCAL_OF_X + r));
  }
  for (let r: u32 = 0; r < 32; r++) {
    if (writtenF & (1 << r)) writeStore(Wasm.F64_STORE, HART_F + (r << 3), load<u8>(LOCAL_OF_F + r));
  }
}
