/*
 * The decoder: from instruction bits to a slot, following the opcode map [unpriv 37].
 *
 * What an instruction means is not decided here, only which it is and where its operands lie. Writes to x0 become NOPs, encodings that are
 * not ours become ILLEGAL. Compressed instructions are in compressed.ts, floating-point ones in decode-float.ts.
 */

import { decodeCompressed } from "./compressed";
import { decodeFloat } from "./decode-float";
import { immB, immI, immJ, immS, isNear } from "./fields";
import { Op } from "./opcodes";
import { illegal, put, putR } from "./slot";

/**
 * Decodes `bits` into the slot at `dp`. `offset` is where the instruction lies in its page in bytes; without `near`
 * no branch may be taken inside the page.
 */
export function decode(bits: u32, dp: u32, offset: u32, near: bool): void {
  if ((bits & 3) != 3) {
    decodeCompressed(bits & 0xffff, dp, offset, near);
    return;
  }
  const rd = (bits >> 7) & 31;
  const rs1 = (bits >> 15) & 31;
  const funct3 = (bits >> 12) & 7;
  switch (<i32>(bits & 0x7f)) {
    case 0x03:
      decodeLoad(dp, bits, rd, rs1, funct3);
      break;
    case 0x0f:
      decodeMiscMem(dp, bits, rd, rs1, funct3);
      break;
    case 0x13:
      decodeOpImm(dp, bits, rd, rs1, funct3);
      break;
    case 0x17:
      computes(dp, Op.AUIPC, rd, 0, <i32>(bits & 0xffff_f000));
      break;
    case 0x1b:
      decodeOpImm32(dp, bits, rd, rs1, funct3);
      break;
    case 0x23:
      decodeStore(dp, bits, rs1, funct3);
      break;
    case 0x2f:
      decodeAmo(dp, bits, rd, rs1, funct3);
      break;
    case 0x33:
      decodeOp(dp, bits, rd, rs1);
      break;
    case 0x37:
      computes(dp, Op.LUI, rd, 0, <i32>(bits & 0xffff_f000));
      break;
    case 0x3b:
      decodeOp32(dp, bits, rd, rs1);
      break;
    case 0x63:
      decodeBranch(dp, bits, rs1, funct3, offset, near);
      break;
    case 0x67:
      if (funct3 != 0) illegal(dp);
      else put(dp, rd == 0 ? Op.JR : Op.JALR, rd, rs1, immI(bits));
      break;
    case 0x6f: {
      const target = immJ(bits);
      if (isNear(offset, target, near)) put(dp, rd == 0 ? Op.J : Op.JAL, rd, 0, target << 2);
      else put(dp, rd == 0 ? Op.J_FAR : Op.JAL_FAR, rd, 0, target);
      break;
    }
    case 0x73:
      decodeSystem(dp, bits, rd, rs1, funct3);
      break;
    default:
      decodeFloat(dp, bits);
  }
}

/** An instruction that does nothing but write rd. */
export function computes(dp: u32, op: Op, rd: u32, rs1: u32, imm: i32): void {
  if (rd == 0) put(dp, Op.NOP, 0, 0, 0);
  else put(dp, op, rd, rs1, imm);
}

function computesR(dp: u32, op: Op, rd: u32, rs1: u32, rs2: u32): void {
  if (op == Op.ILLEGAL) illegal(dp);
  else if (rd == 0) put(dp, Op.NOP, 0, 0, 0);
  else putR(dp, op, rd, rs1, rs2);
}

function decodeLoad(dp: u32, bits: u32, rd: u32, rs1: u32, funct3: u32): void {
  if (funct3 == 7) illegal(dp);
  else if (rd == 0) {
    // The place of rd holds the width.
    put(dp, Op.LOAD_DISCARD, 1 << (funct3 & 3), rs1, immI(bits));
  } else put(dp, Op.LB + funct3, rd, rs1, immI(bits));
}

function decodeStore(dp: u32, bits: u32, rs1: u32, funct3: u32): void {
  if (funct3 > 3) illegal(dp);
  else put(dp, Op.SB + funct3, (bits >> 20) & 31, rs1, immS(bits));
}

function decodeMiscMem(dp: u32, bits: u32, rd: u32, rs1: u32, funct3: u32): void {
  if (funct3 == 0) put(dp, Op.NOP, 0, 0, 0);
  else if (funct3 == 1) put(dp, Op.FENCE_I, 0, 0, 0);
  else if (funct3 == 2 && rd == 0) {
    const operation = bits >> 20;
    if (operation == 0) put(dp, Op.CBO_INVAL, 0, rs1, 0);
    else if (operation == 1) put(dp, Op.CBO_CLEAN, 0, rs1, 0);
    else if (operation == 2) put(dp, Op.CBO_FLUSH, 0, rs1, 0);
    else if (operation == 4) put(dp, Op.CBO_ZERO, 0, rs1, 0);
    else illegal(dp);
  } else illegal(dp);
}

function decodeOpImm(dp: u32, bits: u32, rd: u32, rs1: u32, funct3: u32): void {
  let imm = immI(bits);
  const shamt = <i32>((bits >> 20) & 63);
  const funct6 = bits >> 26;
  let op = Op.ILLEGAL;
  switch (<i32>funct3) {
    case 0:
      op = Op.ADDI;
      break;
    case 1:
      if (funct6 == 0x18) op = unary(bits >> 20);
      else {
        imm = shamt;
        if (funct6 == 0x00) op = Op.SLLI;
        else if (funct6 == 0x0a) op = Op.BSETI;
        else if (funct6 == 0x12) op = Op.BCLRI;
        else if (funct6 == 0x1a) op = Op.BINVI;
      }
      break;
    case 2:
      op = Op.SLTI;
      break;
    case 3:
      op = Op.SLTIU;
      break;
    case 4:
      op = Op.XORI;
      break;
    case 5:
      if (bits >> 20 == 0x287) op = Op.ORC_B;
      else if (bits >> 20 == 0x6b8) op = Op.REV8;
      else {
        imm = shamt;
        if (funct6 == 0x00) op = Op.SRLI;
        else if (funct6 == 0x10) op = Op.SRAI;
        else if (funct6 == 0x12) op = Op.BEXTI;
        else if (funct6 == 0x18) op = Op.RORI;
      }
      break;
    case 6:
      // ORI with rd = x0 is where Zicbop's prefetches live: NOPs here.
      op = Op.ORI;
      break;
    default:
      op = Op.ANDI;
  }
  if (op == Op.ILLEGAL) illegal(dp);
  else computes(dp, op, rd, rs1, imm);
}

/** Zbb's instructions of one source [unpriv 31.2]. */
function unary(funct12: u32): Op {
  switch (<i32>funct12) {
    case 0x600:
      return Op.CLZ;
    case 0x601:
      return Op.CTZ;
    case 0x602:
      return Op.CPOP;
    case 0x604:
      return Op.SEXT_B;
    case 0x605:
      return Op.SEXT_H;
    default:
      return Op.ILLEGAL;
  }
}

function decodeOpImm32(dp: u32, bits: u32, rd: u32, rs1: u32, funct3: u32): void {
  const funct7 = bits >> 25;
  const funct12 = bits >> 20;
  const shamt = <i32>((bits >> 20) & 31);
  let op = Op.ILLEGAL;
  let imm = shamt;
  if (funct3 == 0) {
    op = Op.ADDIW;
    imm = immI(bits);
  } else if (funct3 == 1) {
    if (funct7 == 0x00) op = Op.SLLIW;
    else if (bits >> 26 == 0x02) {
      op = Op.SLLI_UW;
      imm = <i32>((bits >> 20) & 63);
    } else if (funct12 == 0x600) op = Op.CLZW;
    else if (funct12 == 0x601) op = Op.CTZW;
    else if (funct12 == 0x602) op = Op.CPOPW;
  } else if (funct3 == 5) {
    if (funct7 == 0x00) op = Op.SRLIW;
    else if (funct7 == 0x20) op = Op.SRAIW;
    else if (funct7 == 0x30) op = Op.RORIW;
  }
  if (op == Op.ILLEGAL) illegal(dp);
  else computes(dp, op, rd, rs1, imm);
}

function decodeOp(dp: u32, bits: u32, rd: u32, rs1: u32): void {
  const rs2 = (bits >> 20) & 31;
  computesR(dp, opOf(((bits >> 25) << 3) | ((bits >> 12) & 7)), rd, rs1, rs2);
}

/** OP by funct7 and funct3, the latter in the low three bits. */
function opOf(funct: u32): Op {
  switch (<i32>funct) {
    case 0x000:
      return Op.ADD;
    case 0x001:
      return Op.SLL;
    case 0x002:
      return Op.SLT;
    case 0x003:
      return Op.SLTU;
    case 0x004:
      return Op.XOR;
    case 0x005:
      return Op.SRL;
    case 0x006:
      return Op.OR;
    case 0x007:
      return Op.AND;
    case 0x008:
      return Op.MUL;
    case 0x009:
      return Op.MULH;
    case 0x00a:
      return Op.MULHSU;
    case 0x00b:
      return Op.MULHU;
    case 0x00c:
      return Op.DIV;
    case 0x00d:
      return Op.DIVU;
    case 0x00e:
      return Op.REM;
    case 0x00f:
      return Op.REMU;
    case 0x02c:
      return Op.MIN;
    case 0x02d:
      return Op.MINU;
    case 0x02e:
      return Op.MAX;
    case 0x02f:
      return Op.MAXU;
    case 0x03d:
      return Op.CZERO_EQZ;
    case 0x03f:
      return Op.CZERO_NEZ;
    case 0x082:
      return Op.SH1ADD;
    case 0x084:
      return Op.SH2ADD;
    case 0x086:
      return Op.SH3ADD;
    case 0x0a1:
      return Op.BSET;
    case 0x100:
      return Op.SUB;
    case 0x104:
      return Op.XNOR;
    case 0x105:
      return Op.SRA;
    case 0x106:
      return Op.ORN;
    case 0x107:
      return Op.ANDN;
    case 0x121:
      return Op.BCLR;
    case 0x125:
      return Op.BEXT;
    case 0x181:
      return Op.ROL;
    case 0x185:
      return Op.ROR;
    case 0x1a1:
      return Op.BINV;
    default:
      return Op.ILLEGAL;
  }
}

function decodeOp32(dp: u32, bits: u32, rd: u32, rs1: u32): void {
  const rs2 = (bits >> 20) & 31;
  let op = op32Of(((bits >> 25) << 3) | ((bits >> 12) & 7));
  // zext.h is pack with x0, the only form of it that Zbb has.
  if (op == Op.ZEXT_H && rs2 != 0) op = Op.ILLEGAL;
  computesR(dp, op, rd, rs1, rs2);
}

/** OP-32 by funct7 and funct3, the latter in the low three bits. */
function op32Of(funct: u32): Op {
  switch (<i32>funct) {
    case 0x000:
      return Op.ADDW;
    case 0x001:
      return Op.SLLW;
    case 0x005:
      return Op.SRLW;
    case 0x008:
      return Op.MULW;
    case 0x00c:
      return Op.DIVW;
    case 0x00d:
      return Op.DIVUW;
    case 0x00e:
      return Op.REMW;
    case 0x00f:
      return Op.REMUW;
    case 0x020:
      return Op.ADD_UW;
    case 0x024:
      return Op.ZEXT_H;
    case 0x082:
      return Op.SH1ADD_UW;
    case 0x084:
      return Op.SH2ADD_UW;
    case 0x086:
      return Op.SH3ADD_UW;
    case 0x100:
      return Op.SUBW;
    case 0x105:
      return Op.SRAW;
    case 0x181:
      return Op.ROLW;
    case 0x185:
      return Op.RORW;
    default:
      return Op.ILLEGAL;
  }
}

function decodeBranch(dp: u32, bits: u32, rs1: u32, funct3: u32, offset: u32, near: bool): void {
  if (funct3 == 2 || funct3 == 3) {
    illegal(dp);
    return;
  }
  const index = funct3 < 2 ? funct3 : funct3 - 2;
  const distance = immB(bits);
  const rs2 = (bits >> 20) & 31;
  if (isNear(offset, distance, near)) put(dp, Op.BEQ + index, rs2, rs1, distance << 2);
  else put(dp, Op.BEQ_FAR + index, rs2, rs1, distance);
}

function decodeAmo(dp: u32, bits: u32, rd: u32, rs1: u32, funct3: u32): void {
  const rs2 = (bits >> 20) & 31;
  const funct5 = bits >> 27;
  if (funct3 == 4) {
    // amocas.q works on register pairs, which begin with even registers [unpriv 16.1].
    if (funct5 == 5 && ((rd | rs2) & 1) == 0) putR(dp, Op.AMOCAS_Q, rd, rs1, rs2);
    else illegal(dp);
    return;
  }
  const op = amoOf(funct5);
  if (op == Op.ILLEGAL || (funct3 != 2 && funct3 != 3) || (op == Op.LR_W && rs2 != 0)) illegal(dp);
  else putR(dp, funct3 == 2 ? op : op + (Op.LR_D - Op.LR_W), rd, rs1, rs2);
}

function amoOf(funct5: u32): Op {
  switch (<i32>funct5) {
    case 0x00:
      return Op.AMOADD_W;
    case 0x01:
      return Op.AMOSWAP_W;
    case 0x02:
      return Op.LR_W;
    case 0x03:
      return Op.SC_W;
    case 0x04:
      return Op.AMOXOR_W;
    case 0x05:
      return Op.AMOCAS_W;
    case 0x08:
      return Op.AMOOR_W;
    case 0x0c:
      return Op.AMOAND_W;
    case 0x10:
      return Op.AMOMIN_W;
    case 0x14:
      return Op.AMOMAX_W;
    case 0x18:
      return Op.AMOMINU_W;
    case 0x1c:
      return Op.AMOMAXU_W;
    default:
      return Op.ILLEGAL;
  }
}

function decodeSystem(dp: u32, bits: u32, rd: u32, rs1: u32, funct3: u32): void {
  if (funct3 == 4) {
    illegal(dp);
    return;
  }
  if (funct3 != 0) {
    // rs1 is a register or, from CSRRWI on, the immediate itself: then its place holds eight times the number.
    const index = funct3 < 4 ? funct3 - 1 : funct3 - 2;
    put(dp, Op.CSRRW + index, rd, rs1, <i32>(bits >> 20));
    return;
  }
  let op = Op.ILLEGAL;
  const funct7 = bits >> 25;
  if (rd == 0 && (funct7 == 0x09 || funct7 == 0x0b)) {
    // sinval.vma does what sfence.vma does, the two fences around it nothing more [priv 14].
    putR(dp, Op.SFENCE_VMA, 0, rs1, (bits >> 20) & 31);
    return;
  }
  switch (<i32>bits) {
    case 0x0000_0073:
      op = Op.ECALL;
      break;
    case 0x0010_0073:
      op = Op.EBREAK;
      break;
    case 0x1020_0073:
      op = Op.SRET;
      break;
    case 0x3020_0073:
      op = Op.MRET;
      break;
    case 0x1050_0073:
      op = Op.WFI;
      break;
    case 0x1800_0073: // sfence.w.inval
    case 0x1810_0073: // sfence.inval.ir
      op = Op.SFENCE_ORDER;
      break;
    case 0x00d0_0073: // wrs.nto
    case 0x01d0_0073: // wrs.sto: a wait may end at any time [unpriv 14]
      op = Op.NOP;
      break;
  }
  put(dp, op, 0, 0, 0);
}
