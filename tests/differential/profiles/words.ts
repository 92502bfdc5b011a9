/*
 * Programs of random encodings: what the assembler would never write. Most are illegal; what is not must do what its bits say, with the
 * reserved and the hint encodings among them. Only fields whose values would lead out of the case are held: bases of memory accesses,
 * destinations that are pointers, and everything that jumps.
 */

import * as asm from "../../support/assembler.js";
import { CODE_ENOUGH, type Draft, PRIV_M, PRIV_S, PRIV_U } from "../case.js";
import type { Random } from "../random.js";
import type { Stream } from "../stream.js";
import { emitStep } from "./computing.js";

const AMO = 0x2f;
const MISC_MEM = 0x0f;
const SYSTEM = 0x73;
const COMPUTING = [0x33, 0x3b, 0x13, 0x1b, 0x53, 0x43, 0x47, 0x4b, 0x4f];
const ACCESSING = [0x03, 0x23, 0x07, 0x27];
/** Custom and reserved opcodes, V, and those of instructions longer than 32 bits [unpriv 37]. */
const ABSENT = [0x0b, 0x2b, 0x5b, 0x7b, 0x57, 0x6b, 0x77, 0x1f, 0x3f, 0x5f, 0x7f];

const withRd = (insn: number, rd: number) => ((insn & ~0xf80) | (rd << 7)) >>> 0;
const withRs1 = (insn: number, rs1: number) => ((insn & ~0xf_8000) | (rs1 << 15)) >>> 0;
const withFunct3 = (insn: number, funct3: number) => ((insn & ~0x7000) | (funct3 << 12)) >>> 0;
const opcode = (random: Random, op: number) => ((random.u32() & ~0x7f) | op) >>> 0;

/** Bits above the registers that are near to something that exists. */
function computingWord(s: Stream): number {
  const { random } = s;
  const insn = withRd(opcode(random, random.of(COMPUTING)), s.rd());
  if (random.once(2)) return insn;
  const funct7 = random.of([0, 1, 0x20, 0x10, 0x05, 0x07, 0x04, 0x30, 0x14, 0x24, 0x34, 0x60 >> 1, 0x68 >> 1]);
  return ((insn & 0x01ff_ffff) | (funct7 << 25)) >>> 0;
}

function emitAmoWord(s: Stream): void {
  const { random } = s;
  const at = s.temporary();
  const rd = s.temporary();
  const insn = withRs1(withRd(opcode(random, AMO), rd), at);
  const funct5 = insn >>> 27;
  // Whether a reservation outlives a trap is the implementation's choice [unpriv 13.2], and here everything traps.
  if (funct5 === 2 || funct5 === 3) return;
  if (funct5 === 5 && !s.mayWrite((rd + 1) as asm.XReg)) return;
  s.emit(asm.addi(at, s.pointer(), random.within(-64, 63) * 16), asm.andi(at, at, -16));
  s.emit(random.once(3) ? insn : withFunct3(insn, random.within(2, 4)));
}

/** Not what changes the mode or waits: ecall, sret, mret, wfi have their places elsewhere. */
function systemWord(s: Stream, mode: number): number {
  const { random } = s;
  let insn = withRd(opcode(random, SYSTEM), random.once(2) ? 0 : s.rd());
  insn = withFunct3(insn, random.once(4) ? 4 : 0);
  if (random.once(2)) insn = withRs1(insn, 0);
  const funct12 = random.of([0x001, 0x002, 0x00d, 0x01d, 0x104, 0x120, 0x160, 0x180, 0x181, 0x202, 0x702, 0x7b2]);
  if (random.once(2)) insn = ((insn & 0x000f_ffff) | (funct12 << 20)) >>> 0;
  const elsewhere = [asm.ecall(), asm.sret(), asm.mret(), asm.wfi()];
  // QEMU lets U-mode execute these two, see privileged.ts.
  if (mode === PRIV_U) elsewhere.push(asm.sfence_w_inval(), asm.sfence_inval_ir());
  return elsewhere.includes(insn) ? asm.ebreak() : insn;
}

/** 16 bits; 0 stands for one that cannot be used. */
function compressedWord(s: Stream): number {
  const { random } = s;
  const funct3 = random.below(8);
  const quadrant = random.below(3);
  let insn = (random.below(0x1_0000) & 0x1ffc) | (funct3 << 13) | quadrant;
  const popular = (at: number, x: number) => (insn & ~(7 << at)) | ((x - 8) << at);
  const rd = (x: number) => (insn & ~0xf80) | (x << 7);
  if (quadrant === 0) {
    if (funct3 !== 0) insn = popular(7, s.popularPointer);
    if (funct3 < 4) insn = popular(2, s.popular());
    return insn;
  }
  if (quadrant === 1) {
    if (funct3 >= 5) return 0;
    return funct3 === 4 ? popular(7, s.popular()) : rd(s.rd());
  }
  if (funct3 < 4) return rd(s.rd());
  if (funct3 > 4) return insn;
  // c.jr and c.jalr; with x0 they are reserved and c.ebreak.
  return rd((insn & 0x7c) === 0 ? 0 : s.rd());
}

function emitWord(s: Stream, mode: number): void {
  const { random } = s;
  random.weighted<() => void>([
    [6, () => s.emit(computingWord(s))],
    [6, () => s.emit(compressedWord(s) || asm.nop())],
    [2, () => s.emit(withRs1(withRd(opcode(random, random.of(ACCESSING)), s.rd()), s.pointer()))],
    [2, () => emitAmoWord(s)],
    [1, () => s.emit(withRs1(withRd(opcode(random, MISC_MEM), random.once(2) ? 0 : s.rd()), s.pointer()))],
    [1, () => s.emit(systemWord(s, mode))],
    [1, () => s.emit(opcode(random, random.of(ABSENT)))],
    [1, () => s.emit(withFunct3(opcode(random, 0x67), random.within(1, 7)))],
    [1, () => s.emit(withFunct3(opcode(random, 0x63), random.within(2, 3)))],
  ])();
}

export function words(draft: Draft): void {
  const { stream: s, random } = draft;
  draft.mode = random.of([PRIV_M, PRIV_S, PRIV_U]);
  if (random.once(2)) draft.setCsr("medeleg", 0xb0ffn);
  while (s.bytes < CODE_ENOUGH - 2000) {
    emitWord(s, draft.mode);
    if (random.once(2)) emitStep(s, { integer: 4, float: 2, access: 2, atomic: 0, control: 0 });
  }
}
