/*
 * C: 16-bit instructions under the manual's names, `c.addi4spn(rd, 16)` [unpriv 27].
 *
 * Immediates are in bytes, as in assembly text. Reserved operands (x0 where the manual excludes it, a zero immediate) are
 * refused, except for HINTs; tests of reserved encodings write the number itself.
 */

import { bits, nonzero, popular, signed, unsigned } from "./fields.js";
import { type Item, type Part, relative } from "./program.js";
import type { FReg, XReg } from "./registers.js";

interface Jump {
  (target: number): number;
  (target: string): Part;
  (target: number | string): Item;
}
interface Branch {
  (rs1: XReg, target: number): number;
  (rs1: XReg, target: string): Part;
  (rs1: XReg, target: number | string): Item;
}

/** Puts bits `[high, low]` of `value` where each field of the encoding wants them. */
const scatter = (value: number, ...fields: [high: number, low: number, at: number][]) =>
  fields.reduce((sum, [high, low, at]) => sum | bits(value, high, low, at), 0);

const half = (quadrant: number, funct3: number, rest: number) => (funct3 << 13) | rest | quadrant;

/** A non-zero signed six-bit immediate in bits 12 and 6:2. */
function imm6(name: string, imm: number): number {
  return scatter(signed(name, imm, 6), [5, 5, 12], [4, 0, 2]);
}

function shamt6(name: string, shamt: number): number {
  if (shamt === 0) throw new RangeError(`${name}: a shift by 0 is a hint`);
  return scatter(unsigned(name, shamt, 6), [5, 5, 12], [4, 0, 2]);
}

// Offsets of loads and stores, by access size and base.
const word: Offset = (n, o) => scatter(unsigned(n, o, 7, 4), [5, 3, 10], [2, 2, 6], [6, 6, 5]);
const dword: Offset = (n, o) => scatter(unsigned(n, o, 8, 8), [5, 3, 10], [7, 6, 5]);
const wordFromSp: Offset = (n, o) => scatter(unsigned(n, o, 8, 4), [5, 5, 12], [4, 2, 4], [7, 6, 2]);
const dwordFromSp: Offset = (n, o) => scatter(unsigned(n, o, 9, 8), [5, 5, 12], [4, 3, 5], [8, 6, 2]);
const wordToSp: Offset = (n, o) => scatter(unsigned(n, o, 8, 4), [5, 2, 9], [7, 6, 7]);
const dwordToSp: Offset = (n, o) => scatter(unsigned(n, o, 9, 8), [5, 3, 10], [8, 6, 7]);

type Offset = (name: string, offset: number) => number;
const based =
  <R extends XReg | FReg>(name: string, funct3: number, encode: Offset) =>
  (reg: R, offset: number, rs1: XReg) =>
    half(0, funct3, encode(name, offset) | (popular(name, rs1) << 7) | (popular(name, reg) << 2));
const storeToSp =
  <R extends XReg | FReg>(name: string, funct3: number, encode: Offset) =>
  (rs2: R, offset: number) =>
    half(2, funct3, encode(name, offset) | (rs2 << 2));

const arithmetic = (name: string, funct6: number, funct2: number) => (rd: XReg, rs2: XReg) =>
  (funct6 << 10) | (popular(name, rd) << 7) | (funct2 << 5) | (popular(name, rs2) << 2) | 1;
const shifted = (name: string, funct2: number) => (rd: XReg, shamt: number) =>
  half(1, 4, shamt6(name, shamt) | (funct2 << 10) | (popular(name, rd) << 7));

function jump(): Jump {
  const encode = (distance: number) => {
    const high = scatter(signed("c.j", distance, 12, 2), [11, 11, 12], [4, 4, 11], [9, 8, 9], [10, 10, 8]);
    return half(1, 5, high | scatter(distance, [6, 6, 7], [7, 7, 6], [3, 1, 3], [5, 5, 2]));
  };
  return ((t: number | string) => (typeof t === "number" ? encode(t) : relative(2, t, encode))) as Jump;
}

function branch(name: string, funct3: number): Branch {
  const encode = (rs1: XReg, distance: number) => {
    const fields = scatter(signed(name, distance, 9, 2), [8, 8, 12], [4, 3, 10], [7, 6, 5], [2, 1, 3], [5, 5, 2]);
    return half(1, funct3, fields | (popular(name, rs1) << 7));
  };
  return ((rs1: XReg, t: number | string) =>
    typeof t === "number" ? encode(rs1, t) : relative(2, t, (d) => encode(rs1, d))) as Branch;
}

export const c = {
  // ---- Quadrant 0 ---------------------------------------------------------------------------------------------------
  addi4spn(rd: XReg, imm: number): number {
    if (imm === 0) throw new RangeError("c.addi4spn: immediate 0 is reserved");
    const fields = scatter(unsigned("c.addi4spn", imm, 10, 4), [5, 4, 11], [9, 6, 7], [2, 2, 6], [3, 3, 5]);
    return half(0, 0, fields | (popular("c.addi4spn", rd) << 2));
  },
  fld: based<FReg>("c.fld", 1, dword),
  lw: based<XReg>("c.lw", 2, word),
  ld: based<XReg>("c.ld", 3, dword),
  fsd: based<FReg>("c.fsd", 5, dword),
  sw: based<XReg>("c.sw", 6, word),
  sd: based<XReg>("c.sd", 7, dword),

  // ---- Quadrant 1 ---------------------------------------------------------------------------------------------------
  nop: () => 0x0001,
  addi: (rd: XReg, imm: number) => half(1, 0, imm6("c.addi", imm) | (rd << 7)),
  addiw: (rd: XReg, imm: number) => half(1, 1, imm6("c.addiw", imm) | (nonzero("c.addiw", rd) << 7)),
  li: (rd: XReg, imm: number) => half(1, 2, imm6("c.li", imm) | (rd << 7)),
  addi16sp(imm: number): number {
    if (imm === 0) throw new RangeError("c.addi16sp: immediate 0 is reserved");
    const fields = scatter(signed("c.addi16sp", imm, 10, 16), [9, 9, 12], [4, 4, 6], [6, 6, 5], [8, 7, 3], [5, 5, 2]);
    return half(1, 3, fields | (2 << 7));
  },
  /** `imm` is the value for bits 17:12, -32..31 without 0. */
  lui(rd: XReg, imm: number): number {
    if (rd === 2) throw new RangeError("c.lui: register x2 is c.addi16sp");
    if (imm === 0) throw new RangeError("c.lui: immediate 0 is reserved");
    return half(1, 3, imm6("c.lui", imm) | (rd << 7));
  },
  srli: shifted("c.srli", 0),
  srai: shifted("c.srai", 1),
  andi: (rd: XReg, imm: number) => half(1, 4, imm6("c.andi", imm) | (2 << 10) | (popular("c.andi", rd) << 7)),
  sub: arithmetic("c.sub", 0x23, 0),
  xor: arithmetic("c.xor", 0x23, 1),
  or: arithmetic("c.or", 0x23, 2),
  and: arithmetic("c.and", 0x23, 3),
  subw: arithmetic("c.subw", 0x27, 0),
  addw: arithmetic("c.addw", 0x27, 1),
  j: jump(),
  beqz: branch("c.beqz", 6),
  bnez: branch("c.bnez", 7),

  // ---- Quadrant 2 ---------------------------------------------------------------------------------------------------
  slli: (rd: XReg, shamt: number) => half(2, 0, shamt6("c.slli", shamt) | (rd << 7)),
  fldsp: (rd: FReg, offset: number) => half(2, 1, dwordFromSp("c.fldsp", offset) | (rd << 7)),
  lwsp: (rd: XReg, offset: number) => half(2, 2, wordFromSp("c.lwsp", offset) | (nonzero("c.lwsp", rd) << 7)),
  ldsp: (rd: XReg, offset: number) => half(2, 3, dwordFromSp("c.ldsp", offset) | (nonzero("c.ldsp", rd) << 7)),
  jr: (rs1: XReg) => half(2, 4, nonzero("c.jr", rs1) << 7),
  mv: (rd: XReg, rs2: XReg) => half(2, 4, (rd << 7) | (nonzero("c.mv", rs2) << 2)),
  ebreak: () => 0x9002,
  jalr: (rs1: XReg) => half(2, 4, (1 << 12) | (nonzero("c.jalr", rs1) << 7)),
  add: (rd: XReg, rs2: XReg) => half(2, 4, (1 << 12) | (rd << 7) | (nonzero("c.add", rs2) << 2)),
  fsdsp: storeToSp<FReg>("c.fsdsp", 5, dwordToSp),
  swsp: storeToSp<XReg>("c.swsp", 6, wordToSp),
  sdsp: storeToSp<XReg>("c.sdsp", 7, dwordToSp),
};
