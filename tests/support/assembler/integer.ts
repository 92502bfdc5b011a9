/*
 * RV64I and M, with the pseudo-instructions of the assembly manual [unpriv 2, 4, 13; asm-manual].
 *
 * Operands stand as in assembly text: `ld(rd, offset, rs1)`, `sd(rs2, offset, rs1)`, `jalr(rd, offset, rs1)`. Branches
 * and jumps take a distance in bytes or the name of a label.
 */

import { bType, iType, jType, rType, signed, sType, unsigned, uType } from "./fields.js";
import { type Item, type Part, relative } from "./program.js";
import { ra, t1, type XReg, zero } from "./registers.js";

const OP = 0x33;
const OP_32 = 0x3b;
const OP_IMM = 0x13;
const OP_IMM_32 = 0x1b;

// ---- Register and register ----------------------------------------------------------------------------------------

const register = (opcode: number, funct3: number, funct7: number) => (rd: XReg, rs1: XReg, rs2: XReg) =>
  rType(opcode, funct3, funct7, rd, rs1, rs2);

export const add = register(OP, 0, 0);
export const sub = register(OP, 0, 32);
export const sll = register(OP, 1, 0);
export const slt = register(OP, 2, 0);
export const sltu = register(OP, 3, 0);
export const xor = register(OP, 4, 0);
export const srl = register(OP, 5, 0);
export const sra = register(OP, 5, 32);
export const or = register(OP, 6, 0);
export const and = register(OP, 7, 0);
export const addw = register(OP_32, 0, 0);
export const subw = register(OP_32, 0, 32);
export const sllw = register(OP_32, 1, 0);
export const srlw = register(OP_32, 5, 0);
export const sraw = register(OP_32, 5, 32);

export const mul = register(OP, 0, 1);
export const mulh = register(OP, 1, 1);
export const mulhsu = register(OP, 2, 1);
export const mulhu = register(OP, 3, 1);
export const div = register(OP, 4, 1);
export const divu = register(OP, 5, 1);
export const rem = register(OP, 6, 1);
export const remu = register(OP, 7, 1);
export const mulw = register(OP_32, 0, 1);
export const divw = register(OP_32, 4, 1);
export const divuw = register(OP_32, 5, 1);
export const remw = register(OP_32, 6, 1);
export const remuw = register(OP_32, 7, 1);

// ---- Register and immediate ---------------------------------------------------------------------------------------

const immediate = (name: string, opcode: number, funct3: number) => (rd: XReg, rs1: XReg, imm: number) =>
  iType(opcode, funct3, rd, rs1, signed(name, imm, 12));

export const addi = immediate("addi", OP_IMM, 0);
export const slti = immediate("slti", OP_IMM, 2);
export const sltiu = immediate("sltiu", OP_IMM, 3);
export const xori = immediate("xori", OP_IMM, 4);
export const ori = immediate("ori", OP_IMM, 6);
export const andi = immediate("andi", OP_IMM, 7);
export const addiw = immediate("addiw", OP_IMM_32, 0);

/** A shift by a constant; `high` holds the upper bits of the immediate. */
export const shift =
  (name: string, opcode: number, funct3: number, high: number, width: number) => (rd: XReg, rs1: XReg, shamt: number) =>
    iType(opcode, funct3, rd, rs1, high | unsigned(name, shamt, width));

export const slli = shift("slli", OP_IMM, 1, 0, 6);
export const srli = shift("srli", OP_IMM, 5, 0, 6);
export const srai = shift("srai", OP_IMM, 5, 0x400, 6);
export const slliw = shift("slliw", OP_IMM_32, 1, 0, 5);
export const srliw = shift("srliw", OP_IMM_32, 5, 0, 5);
export const sraiw = shift("sraiw", OP_IMM_32, 5, 0x400, 5);

const upper = (name: string, opcode: number) => (rd: XReg, imm20: number) =>
  uType(opcode, rd, imm20 < 0 ? signed(name, imm20, 20) : unsigned(name, imm20, 20));

export const lui = upper("lui", 0x37);
export const auipc = upper("auipc", 0x17);

// ---- Loads and stores ---------------------------------------------------------------------------------------------

const load = (name: string, funct3: number) => (rd: XReg, offset: number, rs1: XReg) =>
  iType(0x03, funct3, rd, rs1, signed(name, offset, 12));

export const lb = load("lb", 0);
export const lh = load("lh", 1);
export const lw = load("lw", 2);
export const ld = load("ld", 3);
export const lbu = load("lbu", 4);
export const lhu = load("lhu", 5);
export const lwu = load("lwu", 6);

const store = (name: string, funct3: number) => (rs2: XReg, offset: number, rs1: XReg) =>
  sType(0x23, funct3, rs1, rs2, signed(name, offset, 12));

export const sb = store("sb", 0);
export const sh = store("sh", 1);
export const sw = store("sw", 2);
export const sd = store("sd", 3);

// ---- Branches and jumps -------------------------------------------------------------------------------------------

interface Branch {
  (rs1: XReg, rs2: XReg, target: number): number;
  (rs1: XReg, rs2: XReg, target: string): Part;
  (rs1: XReg, rs2: XReg, target: number | string): Item;
}

function branch(name: string, funct3: number): Branch {
  const encode = (rs1: XReg, rs2: XReg, distance: number) =>
    bType(0x63, funct3, rs1, rs2, signed(name, distance, 13, 2));
  return ((rs1: XReg, rs2: XReg, target: number | string) =>
    typeof target === "number"
      ? encode(rs1, rs2, target)
      : relative(4, target, (distance) => encode(rs1, rs2, distance))) as Branch;
}

export const beq = branch("beq", 0);
export const bne = branch("bne", 1);
export const blt = branch("blt", 4);
export const bge = branch("bge", 5);
export const bltu = branch("bltu", 6);
export const bgeu = branch("bgeu", 7);

export function jal(rd: XReg, target: number): number;
export function jal(rd: XReg, target: string): Part;
export function jal(rd: XReg, target: number | string): Item;
export function jal(rd: XReg, target: number | string): Item {
  const encode = (distance: number) => jType(0x6f, rd, signed("jal", distance, 21, 2));
  return typeof target === "number" ? encode(target) : relative(4, target, encode);
}

export function jalr(rd: XReg, offset: number, rs1: XReg): number {
  return iType(0x67, 0, rd, rs1, signed("jalr", offset, 12));
}

// ---- Environment and ordering -------------------------------------------------------------------------------------

export const ecall = () => 0x0000_0073;
export const ebreak = () => 0x0010_0073;
/** Sets are `i`, `o`, `r`, `w` as in `fence rw, w`. */
export function fence(predecessor = "iorw", successor = "iorw"): number {
  const mask = (set: string) => [..."wroi"].reduce((m, letter, bit) => m | (set.includes(letter) ? 1 << bit : 0), 0);
  return iType(0x0f, 0, 0, 0, (mask(predecessor) << 4) | mask(successor));
}
export const fence_tso = () => 0x8330_000f;
export const fence_i = () => 0x0000_100f;
export const pause = () => 0x0100_000f;

// ---- Pseudo-instructions ------------------------------------------------------------------------------------------

export const nop = () => addi(zero, zero, 0);
export const mv = (rd: XReg, rs: XReg) => addi(rd, rs, 0);
export const not = (rd: XReg, rs: XReg) => xori(rd, rs, -1);
export const neg = (rd: XReg, rs: XReg) => sub(rd, zero, rs);
export const sext_w = (rd: XReg, rs: XReg) => addiw(rd, rs, 0);
export const seqz = (rd: XReg, rs: XReg) => sltiu(rd, rs, 1);
export const snez = (rd: XReg, rs: XReg) => sltu(rd, zero, rs);
export const beqz = (rs: XReg, target: string | number) => beq(rs, zero, target);
export const bnez = (rs: XReg, target: string | number) => bne(rs, zero, target);
export const blez = (rs: XReg, target: string | number) => bge(zero, rs, target);
export const bgez = (rs: XReg, target: string | number) => bge(rs, zero, target);
export const bltz = (rs: XReg, target: string | number) => blt(rs, zero, target);
export const bgtz = (rs: XReg, target: string | number) => blt(zero, rs, target);
export const j = (target: string | number) => jal(zero, target);
export const jr = (rs: XReg) => jalr(zero, 0, rs);
export const ret = () => jalr(zero, 0, ra);
export const call = (target: string) => [la(ra, target, (rd, low, rs1) => jalr(rd, low, rs1))];
export const tail = (target: string) => [la(t1, target, (_, low, rs1) => jalr(zero, low, rs1))];

/** Loads any 64-bit constant, in one to eight instructions. */
export function li(rd: XReg, value: number | bigint): number[] {
  const constant = BigInt.asIntN(64, BigInt(value));
  if (constant === BigInt.asIntN(12, constant)) return [addi(rd, zero, Number(constant))];
  if (constant === BigInt.asIntN(32, constant)) {
    const low = Number(BigInt.asIntN(12, constant));
    const high = Number(BigInt.asUintN(20, (constant - BigInt(low)) >> 12n));
    return low === 0 ? [lui(rd, high)] : [lui(rd, high), addiw(rd, rd, low)];
  }
  const low = Number(BigInt.asIntN(12, constant));
  let rest = BigInt.asIntN(64, constant - BigInt(low)) >> 12n;
  let shamt = 12;
  while ((rest & 1n) === 0n) {
    rest >>= 1n;
    shamt++;
  }
  const shifted = [...li(rd, rest), slli(rd, rd, shamt)];
  return low === 0 ? shifted : [...shifted, addi(rd, rd, low)];
}

/** Loads the address of a label within 2 GiB of the pc. */
export function la(rd: XReg, target: string, second: (rd: XReg, low: number, rs1: XReg) => number = laAdd): Part {
  return {
    size: () => 8,
    encode: (at, find) => {
      const distance = find(target) - at;
      if (distance !== BigInt.asIntN(32, distance)) throw new RangeError(`la: "${target}" is ${distance} bytes away`);
      const low = Number(BigInt.asIntN(12, distance));
      const high = Number(BigInt.asUintN(20, (distance - BigInt(low)) >> 12n));
      const words = Uint32Array.of(auipc(rd, high), second(rd, low, rd));
      return new Uint8Array(words.buffer);
    },
  };
}

const laAdd = (rd: XReg, low: number, rs1: XReg) => addi(rd, rs1, low);
