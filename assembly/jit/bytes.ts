/*
 * Writing WebAssembly: bytes, LEB128 numbers and instructions, one after the other, at a place that moves on.
 */

/** Instructions, as far as compiled code uses them [WebAssembly 5.4]. */
export enum Wasm {
  UNREACHABLE = 0x00,
  BLOCK = 0x02,
  LOOP = 0x03,
  IF = 0x04,
  ELSE = 0x05,
  END = 0x0b,
  BR = 0x0c,
  BR_IF = 0x0d,
  BR_TABLE = 0x0e,
  RETURN = 0x0f,
  SELECT = 0x1b,
  GET = 0x20,
  SET = 0x21,
  TEE = 0x22,
  I32_LOAD = 0x28,
  I64_LOAD = 0x29,
  F64_LOAD = 0x2b,
  I32_LOAD16_U = 0x2f,
  I64_LOAD8_S = 0x30,
  I64_LOAD8_U = 0x31,
  I64_LOAD16_S = 0x32,
  I64_LOAD16_U = 0x33,
  I64_LOAD32_S = 0x34,
  I64_LOAD32_U = 0x35,
  I32_STORE = 0x36,
  I64_STORE = 0x37,
  F64_STORE = 0x39,
  I64_STORE8 = 0x3c,
  I64_STORE16 = 0x3d,
  I64_STORE32 = 0x3e,
  I32_CONST = 0x41,
  I64_CONST = 0x42,
  F64_CONST = 0x44,
  I32_EQZ = 0x45,
  I32_EQ = 0x46,
  I32_NE = 0x47,
  I32_LT_S = 0x48,
  I32_LT_U = 0x49,
  I32_GE_U = 0x4f,
  I64_EQZ = 0x50,
  I64_EQ = 0x51,
  I64_NE = 0x52,
  I64_LT_S = 0x53,
  I64_LT_U = 0x54,
  I64_GT_S = 0x55,
  I64_GT_U = 0x56,
  I64_LE_S = 0x57,
  I64_GE_S = 0x59,
  I64_GE_U = 0x5a,
  F32_EQ = 0x5b,
  F32_NE = 0x5c,
  F32_LT = 0x5d,
  F32_LE = 0x5f,
  F64_EQ = 0x61,
  F64_NE = 0x62,
  F64_LT = 0x63,
  F64_GT = 0x64,
  F64_LE = 0x65,
  I32_CLZ = 0x67,
  I32_CTZ = 0x68,
  I32_POPCNT = 0x69,
  I32_ADD = 0x6a,
  I32_SUB = 0x6b,
  I32_MUL = 0x6c,
  I32_DIV_S = 0x6d,
  I32_DIV_U = 0x6e,
  I32_REM_S = 0x6f,
  I32_REM_U = 0x70,
  I32_AND = 0x71,
  I32_OR = 0x72,
  I32_XOR = 0x73,
  I32_SHL = 0x74,
  I32_SHR_S = 0x75,
  I32_SHR_U = 0x76,
  I32_ROTL = 0x77,
  I32_ROTR = 0x78,
  I64_CLZ = 0x79,
  I64_CTZ = 0x7a,
  I64_POPCNT = 0x7b,
  I64_ADD = 0x7c,
  I64_SUB = 0x7d,
  I64_MUL = 0x7e,
  I64_DIV_S = 0x7f,
  I64_DIV_U = 0x80,
  I64_REM_S = 0x81,
  I64_REM_U = 0x82,
  I64_AND = 0x83,
  I64_OR = 0x84,
  I64_XOR = 0x85,
  I64_SHL = 0x86,
  I64_SHR_S = 0x87,
  I64_SHR_U = 0x88,
  I64_ROTL = 0x89,
  I64_ROTR = 0x8a,
  F32_NEG = 0x8c,
  F32_SQRT = 0x91,
  F32_ADD = 0x92,
  F32_SUB = 0x93,
  F32_MUL = 0x94,
  F32_DIV = 0x95,
  F32_MIN = 0x96,
  F32_MAX = 0x97,
  F32_COPYSIGN = 0x98,
  F64_ABS = 0x99,
  F64_NEG = 0x9a,
  F64_TRUNC = 0x9d,
  F64_SQRT = 0x9f,
  F64_ADD = 0xa0,
  F64_SUB = 0xa1,
  F64_MUL = 0xa2,
  F64_DIV = 0xa3,
  F64_MIN = 0xa4,
  F64_MAX = 0xa5,
  F64_COPYSIGN = 0xa6,
  I32_WRAP = 0xa7,
  I64_EXTEND_S = 0xac,
  I64_EXTEND_U = 0xad,
  F32_CONVERT_I32_S = 0xb2,
  F32_CONVERT_I32_U = 0xb3,
  F32_CONVERT_I64_S = 0xb4,
  F32_CONVERT_I64_U = 0xb5,
  F32_DEMOTE = 0xb6,
  F64_CONVERT_I32_S = 0xb7,
  F64_CONVERT_I32_U = 0xb8,
  F64_CONVERT_I64_S = 0xb9,
  F64_CONVERT_I64_U = 0xba,
  F64_PROMOTE = 0xbb,
  I32_REINTERPRET = 0xbc,
  I64_REINTERPRET = 0xbd,
  F32_REINTERPRET = 0xbe,
  F64_REINTERPRET = 0xbf,
  I64_EXTEND8_S = 0xc2,
  I64_EXTEND16_S = 0xc3,
  I64_EXTEND32_S = 0xc4,
}

/** Vector instructions, behind a prefix [WebAssembly 5.4.9]. */
export enum Simd {
  F64X2_SPLAT = 0x14,
  F64X2_EXTRACT_LANE = 0x21,
  F64X2_RELAXED_MADD = 0x107,
}

export const TYPE_I32: u32 = 0x7f;
export const TYPE_I64: u32 = 0x7e;
export const TYPE_F64: u32 = 0x7c;
export const NO_RESULT: u32 = 0x40;

let at: u32 = 0;

/** Where the next byte goes. */
export function position(): u32 {
  return at;
}

export function moveTo(ptr: u32): void {
  at = ptr;
}

export function byte(value: u32): void {
  store<u8>(at, <u8>value);
  at++;
}

export function op(code: Wasm): void {
  byte(code);
}

export function unsigned(value: u32): void {
  while (value > 127) {
    byte((value & 127) | 128);
    value >>>= 7;
  }
  byte(value);
}

export function signed(value: i64): void {
  while (value < -64 || value > 63) {
    byte((<u32>value & 127) | 128);
    value >>= 7;
  }
  byte(<u32>value & 127);
}

/** Five bytes for a number that is not known yet. */
export function reserve(): u32 {
  const place = at;
  at += 5;
  return place;
}

/** Puts a number into what `reserve` left. */
export function fill(place: u32, value: u32): void {
  for (let i: u32 = 0; i < 4; i++) {
    store<u8>(place + i, <u8>((value & 127) | 128));
    value >>>= 7;
  }
  store<u8>(place, <u8>value, 4);
}

export function copy(from: u32, bytes: u32): void {
  memory.copy(at, from, bytes);
  at += bytes;
}

export function get(local: u32): void {
  byte(Wasm.GET);
  unsigned(local);
}

export function set(local: u32): void {
  byte(Wasm.SET);
  unsigned(local);
}

export function tee(local: u32): void {
  byte(Wasm.TEE);
  unsigned(local);
}

export function i32Const(value: i32): void {
  byte(Wasm.I32_CONST);
  signed(<i64>value);
}

export function i64Const(value: i64): void {
  byte(Wasm.I64_CONST);
  signed(value);
}

export function f64Const(value: f64): void {
  byte(Wasm.F64_CONST);
  store<f64>(at, value);
  at += 8;
}

/** A load or store; the address stands on the stack, alignment is a hint that says nothing here. */
export function access(code: Wasm, offset: u32): void {
  byte(code);
  byte(0);
  unsigned(offset);
}
