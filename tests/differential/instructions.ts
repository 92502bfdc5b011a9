/*
 * What computes without memory: I, M, Zba, Zbb, Zbs, Zicond, C, F and D, by the shape of their operands.
 */

import * as asm from "../support/assembler.js";
import { F, type FReg, X } from "../support/assembler.js";
import type { Random } from "./random.js";
import type { Stream } from "./stream.js";

const { add, sub, sll, slt, sltu, xor, srl, sra, or, and, addw, subw, sllw, srlw, sraw } = asm;
const { mul, mulh, mulhsu, mulhu, div, divu, rem, remu, mulw, divw, divuw, remw, remuw } = asm;
const { add_uw, sh1add, sh2add, sh3add, sh1add_uw, sh2add_uw, sh3add_uw, andn, orn, xnor, min, minu, max, maxu } = asm;
const { rol, ror, rolw, rorw, bclr, bext, binv, bset, czero_eqz, czero_nez } = asm;

const OF_REGISTERS = [
  [add, sub, sll, slt, sltu, xor, srl, sra, or, and, addw, subw, sllw, srlw, sraw],
  [mul, mulh, mulhsu, mulhu, div, divu, rem, remu, mulw, divw, divuw, remw, remuw],
  [add_uw, sh1add, sh2add, sh3add, sh1add_uw, sh2add_uw, sh3add_uw, andn, orn, xnor, min, minu, max, maxu],
  [rol, ror, rolw, rorw, bclr, bext, binv, bset, czero_eqz, czero_nez],
].flat();
const OF_IMMEDIATE = [asm.addi, asm.slti, asm.sltiu, asm.xori, asm.ori, asm.andi, asm.addiw];
const OF_SHIFT_64 = [
  [asm.slli, asm.srli, asm.srai, asm.rori, asm.slli_uw],
  [asm.bclri, asm.bexti, asm.binvi, asm.bseti],
].flat();
const OF_SHIFT_32 = [asm.slliw, asm.srliw, asm.sraiw, asm.roriw];
const OF_ONE = [
  [asm.clz, asm.ctz, asm.cpop, asm.sext_b, asm.sext_h, asm.clzw, asm.ctzw, asm.cpopw],
  [asm.orc_b, asm.rev8, asm.zext_h],
].flat();

const immediate12 = (random: Random) =>
  random.once(3) ? random.of([0, 1, -1, 2047, -2048, 31, 63, -32]) : random.within(-2048, 2047);

/** An integer instruction that only computes. */
export function integerInsn(s: Stream): number {
  const { random } = s;
  return random.weighted<() => number>([
    [8, () => random.of(OF_REGISTERS)(s.rd(), s.rs(), s.rs())],
    [3, () => random.of(OF_IMMEDIATE)(s.rd(), s.rs(), immediate12(random))],
    [2, () => random.of(OF_SHIFT_64)(s.rd(), s.rs(), random.below(64))],
    [1, () => random.of(OF_SHIFT_32)(s.rd(), s.rs(), random.below(32))],
    [2, () => random.of(OF_ONE)(s.rd(), s.rs())],
    [1, () => asm.lui(s.rd(), random.below(1 << 20))],
    [1, () => asm.auipc(s.rd(), random.below(1 << 20))],
    [4, () => compressedInsn(s)],
  ])();
}

/** A number from -32 to 31 other than 0. */
const immediate6 = (random: Random) => random.of([random.within(-32, -1), random.within(1, 31)]);

function compressedInsn(s: Stream): number {
  const { random } = s;
  const { c } = asm;
  const popular = () => X[random.within(8, 15)]!;
  const nonzero = () => X[random.within(1, 31)]!;
  return random.weighted<() => number>([
    [1, () => c.addi4spn(s.popular(), random.within(1, 255) * 4)],
    [2, () => c.addi(s.rd(), immediate6(random))],
    [1, () => c.addiw(s.temporary(), immediate6(random))],
    [2, () => c.li(s.rd(), immediate6(random))],
    [1, () => c.lui(s.rd(), immediate6(random))],
    [1, () => random.of([c.srli, c.srai])(s.popular(), random.within(1, 63))],
    [1, () => c.andi(s.popular(), immediate6(random))],
    [3, () => random.of([c.sub, c.xor, c.or, c.and, c.subw, c.addw])(s.popular(), popular())],
    [1, () => c.slli(s.rd(), random.within(1, 63))],
    [2, () => random.of([c.mv, c.add])(s.rd(), nonzero())],
  ])();
}

const BINARY = [
  [asm.fadd_s, asm.fsub_s, asm.fmul_s, asm.fdiv_s],
  [asm.fadd_d, asm.fsub_d, asm.fmul_d, asm.fdiv_d],
].flat();
const FUSED = [
  [asm.fmadd_s, asm.fmsub_s, asm.fnmsub_s, asm.fnmadd_s],
  [asm.fmadd_d, asm.fmsub_d, asm.fnmsub_d, asm.fnmadd_d],
].flat();
const FLOAT_OF_ONE = [asm.fsqrt_s, asm.fsqrt_d, asm.fcvt_s_d, asm.fcvt_d_s];
const SELECT = [
  [asm.fsgnj_s, asm.fsgnjn_s, asm.fsgnjx_s, asm.fmin_s, asm.fmax_s],
  [asm.fsgnj_d, asm.fsgnjn_d, asm.fsgnjx_d, asm.fmin_d, asm.fmax_d],
].flat();
const COMPARE = [asm.feq_s, asm.flt_s, asm.fle_s, asm.feq_d, asm.flt_d, asm.fle_d];
const INSPECT = [asm.fclass_s, asm.fclass_d, asm.fmv_x_w, asm.fmv_x_d];
const TO_INTEGER = [
  [asm.fcvt_w_s, asm.fcvt_wu_s, asm.fcvt_l_s, asm.fcvt_lu_s],
  [asm.fcvt_w_d, asm.fcvt_wu_d, asm.fcvt_l_d, asm.fcvt_lu_d],
].flat();
const FROM_INTEGER = [
  [asm.fcvt_s_w, asm.fcvt_s_wu, asm.fcvt_s_l, asm.fcvt_s_lu],
  [asm.fcvt_d_w, asm.fcvt_d_wu, asm.fcvt_d_l, asm.fcvt_d_lu],
].flat();
const MOVE_IN = [asm.fmv_w_x, asm.fmv_d_x];

/** Rounding modes; 5 and 6 are reserved, 7 takes the one in frm. */
const roundingMode = (random: Random) => (random.once(40) ? random.of([5, 6]) : random.of([0, 1, 2, 3, 4, 7, 7]));

const f = (random: Random): FReg => random.of(F);

/** A floating-point instruction that only computes. */
export function floatInsn(s: Stream): number {
  const { random } = s;
  const rm = roundingMode(random);
  return random.weighted<() => number>([
    [6, () => random.of(BINARY)(f(random), f(random), f(random), rm)],
    [4, () => random.of(FUSED)(f(random), f(random), f(random), f(random), rm)],
    [3, () => random.of(FLOAT_OF_ONE)(f(random), f(random), rm)],
    [3, () => random.of(SELECT)(f(random), f(random), f(random))],
    [2, () => random.of(COMPARE)(s.rd(), f(random), f(random))],
    [2, () => random.of(INSPECT)(s.rd(), f(random))],
    [3, () => random.of(TO_INTEGER)(s.rd(), f(random), rm)],
    [3, () => random.of(FROM_INTEGER)(f(random), s.rs(), rm)],
    [2, () => random.of(MOVE_IN)(f(random), s.rs())],
  ])();
}
