/*
 * Integer computation: I, M, Zba, Zbb, Zbs and Zicond [unpriv 2.4, 4.2, 11, 12, 31].
 *
 * One instruction, one function with the manual's mnemonic, operands in the manual's order. Register operands are byte offsets into the register file (slot.ts),
 * immediates are sign-extended already. The compiler inlines them all into the interpreter's loop.
 */

import { setX, x } from "../hart/hart";

/** A 32-bit result as RV64 keeps it: sign-extended [unpriv 4.2]. */
function word(value: i32): u64 {
  return <u64>(<i64>value);
}

function shamt(r: u32): u64 {
  return x(r) & 63;
}

function shamt32(r: u32): u32 {
  return <u32>x(r) & 31;
}

// I

export function addi(rd: u32, rs1: u32, imm: i32): void {
  setX(rd, x(rs1) + <u64>(<i64>imm));
}

export function slti(rd: u32, rs1: u32, imm: i32): void {
  setX(rd, <i64>x(rs1) < <i64>imm ? 1 : 0);
}

export function sltiu(rd: u32, rs1: u32, imm: i32): void {
  setX(rd, x(rs1) < <u64>(<i64>imm) ? 1 : 0);
}

export function xori(rd: u32, rs1: u32, imm: i32): void {
  setX(rd, x(rs1) ^ <u64>(<i64>imm));
}

export function ori(rd: u32, rs1: u32, imm: i32): void {
  setX(rd, x(rs1) | <u64>(<i64>imm));
}

export function andi(rd: u32, rs1: u32, imm: i32): void {
  setX(rd, x(rs1) & <u64>(<i64>imm));
}

export function slli(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, x(rs1) << (<u64>shamt));
}

export function srli(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, x(rs1) >> <u64>shamt);
}

export function srai(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, <u64>(<i64>x(rs1) >> <i64>shamt));
}

export function addiw(rd: u32, rs1: u32, imm: i32): void {
  setX(rd, word(<i32>x(rs1) + imm));
}

export function slliw(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, word((<i32>x(rs1)) << shamt));
}

export function srliw(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, word(<i32>(<u32>x(rs1) >> <u32>shamt)));
}

export function sraiw(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, word(<i32>x(rs1) >> shamt));
}

/** lui and c.li: the immediate as it is. */
export function li(rd: u32, imm: i32): void {
  setX(rd, <u64>(<i64>imm));
}

export function auipc(rd: u32, pc: u64, imm: i32): void {
  setX(rd, pc + <u64>(<i64>imm));
}

export function add(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) + x(rs2));
}

export function sub(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) - x(rs2));
}

export function sll(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) << shamt(rs2));
}

export function slt(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, <i64>x(rs1) < <i64>x(rs2) ? 1 : 0);
}

export function sltu(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) < x(rs2) ? 1 : 0);
}

export function xor(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) ^ x(rs2));
}

export function srl(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) >> shamt(rs2));
}

export function sra(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, <u64>(<i64>x(rs1) >> <i64>shamt(rs2)));
}

export function or(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) | x(rs2));
}

export function and(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) & x(rs2));
}

export function addw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, word(<i32>x(rs1) + <i32>x(rs2)));
}

export function subw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, word(<i32>x(rs1) - <i32>x(rs2)));
}

export function sllw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, word(<i32>((<u32>x(rs1)) << shamt32(rs2))));
}

export function srlw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, word(<i32>(<u32>x(rs1) >> shamt32(rs2))));
}

export function sraw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, word(<i32>x(rs1) >> <i32>shamt32(rs2)));
}

export function mv(rd: u32, rs2: u32): void {
  setX(rd, x(rs2));
}

// M

export function mul(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) * x(rs2));
}

/** The high half of an unsigned 64 x 64-bit product, from four products of 32 bits. */
function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffff_ffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffff_ffff;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const carry = aLow * bHigh + (middle & 0xffff_ffff);
  return aHigh * bHigh + (middle >> 32) + (carry >> 32);
}

/** x if the other operand is negative: what a signed factor takes from the unsigned product. */
function correction(factor: u64, other: u64): u64 {
  return <u64>(<i64>other >> 63) & factor;
}

export function mulh(rd: u32, rs1: u32, rs2: u32): void {
  const a = x(rs1);
  const b = x(rs2);
  setX(rd, multiplyHigh(a, b) - correction(a, b) - correction(b, a));
}

export function mulhsu(rd: u32, rs1: u32, rs2: u32): void {
  const a = x(rs1);
  const b = x(rs2);
  setX(rd, multiplyHigh(a, b) - correction(b, a));
}

export function mulhu(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, multiplyHigh(x(rs1), x(rs2)));
}

export function div(rd: u32, rs1: u32, rs2: u32): void {
  const a = <i64>x(rs1);
  const b = <i64>x(rs2);
  // Division by -1 is negation, which gives the overflow case its result too [unpriv 12.2].
  setX(rd, b == 0 ? <u64>-1 : b == -1 ? <u64>-a : <u64>(a / b));
}

export function divu(rd: u32, rs1: u32, rs2: u32): void {
  const b = x(rs2);
  setX(rd, b == 0 ? <u64>-1 : x(rs1) / b);
}

export function rem(rd: u32, rs1: u32, rs2: u32): void {
  const a = <i64>x(rs1);
  const b = <i64>x(rs2);
  setX(rd, b == 0 ? <u64>a : b == -1 ? 0 : <u64>(a % b));
}

export function remu(rd: u32, rs1: u32, rs2: u32): void {
  const a = x(rs1);
  const b = x(rs2);
  setX(rd, b == 0 ? a : a % b);
}

export function mulw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, word(<i32>x(rs1) * <i32>x(rs2)));
}

export function divw(rd: u32, rs1: u32, rs2: u32): void {
  const a = <i32>x(rs1);
  const b = <i32>x(rs2);
  setX(rd, word(b == 0 ? -1 : b == -1 ? -a : a / b));
}

export function divuw(rd: u32, rs1: u32, rs2: u32): void {
  const b = <u32>x(rs2);
  setX(rd, word(b == 0 ? -1 : <i32>(<u32>x(rs1) / b)));
}

export function remw(rd: u32, rs1: u32, rs2: u32): void {
  const a = <i32>x(rs1);
  const b = <i32>x(rs2);
  setX(rd, word(b == 0 ? a : b == -1 ? 0 : a % b));
}

export function remuw(rd: u32, rs1: u32, rs2: u32): void {
  const a = <u32>x(rs1);
  const b = <u32>x(rs2);
  setX(rd, word(<i32>(b == 0 ? a : a % b)));
}

// Zba

export function add_uw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, (x(rs1) & 0xffff_ffff) + x(rs2));
}

export function sh1add(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, (x(rs1) << 1) + x(rs2));
}

export function sh2add(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, (x(rs1) << 2) + x(rs2));
}

export function sh3add(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, (x(rs1) << 3) + x(rs2));
}

export function sh1add_uw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, ((x(rs1) & 0xffff_ffff) << 1) + x(rs2));
}

export function sh2add_uw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, ((x(rs1) & 0xffff_ffff) << 2) + x(rs2));
}

export function sh3add_uw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, ((x(rs1) & 0xffff_ffff) << 3) + x(rs2));
}

export function slli_uw(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, (x(rs1) & 0xffff_ffff) << (<u64>shamt));
}

// Zbb

export function andn(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) & ~x(rs2));
}

export function orn(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) | ~x(rs2));
}

export function xnor(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, ~(x(rs1) ^ x(rs2)));
}

export function clz_(rd: u32, rs: u32): void {
  setX(rd, clz(x(rs)));
}

export function ctz_(rd: u32, rs: u32): void {
  setX(rd, ctz(x(rs)));
}

export function cpop(rd: u32, rs: u32): void {
  setX(rd, popcnt(x(rs)));
}

export function clzw(rd: u32, rs: u32): void {
  setX(rd, <u64>clz(<u32>x(rs)));
}

export function ctzw(rd: u32, rs: u32): void {
  setX(rd, <u64>ctz(<u32>x(rs)));
}

export function cpopw(rd: u32, rs: u32): void {
  setX(rd, <u64>popcnt(<u32>x(rs)));
}

export function max_(rd: u32, rs1: u32, rs2: u32): void {
  const a = <i64>x(rs1);
  const b = <i64>x(rs2);
  setX(rd, <u64>(a > b ? a : b));
}

export function maxu(rd: u32, rs1: u32, rs2: u32): void {
  const a = x(rs1);
  const b = x(rs2);
  setX(rd, a > b ? a : b);
}

export function min_(rd: u32, rs1: u32, rs2: u32): void {
  const a = <i64>x(rs1);
  const b = <i64>x(rs2);
  setX(rd, <u64>(a < b ? a : b));
}

export function minu(rd: u32, rs1: u32, rs2: u32): void {
  const a = x(rs1);
  const b = x(rs2);
  setX(rd, a < b ? a : b);
}

export function sext_b(rd: u32, rs: u32): void {
  setX(rd, <u64>(<i64>(<i8>x(rs))));
}

export function sext_h(rd: u32, rs: u32): void {
  setX(rd, <u64>(<i64>(<i16>x(rs))));
}

export function zext_h(rd: u32, rs: u32): void {
  setX(rd, x(rs) & 0xffff);
}

export function rol(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, rotl(x(rs1), shamt(rs2)));
}

export function ror(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, rotr(x(rs1), shamt(rs2)));
}

export function rori(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, rotr(x(rs1), <u64>shamt));
}

export function rolw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, word(<i32>rotl(<u32>x(rs1), shamt32(rs2))));
}

export function rorw(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, word(<i32>rotr(<u32>x(rs1), shamt32(rs2))));
}

export function roriw(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, word(<i32>rotr(<u32>x(rs1), <u32>shamt)));
}

/** Each byte becomes 0xff unless it is zero. */
export function orc_b(rd: u32, rs: u32): void {
  const a = x(rs);
  // The top bit of a byte is set if any of its bits is; the multiplication spreads it over the byte.
  const any = ((((a & 0x7f7f_7f7f_7f7f_7f7f) + 0x7f7f_7f7f_7f7f_7f7f) | a) >> 7) & 0x0101_0101_0101_0101;
  setX(rd, any * 255);
}

export function rev8(rd: u32, rs: u32): void {
  setX(rd, bswap(x(rs)));
}

// Zbs

export function bclr(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) & ~((<u64>1) << shamt(rs2)));
}

export function bext(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, (x(rs1) >> shamt(rs2)) & 1);
}

export function binv(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) ^ ((<u64>1) << shamt(rs2)));
}

export function bset(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs1) | ((<u64>1) << shamt(rs2)));
}

export function bclri(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, x(rs1) & ~((<u64>1) << (<u64>shamt)));
}

export function bexti(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, (x(rs1) >> <u64>shamt) & 1);
}

export function binvi(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, x(rs1) ^ ((<u64>1) << (<u64>shamt)));
}

export function bseti(rd: u32, rs1: u32, shamt: i32): void {
  setX(rd, x(rs1) | ((<u64>1) << (<u64>shamt)));
}

// Zicond

export function czero_eqz(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs2) == 0 ? 0 : x(rs1));
}

export function czero_nez(rd: u32, rs1: u32, rs2: u32): void {
  setX(rd, x(rs2) != 0 ? 0 : x(rs1));
}
