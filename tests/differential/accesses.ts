/*
 * What touches memory: loads, stores, atomics, cache blocks. The base is a pointer register or one derived from it, so that most
 * accesses lie in the data and some beside it.
 */

import * as asm from "../support/assembler.js";
import { F, type XReg } from "../support/assembler.js";
import { integerInsn } from "./instructions.js";
import type { Random } from "./random.js";
import { SP, type Stream } from "./stream.js";

const LOADS = [asm.lb, asm.lh, asm.lw, asm.ld, asm.lbu, asm.lhu, asm.lwu];
const STORES = [asm.sb, asm.sh, asm.sw, asm.sd];
const AMOS_W = [
  [asm.amoswap_w, asm.amoadd_w, asm.amoxor_w, asm.amoand_w, asm.amoor_w],
  [asm.amomin_w, asm.amomax_w, asm.amominu_w, asm.amomaxu_w, asm.amocas_w],
].flat();
const AMOS_D = [
  [asm.amoswap_d, asm.amoadd_d, asm.amoxor_d, asm.amoand_d, asm.amoor_d],
  [asm.amomin_d, asm.amomax_d, asm.amominu_d, asm.amomaxu_d, asm.amocas_d],
].flat();
const ORDERS = ["", "aq", "rl", "aqrl"] as const;

/** Multiples of 8 more often than not. */
const offset = (random: Random) => (random.once(3) ? random.within(-2048, 2047) : random.within(-256, 255) * 8);

/** A load or store, of integer registers or floating-point ones. */
export function accessInsn(s: Stream, base = s.pointer()): number {
  const { random } = s;
  return random.weighted<() => number>([
    [6, () => random.of(LOADS)(s.rd(), offset(random), base)],
    [5, () => random.of(STORES)(s.rs(), offset(random), base)],
    [2, () => random.of([asm.flw, asm.fld])(random.of(F), offset(random), base)],
    [2, () => random.of([asm.fsw, asm.fsd])(random.of(F), offset(random), base)],
    [3, () => compressedAccess(s)],
  ])();
}

/** Loads and stores by how many bytes they have. */
const BY_SIZE: readonly (readonly [number, readonly ((reg: XReg, offset: number, base: XReg) => number)[]])[] = [
  [1, [asm.lb, asm.lbu, asm.sb]],
  [2, [asm.lh, asm.lhu, asm.sh]],
  [4, [asm.lw, asm.lwu, asm.sw]],
  [8, [asm.ld, asm.sd]],
];

/** A naturally aligned load or store near `base`, which is a multiple of 8. */
export function alignedAccessInsn(s: Stream, base = SP): number {
  const { random } = s;
  const [bytes, insns] = random.of(BY_SIZE);
  const insn = random.of(insns);
  const reg = STORES.includes(insn as never) ? s.rs() : s.rd();
  return insn(reg, random.within(-1024 / bytes, 1024 / bytes - 1) * bytes * 2 + random.below(2) * bytes, base);
}

function compressedAccess(s: Stream): number {
  const { random } = s;
  const { c } = asm;
  const base = s.popularPointer;
  const popularFloat = () => F[random.within(8, 15)]!;
  return random.weighted<() => number>([
    [2, () => c.lw(s.popular(), random.below(32) * 4, base)],
    [2, () => c.ld(s.popular(), random.below(32) * 8, base)],
    [2, () => c.sw(s.popular(), random.below(32) * 4, base)],
    [2, () => c.sd(s.popular(), random.below(32) * 8, base)],
    [1, () => c.fld(popularFloat(), random.below(32) * 8, base)],
    [1, () => c.fsd(popularFloat(), random.below(32) * 8, base)],
    [1, () => c.lwsp(s.temporary(), random.below(64) * 4)],
    [1, () => c.ldsp(s.temporary(), random.below(64) * 8)],
    [1, () => c.swsp(s.rs(), random.below(64) * 4)],
    [1, () => c.sdsp(s.rs(), random.below(64) * 8)],
    [1, () => c.fldsp(random.of(F), random.below(64) * 8)],
    [1, () => c.fsdsp(random.of(F), random.below(64) * 8)],
  ])();
}

/** An address in a register that is not a pointer: aligned to 16 bytes, or anything. */
function address(s: Stream, base: XReg): XReg {
  const { random } = s;
  const at = s.temporary();
  s.emit(asm.addi(at, base, random.within(-128, 127) * 16));
  if (!random.once(12)) s.emit(asm.andi(at, at, -16));
  return at;
}

/** An atomic memory operation, of up to 8 bytes unless `quad`. */
export function emitAmo(s: Stream, base = s.pointer(), quad = true): void {
  const { random } = s;
  const at = address(s, base);
  const order = random.of(ORDERS);
  // amocas with rd = x0: "Register x0 is hardwired with all bits equal to 0" [unpriv 2.1], but in QEMU 10.0 the instructions behind it in
  // the same translated block read the old memory value as x0: gen_cmpxchg writes to the constant that stands for x0.
  if (quad && random.once(8)) {
    // Pairs of registers begin with even ones [unpriv 16.1].
    const rd = s.temporary();
    const rs2 = s.rs();
    const pairs = ((rd | rs2) & 1) === 0 && s.mayWrite((rd + 1) as XReg);
    if (pairs || (rd & 1) === 1) s.emit(asm.amocas_q(rd, rs2, at, order));
    return;
  }
  const amo = random.of(random.once(2) ? AMOS_W : AMOS_D);
  const rd = amo === asm.amocas_w || amo === asm.amocas_d ? s.temporary() : s.rd();
  s.emit(amo(rd, s.rs(), at, order));
}

/** A load reservation and its store, with what makes the store fail now and then. */
export function emitReservation(s: Stream, base = s.pointer()): void {
  const { random } = s;
  const at = address(s, base);
  const wide = random.once(2);
  const loaded = s.temporary();
  const order = random.of(ORDERS);
  if (loaded === at) return;
  s.emit((wide ? asm.lr_d : asm.lr_w)(loaded, at, order));
  const keep = s.piece(() => {
    for (let n = random.below(4); n > 0; n--) s.emit(integerInsn(s));
  }, at);
  s.emit(...keep.items);
  // Another value in place of the loaded one, by the hart itself.
  if (random.once(6)) s.emit(asm.xori(loaded, loaded, 1), (wide ? asm.sd : asm.sw)(loaded, 0, at));
  const target = random.once(8) ? s.temporary() : at;
  // Another address, which may hold the same value.
  if (target !== at) s.emit(asm.addi(target, at, 16));
  if (target !== at && target !== loaded && random.once(2)) s.emit((wide ? asm.sd : asm.sw)(loaded, 0, target));
  const result = s.rd();
  s.emit((wide ? asm.sc_d : asm.sc_w)(result, s.rs(), target, random.of(ORDERS)));
  // Once more: the reservation is gone [unpriv 13.2].
  if (result !== at && random.once(6)) s.emit((wide ? asm.sc_d : asm.sc_w)(s.rd(), s.rs(), at));
}

/** Cache-block management, prefetches, fences, and waits on a reservation if `waits`. */
export function emitBlock(s: Stream, base = s.pointer(), waits = true): void {
  const { random } = s;
  const insn = random.weighted<() => number>([
    [2, () => random.of([asm.cbo_inval, asm.cbo_clean, asm.cbo_flush])(base)],
    [2, () => asm.cbo_zero(base)],
    [1, () => random.of([asm.prefetch_i, asm.prefetch_r, asm.prefetch_w])(random.within(-64, 63) * 32, s.rs())],
    [1, () => random.of([asm.fence(), asm.fence("r", "w"), asm.fence_tso(), asm.fence_i(), asm.pause()])],
    [waits ? 1 : 0, () => random.of([asm.wrs_nto(), asm.wrs_sto()])],
  ])();
  s.emit(insn);
}

/** Moves a pointer that is not the stack pointer near to the stack pointer. */
export function emitMovePointer(s: Stream): void {
  const { random } = s;
  const pointer = random.of(s.pointers.slice(1));
  s.emit(asm.addi(pointer, SP, random.within(-2048, 2047)));
}
