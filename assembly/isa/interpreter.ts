/*
 * The interpreter: one loop over decoded slots, one case per instruction.
 *
 * `dp` points to the slot of the current instruction; pc is derived from it only where it is needed. A case that ends with `continue` has moved `dp` to the next slot; one that
 * ends with `break` leaves the page: to `pc`, or, with `exit` set, back to the world switch. Nothing here calls a device or waits: slow cases are calls that
 * say how to go on (exit.ts).
 *
 * Every turn of the loop takes one from the budget, so a chunk ends after exactly as many instructions as it was given.
 */

import { ILLEGAL_INSTRUCTION, raiseException } from "../hart/exception";
import { f, hart, setF, setX, x } from "../hart/hart";
import { FS_DIRTY, FS_OFF } from "../hart/status";
import { patience, request } from "../jit/compile";
import { FIRST_ENTRY, warmUp } from "../jit/entries";
import { INSNS_MAX } from "../jit/region";
import { runUnits } from "../jit/run";
import { loadSlow, storeSlow } from "../mmu/access";
import { fetchOne, fetchPage } from "../mmu/fetch";
import { executable, readable, writable } from "../mmu/tlb";
import { atomic } from "./atomic";
import { EXIT_AGAIN, EXIT_BUDGET, EXIT_JUMP, EXIT_NEXT, EXIT_TRAP } from "./exit";
import { float, unbox } from "./float";
import {
  add,
  add_uw,
  addi,
  addiw,
  addw,
  and,
  andi,
  andn,
  auipc,
  bclr,
  bclri,
  bext,
  bexti,
  binv,
  binvi,
  bset,
  bseti,
  clz_,
  clzw,
  cpop,
  cpopw,
  ctz_,
  ctzw,
  czero_eqz,
  czero_nez,
  div,
  divu,
  divuw,
  divw,
  li,
  max_,
  maxu,
  min_,
  minu,
  mul,
  mulh,
  mulhsu,
  mulhu,
  mulw,
  mv,
  or,
  orc_b,
  ori,
  orn,
  rem,
  remu,
  remuw,
  remw,
  rev8,
  rol,
  rolw,
  ror,
  rori,
  roriw,
  rorw,
  sext_b,
  sext_h,
  sh1add,
  sh1add_uw,
  sh2add,
  sh2add_uw,
  sh3add,
  sh3add_uw,
  sll,
  slli,
  slli_uw,
  slliw,
  sllw,
  slt,
  slti,
  sltiu,
  sltu,
  sra,
  srai,
  sraiw,
  sraw,
  srl,
  srli,
  srliw,
  srlw,
  sub,
  subw,
  xnor,
  xor,
  xori,
  zext_h,
} from "./integer";
import { Op } from "./opcodes";
import { heatAt, isPooled } from "./pages";
import { decodeRun } from "./run";
import { imm, rd, rs1, rs2, source } from "./slot";
import { system } from "./system";

const BOX: u64 = 0xffff_ffff_0000_0000;
const SIGN64: u64 = 0x8000_0000_0000_0000;
const NORMAL_MIN64: f64 = 2.2250738585072014e-308;
const NORMAL_MIN32: f64 = 1.1754943508222875e-38;

/** The address of the instruction in the slot at `dp`, in the page at `page` whose slots begin at `base`. */
function pcOf(page: u64, base: u32, dp: u32): u64 {
  return page + <u64>((dp - base) >>> 2);
}

function slotAt(base: u32, pc: u64): u32 {
  return base + ((<u32>pc & 0xfff) << 2);
}

/** The immediate of a jump or branch that is not a distance between slots. */
function distance(dp: u32): u64 {
  return <u64>(<i64>imm(dp));
}

/** The effective address of a load or store. */
function address(dp: u32): u64 {
  return x(rs1(dp)) + <u64>(<i64>imm(dp));
}

function d(r: u32): f64 {
  return reinterpret<f64>(f(r));
}

function s(r: u32): f32 {
  return reinterpret<f32>(unbox(f(r)));
}

/** Counts a jump to the slot at `dp`; near jumps only, so `base` is no scratch slot. False when it is time to look for compiled code there. */
function warmUpSlot(base: u32, dp: u32): bool {
  return warmUp(base, (dp - base) >>> 2);
}

function illegalInstruction(): u32 {
  raiseException(ILLEGAL_INSTRUCTION, 0);
  return EXIT_TRAP;
}

/** Where the budget was spent the last time. To go on there is no jump: it would make every instruction of a loop an entry in time. */
let spentAt: u64 = 0;

/** Executes from hart.pc until hart.left is spent or something needs the world; returns EXIT_* with hart.pc and hart.left current. */
export function interpret(): u32 {
  let tlb = hart.dataTlb;
  const fetchTlb = hart.fetchTlb;
  let left = hart.left;
  let pc = hart.pc;
  let exit = EXIT_NEXT;
  /** What is left of the budget beyond the one instruction that compiled code leaves to the interpreter. */
  let rest = 0;
  let jumped = pc != spentAt;
  while (true) {
    if (left == 0 && rest != 0) {
      left = rest;
      hart.chunk += rest;
      rest = 0;
    }
    let base = executable(fetchTlb, pc);
    if (base == 0) {
      if (left == 0) {
        hart.pc = pc;
        hart.left = 0;
        return EXIT_BUDGET;
      }
      base = fetchPage(pc);
      if (base == 0) {
        // The fetch that fails takes its share of the budget, so that a loop of faults ends too.
        hart.pc = pc;
        hart.left = left - 1;
        return EXIT_TRAP;
      }
    }
    if (isPooled(base) && rest == 0) {
      const heat = heatAt(base, <u32>pc);
      const entry = <u32>load<u16>(heat);
      if (entry >= FIRST_ENTRY) {
        // It would end at once when the budget might not last for its longest way.
        if (left >= <i32>INSNS_MAX) {
          hart.left = left;
          const step = runUnits(fetchTlb, entry, pc);
          pc = hart.pc;
          left = hart.left;
          tlb = hart.dataTlb;
          if (!step) continue;
          rest = left - 1;
          left = 1;
          hart.chunk -= rest;
          continue;
        }
      } else if (jumped && !warmUp(base, <u32>pc)) {
        request(base, <u32>pc & 0xffe, executable(fetchTlb, (pc & ~0xfff) + 4096));
        const soon = <i32>patience();
        if (left > soon) {
          hart.chunk -= left - soon;
          left = soon;
        }
      }
    }
    jumped = true;
    const page = pc & ~0xfff;
    let dp = slotAt(base, pc);
    while (true) {
      if (left == 0) {
        pc = pcOf(page, base, dp);
        if (rest != 0) break;
        spentAt = pc;
        hart.pc = pc;
        hart.left = 0;
        return EXIT_BUDGET;
      }
      left--;
      switch (<i32>load<u16>(dp)) {
        // I, M, Zba, Zbb, Zbs, Zicond

        case Op.NOP:
          dp += 16;
          continue;
        case Op.C_NOP:
          dp += 8;
          continue;
        case Op.ADDI:
          addi(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.SLTI:
          slti(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.SLTIU:
          sltiu(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.XORI:
          xori(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.ORI:
          ori(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.ANDI:
          andi(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.SLLI:
          slli(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.SRLI:
          srli(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.SRAI:
          srai(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.ADDIW:
          addiw(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.SLLIW:
          slliw(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.SRLIW:
          srliw(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.SRAIW:
          sraiw(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.SLLI_UW:
          slli_uw(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.RORI:
          rori(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.RORIW:
          roriw(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.BCLRI:
          bclri(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.BEXTI:
          bexti(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.BINVI:
          binvi(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.BSETI:
          bseti(rd(dp), rs1(dp), imm(dp));
          dp += 16;
          continue;
        case Op.LUI:
          li(rd(dp), imm(dp));
          dp += 16;
          continue;
        case Op.AUIPC:
          auipc(rd(dp), pcOf(page, base, dp), imm(dp));
          dp += 16;
          continue;
        case Op.SH1ADD:
          sh1add(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SH2ADD:
          sh2add(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SH3ADD:
          sh3add(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SH1ADD_UW:
          sh1add_uw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SH2ADD_UW:
          sh2add_uw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SH3ADD_UW:
          sh3add_uw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.ADD_UW:
          add_uw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.ADD:
          add(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SUB:
          sub(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SLL:
          sll(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SLT:
          slt(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SLTU:
          sltu(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.XOR:
          xor(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SRL:
          srl(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SRA:
          sra(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.OR:
          or(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.AND:
          and(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.ADDW:
          addw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SUBW:
          subw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SLLW:
          sllw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SRLW:
          srlw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.SRAW:
          sraw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.MUL:
          mul(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.MULH:
          mulh(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.MULHSU:
          mulhsu(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.MULHU:
          mulhu(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.DIV:
          div(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.DIVU:
          divu(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.REM:
          rem(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.REMU:
          remu(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.MULW:
          mulw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.DIVW:
          divw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.DIVUW:
          divuw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.REMW:
          remw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.REMUW:
          remuw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.ANDN:
          andn(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.ORN:
          orn(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.XNOR:
          xnor(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.MAX:
          max_(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.MAXU:
          maxu(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.MIN:
          min_(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.MINU:
          minu(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.ROL:
          rol(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.ROR:
          ror(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.ROLW:
          rolw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.RORW:
          rorw(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.BCLR:
          bclr(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.BEXT:
          bext(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.BINV:
          binv(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.BSET:
          bset(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.CZERO_EQZ:
          czero_eqz(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.CZERO_NEZ:
          czero_nez(rd(dp), rs1(dp), rs2(dp));
          dp += 16;
          continue;
        case Op.CLZ:
          clz_(rd(dp), rs1(dp));
          dp += 16;
          continue;
        case Op.CTZ:
          ctz_(rd(dp), rs1(dp));
          dp += 16;
          continue;
        case Op.CPOP:
          cpop(rd(dp), rs1(dp));
          dp += 16;
          continue;
        case Op.CLZW:
          clzw(rd(dp), rs1(dp));
          dp += 16;
          continue;
        case Op.CTZW:
          ctzw(rd(dp), rs1(dp));
          dp += 16;
          continue;
        case Op.CPOPW:
          cpopw(rd(dp), rs1(dp));
          dp += 16;
          continue;
        case Op.SEXT_B:
          sext_b(rd(dp), rs1(dp));
          dp += 16;
          continue;
        case Op.SEXT_H:
          sext_h(rd(dp), rs1(dp));
          dp += 16;
          continue;
        case Op.ZEXT_H:
          zext_h(rd(dp), rs1(dp));
          dp += 16;
          continue;
        case Op.ORC_B:
          orc_b(rd(dp), rs1(dp));
          dp += 16;
          continue;
        case Op.REV8:
          rev8(rd(dp), rs1(dp));
          dp += 16;
          continue;

        // C: computation

        case Op.C_ADDI:
          addi(rd(dp), rs1(dp), imm(dp));
          dp += 8;
          continue;
        case Op.C_ADDIW:
          addiw(rd(dp), rs1(dp), imm(dp));
          dp += 8;
          continue;
        case Op.C_ANDI:
          andi(rd(dp), rs1(dp), imm(dp));
          dp += 8;
          continue;
        case Op.C_SLLI:
          slli(rd(dp), rs1(dp), imm(dp));
          dp += 8;
          continue;
        case Op.C_SRLI:
          srli(rd(dp), rs1(dp), imm(dp));
          dp += 8;
          continue;
        case Op.C_SRAI:
          srai(rd(dp), rs1(dp), imm(dp));
          dp += 8;
          continue;
        case Op.C_LI:
          li(rd(dp), imm(dp));
          dp += 8;
          continue;
        case Op.C_MV:
          mv(rd(dp), rs2(dp));
          dp += 8;
          continue;
        case Op.C_ADD:
          add(rd(dp), rs1(dp), rs2(dp));
          dp += 8;
          continue;
        case Op.C_SUB:
          sub(rd(dp), rs1(dp), rs2(dp));
          dp += 8;
          continue;
        case Op.C_XOR:
          xor(rd(dp), rs1(dp), rs2(dp));
          dp += 8;
          continue;
        case Op.C_OR:
          or(rd(dp), rs1(dp), rs2(dp));
          dp += 8;
          continue;
        case Op.C_AND:
          and(rd(dp), rs1(dp), rs2(dp));
          dp += 8;
          continue;
        case Op.C_ADDW:
          addw(rd(dp), rs1(dp), rs2(dp));
          dp += 8;
          continue;
        case Op.C_SUBW:
          subw(rd(dp), rs1(dp), rs2(dp));
          dp += 8;
          continue;

        // Control transfer: inside the page the slot pointer moves, otherwise pc is looked up anew

        case Op.BEQ:
          if (x(rs1(dp)) == x(source(dp))) {
            const by = imm(dp);
            dp += by;
            if (by > 0 || warmUpSlot(base, dp)) continue;
            pc = pcOf(page, base, dp);
            break;
          }
          dp += 16;
          continue;
        case Op.BNE:
          if (x(rs1(dp)) != x(source(dp))) {
            const by = imm(dp);
            dp += by;
            if (by > 0 || warmUpSlot(base, dp)) continue;
            pc = pcOf(page, base, dp);
            break;
          }
          dp += 16;
          continue;
        case Op.BLT:
          if (<i64>x(rs1(dp)) < <i64>x(source(dp))) {
            const by = imm(dp);
            dp += by;
            if (by > 0 || warmUpSlot(base, dp)) continue;
            pc = pcOf(page, base, dp);
            break;
          }
          dp += 16;
          continue;
        case Op.BGE:
          if (<i64>x(rs1(dp)) >= <i64>x(source(dp))) {
            const by = imm(dp);
            dp += by;
            if (by > 0 || warmUpSlot(base, dp)) continue;
            pc = pcOf(page, base, dp);
            break;
          }
          dp += 16;
          continue;
        case Op.BLTU:
          if (x(rs1(dp)) < x(source(dp))) {
            const by = imm(dp);
            dp += by;
            if (by > 0 || warmUpSlot(base, dp)) continue;
            pc = pcOf(page, base, dp);
            break;
          }
          dp += 16;
          continue;
        case Op.BGEU:
          if (x(rs1(dp)) >= x(source(dp))) {
            const by = imm(dp);
            dp += by;
            if (by > 0 || warmUpSlot(base, dp)) continue;
            pc = pcOf(page, base, dp);
            break;
          }
          dp += 16;
          continue;
        case Op.C_BEQZ:
          if (x(rs1(dp)) == 0) {
            const by = imm(dp);
            dp += by;
            if (by > 0 || warmUpSlot(base, dp)) continue;
            pc = pcOf(page, base, dp);
            break;
          }
          dp += 8;
          continue;
        case Op.C_BNEZ:
          if (x(rs1(dp)) != 0) {
            const by = imm(dp);
            dp += by;
            if (by > 0 || warmUpSlot(base, dp)) continue;
            pc = pcOf(page, base, dp);
            break;
          }
          dp += 8;
          continue;
        case Op.BEQ_FAR:
          if (x(rs1(dp)) == x(source(dp))) {
            pc = pcOf(page, base, dp) + distance(dp);
            break;
          }
          dp += 16;
          continue;
        case Op.BNE_FAR:
          if (x(rs1(dp)) != x(source(dp))) {
            pc = pcOf(page, base, dp) + distance(dp);
            break;
          }
          dp += 16;
          continue;
        case Op.BLT_FAR:
          if (<i64>x(rs1(dp)) < <i64>x(source(dp))) {
            pc = pcOf(page, base, dp) + distance(dp);
            break;
          }
          dp += 16;
          continue;
        case Op.BGE_FAR:
          if (<i64>x(rs1(dp)) >= <i64>x(source(dp))) {
            pc = pcOf(page, base, dp) + distance(dp);
            break;
          }
          dp += 16;
          continue;
        case Op.BLTU_FAR:
          if (x(rs1(dp)) < x(source(dp))) {
            pc = pcOf(page, base, dp) + distance(dp);
            break;
          }
          dp += 16;
          continue;
        case Op.BGEU_FAR:
          if (x(rs1(dp)) >= x(source(dp))) {
            pc = pcOf(page, base, dp) + distance(dp);
            break;
          }
          dp += 16;
          continue;
        case Op.C_BEQZ_FAR:
          if (x(rs1(dp)) == 0) {
            pc = pcOf(page, base, dp) + distance(dp);
            break;
          }
          dp += 8;
          continue;
        case Op.C_BNEZ_FAR:
          if (x(rs1(dp)) != 0) {
            pc = pcOf(page, base, dp) + distance(dp);
            break;
          }
          dp += 8;
          continue;
        case Op.J: {
          const by = imm(dp);
          dp += by;
          if (by > 0 || warmUpSlot(base, dp)) continue;
          pc = pcOf(page, base, dp);
          break;
        }
        case Op.C_J: {
          const by = imm(dp);
          dp += by;
          if (by > 0 || warmUpSlot(base, dp)) continue;
          pc = pcOf(page, base, dp);
          break;
        }
        case Op.JAL:
          setX(rd(dp), pcOf(page, base, dp) + 4);
          dp += imm(dp);
          if (warmUpSlot(base, dp)) continue;
          pc = pcOf(page, base, dp);
          break;
        case Op.J_FAR:
          pc = pcOf(page, base, dp) + distance(dp);
          break;
        case Op.C_J_FAR:
          pc = pcOf(page, base, dp) + distance(dp);
          break;
        case Op.JAL_FAR:
          pc = pcOf(page, base, dp);
          setX(rd(dp), pc + 4);
          pc += distance(dp);
          break;
        case Op.JR:
          pc = (x(rs1(dp)) + distance(dp)) & ~1;
          break;
        case Op.C_JR:
          pc = x(rs1(dp)) & ~1;
          break;
        case Op.JALR:
          pc = (x(rs1(dp)) + distance(dp)) & ~1;
          setX(rd(dp), pcOf(page, base, dp) + 4);
          break;
        case Op.C_JALR:
          pc = x(rs1(dp)) & ~1;
          setX(rd(dp), pcOf(page, base, dp) + 2);
          break;

        // Loads: a TLB hit is finished here

        case Op.LB: {
          const va = address(dp);
          let ptr = readable(tlb, va, 1);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 1);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setX(rd(dp), <u64>(<i64>load<i8>(ptr)));
          dp += 16;
          continue;
        }
        case Op.LH: {
          const va = address(dp);
          let ptr = readable(tlb, va, 2);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 2);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setX(rd(dp), <u64>(<i64>load<i16>(ptr)));
          dp += 16;
          continue;
        }
        case Op.LW: {
          const va = address(dp);
          let ptr = readable(tlb, va, 4);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 4);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setX(rd(dp), <u64>(<i64>load<i32>(ptr)));
          dp += 16;
          continue;
        }
        case Op.LD: {
          const va = address(dp);
          let ptr = readable(tlb, va, 8);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 8);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setX(rd(dp), load<u64>(ptr));
          dp += 16;
          continue;
        }
        case Op.LBU: {
          const va = address(dp);
          let ptr = readable(tlb, va, 1);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 1);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setX(rd(dp), <u64>load<u8>(ptr));
          dp += 16;
          continue;
        }
        case Op.LHU: {
          const va = address(dp);
          let ptr = readable(tlb, va, 2);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 2);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setX(rd(dp), <u64>load<u16>(ptr));
          dp += 16;
          continue;
        }
        case Op.LWU: {
          const va = address(dp);
          let ptr = readable(tlb, va, 4);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 4);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setX(rd(dp), <u64>load<u32>(ptr));
          dp += 16;
          continue;
        }
        case Op.C_LW: {
          const va = address(dp);
          let ptr = readable(tlb, va, 4);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 4);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setX(rd(dp), <u64>(<i64>load<i32>(ptr)));
          dp += 8;
          continue;
        }
        case Op.C_LD: {
          const va = address(dp);
          let ptr = readable(tlb, va, 8);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 8);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setX(rd(dp), load<u64>(ptr));
          dp += 8;
          continue;
        }
        case Op.FLW: {
          if (hart.fs == FS_OFF) {
            exit = illegalInstruction();
            break;
          }
          const va = address(dp);
          let ptr = readable(tlb, va, 4);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 4);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setF(rd(dp), BOX | <u64>load<u32>(ptr));
          hart.fs = FS_DIRTY;
          dp += 16;
          continue;
        }
        case Op.FLD: {
          if (hart.fs == FS_OFF) {
            exit = illegalInstruction();
            break;
          }
          const va = address(dp);
          let ptr = readable(tlb, va, 8);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 8);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setF(rd(dp), load<u64>(ptr));
          hart.fs = FS_DIRTY;
          dp += 16;
          continue;
        }
        case Op.C_FLD: {
          if (hart.fs == FS_OFF) {
            exit = illegalInstruction();
            break;
          }
          const va = address(dp);
          let ptr = readable(tlb, va, 8);
          if (ptr == 0) {
            hart.left = left;
            ptr = loadSlow(va, 8);
            if (ptr == 0) {
              exit = EXIT_TRAP;
              break;
            }
          }
          setF(rd(dp), load<u64>(ptr));
          hart.fs = FS_DIRTY;
          dp += 8;
          continue;
        }
        case Op.LOAD_DISCARD: {
          hart.left = left;
          if (loadSlow(address(dp), rd(dp) >> 3) == 0) {
            exit = EXIT_TRAP;
            break;
          }
          dp += 16;
          continue;
        }

        // Stores: likewise, unless the page is written for the first time or holds code

        case Op.SB: {
          const va = address(dp);
          const ptr = writable(tlb, va, 1);
          if (ptr != 0) store<u8>(ptr, <u8>x(source(dp)));
          else {
            hart.left = left;
            exit = storeSlow(va, 1, x(source(dp)));
            if (exit != EXIT_NEXT) {
              if (exit == EXIT_AGAIN) dp += 16;
              break;
            }
          }
          dp += 16;
          continue;
        }
        case Op.SH: {
          const va = address(dp);
          const ptr = writable(tlb, va, 2);
          if (ptr != 0) store<u16>(ptr, <u16>x(source(dp)));
          else {
            hart.left = left;
            exit = storeSlow(va, 2, x(source(dp)));
            if (exit != EXIT_NEXT) {
              if (exit == EXIT_AGAIN) dp += 16;
              break;
            }
          }
          dp += 16;
          continue;
        }
        case Op.SW: {
          const va = address(dp);
          const ptr = writable(tlb, va, 4);
          if (ptr != 0) store<u32>(ptr, <u32>x(source(dp)));
          else {
            hart.left = left;
            exit = storeSlow(va, 4, x(source(dp)));
            if (exit != EXIT_NEXT) {
              if (exit == EXIT_AGAIN) dp += 16;
              break;
            }
          }
          dp += 16;
          continue;
        }
        case Op.SD: {
          const va = address(dp);
          const ptr = writable(tlb, va, 8);
          if (ptr != 0) store<u64>(ptr, x(source(dp)));
          else {
            hart.left = left;
            exit = storeSlow(va, 8, x(source(dp)));
            if (exit != EXIT_NEXT) {
              if (exit == EXIT_AGAIN) dp += 16;
              break;
            }
          }
          dp += 16;
          continue;
        }
        case Op.C_SW: {
          const va = address(dp);
          const ptr = writable(tlb, va, 4);
          if (ptr != 0) store<u32>(ptr, <u32>x(source(dp)));
          else {
            hart.left = left;
            exit = storeSlow(va, 4, x(source(dp)));
            if (exit != EXIT_NEXT) {
              if (exit == EXIT_AGAIN) dp += 8;
              break;
            }
          }
          dp += 8;
          continue;
        }
        case Op.C_SD: {
          const va = address(dp);
          const ptr = writable(tlb, va, 8);
          if (ptr != 0) store<u64>(ptr, x(source(dp)));
          else {
            hart.left = left;
            exit = storeSlow(va, 8, x(source(dp)));
            if (exit != EXIT_NEXT) {
              if (exit == EXIT_AGAIN) dp += 8;
              break;
            }
          }
          dp += 8;
          continue;
        }
        case Op.FSW: {
          if (hart.fs == FS_OFF) {
            exit = illegalInstruction();
            break;
          }
          const va = address(dp);
          const ptr = writable(tlb, va, 4);
          if (ptr != 0) store<u32>(ptr, <u32>f(source(dp)));
          else {
            hart.left = left;
            exit = storeSlow(va, 4, f(source(dp)));
            if (exit != EXIT_NEXT) {
              if (exit == EXIT_AGAIN) dp += 16;
              break;
            }
          }
          dp += 16;
          continue;
        }
        case Op.FSD: {
          if (hart.fs == FS_OFF) {
            exit = illegalInstruction();
            break;
          }
          const va = address(dp);
          const ptr = writable(tlb, va, 8);
          if (ptr != 0) store<u64>(ptr, f(source(dp)));
          else {
            hart.left = left;
            exit = storeSlow(va, 8, f(source(dp)));
            if (exit != EXIT_NEXT) {
              if (exit == EXIT_AGAIN) dp += 16;
              break;
            }
          }
          dp += 16;
          continue;
        }
        case Op.C_FSD: {
          if (hart.fs == FS_OFF) {
            exit = illegalInstruction();
            break;
          }
          const va = address(dp);
          const ptr = writable(tlb, va, 8);
          if (ptr != 0) store<u64>(ptr, f(source(dp)));
          else {
            hart.left = left;
            exit = storeSlow(va, 8, f(source(dp)));
            if (exit != EXIT_NEXT) {
              if (exit == EXIT_AGAIN) dp += 8;
              break;
            }
          }
          dp += 8;
          continue;
        }

        // Floating point: results that can raise no new flag are finished here (hart.limit)

        case Op.FADD_D: {
          const result = d(rs1(dp)) + d(rs2(dp));
          if (hart.fs != FS_OFF && abs(result) < hart.limit) {
            setF(rd(dp), reinterpret<u64>(result));
            hart.fs = FS_DIRTY;
            dp += 16;
            continue;
          }
          exit = float(dp);
          if (exit != EXIT_NEXT) break;
          dp += 16;
          continue;
        }
        case Op.FSUB_D: {
          const result = d(rs1(dp)) - d(rs2(dp));
          if (hart.fs != FS_OFF && abs(result) < hart.limit) {
            setF(rd(dp), reinterpret<u64>(result));
            hart.fs = FS_DIRTY;
            dp += 16;
            continue;
          }
          exit = float(dp);
          if (exit != EXIT_NEXT) break;
          dp += 16;
          continue;
        }
        case Op.FMUL_D: {
          const result = d(rs1(dp)) * d(rs2(dp));
          if (hart.fs != FS_OFF && abs(result) < hart.limit && abs(result) > NORMAL_MIN64) {
            setF(rd(dp), reinterpret<u64>(result));
            hart.fs = FS_DIRTY;
            dp += 16;
            continue;
          }
          exit = float(dp);
          if (exit != EXIT_NEXT) break;
          dp += 16;
          continue;
        }
        case Op.FDIV_D: {
          const result = d(rs1(dp)) / d(rs2(dp));
          if (hart.fs != FS_OFF && abs(result) < hart.limit && abs(result) > NORMAL_MIN64) {
            setF(rd(dp), reinterpret<u64>(result));
            hart.fs = FS_DIRTY;
            dp += 16;
            continue;
          }
          exit = float(dp);
          if (exit != EXIT_NEXT) break;
          dp += 16;
          continue;
        }
        case Op.FADD_S: {
          const result = s(rs1(dp)) + s(rs2(dp));
          const magnitude = <f64>abs(result);
          if (hart.fs != FS_OFF && magnitude < hart.limit) {
            setF(rd(dp), BOX | <u64>reinterpret<u32>(result));
            hart.fs = FS_DIRTY;
            dp += 16;
            continue;
          }
          exit = float(dp);
          if (exit != EXIT_NEXT) break;
          dp += 16;
          continue;
        }
        case Op.FSUB_S: {
          const result = s(rs1(dp)) - s(rs2(dp));
          const magnitude = <f64>abs(result);
          if (hart.fs != FS_OFF && magnitude < hart.limit) {
            setF(rd(dp), BOX | <u64>reinterpret<u32>(result));
            hart.fs = FS_DIRTY;
            dp += 16;
            continue;
          }
          exit = float(dp);
          if (exit != EXIT_NEXT) break;
          dp += 16;
          continue;
        }
        case Op.FMUL_S: {
          const result = s(rs1(dp)) * s(rs2(dp));
          const magnitude = <f64>abs(result);
          if (hart.fs != FS_OFF && magnitude < hart.limit && magnitude > NORMAL_MIN32) {
            setF(rd(dp), BOX | <u64>reinterpret<u32>(result));
            hart.fs = FS_DIRTY;
            dp += 16;
            continue;
          }
          exit = float(dp);
          if (exit != EXIT_NEXT) break;
          dp += 16;
          continue;
        }
        case Op.FDIV_S: {
          const result = s(rs1(dp)) / s(rs2(dp));
          const magnitude = <f64>abs(result);
          if (hart.fs != FS_OFF && magnitude < hart.limit && magnitude > NORMAL_MIN32) {
            setF(rd(dp), BOX | <u64>reinterpret<u32>(result));
            hart.fs = FS_DIRTY;
            dp += 16;
            continue;
          }
          exit = float(dp);
          if (exit != EXIT_NEXT) break;
          dp += 16;
          continue;
        }
        case Op.FSGNJ_D:
          if (hart.fs == FS_OFF) {
            exit = illegalInstruction();
            break;
          }
          setF(rd(dp), (f(rs1(dp)) & ~SIGN64) | (f(rs2(dp)) & SIGN64));
          hart.fs = FS_DIRTY;
          dp += 16;
          continue;
        case Op.FMV_X_D:
          if (hart.fs == FS_OFF) {
            exit = illegalInstruction();
            break;
          }
          if (rd(dp) != 0) setX(rd(dp), f(rs1(dp)));
          dp += 16;
          continue;
        case Op.FMV_D_X:
          if (hart.fs == FS_OFF) {
            exit = illegalInstruction();
            break;
          }
          setF(rd(dp), x(rs1(dp)));
          hart.fs = FS_DIRTY;
          dp += 16;
          continue;
        case Op.FLOAT:
          exit = float(dp);
          if (exit != EXIT_NEXT) break;
          dp += 16;
          continue;

        // A and Zacas

        case Op.LR_W:
        case Op.SC_W:
        case Op.AMOSWAP_W:
        case Op.AMOADD_W:
        case Op.AMOXOR_W:
        case Op.AMOAND_W:
        case Op.AMOOR_W:
        case Op.AMOMIN_W:
        case Op.AMOMAX_W:
        case Op.AMOMINU_W:
        case Op.AMOMAXU_W:
        case Op.AMOCAS_W:
        case Op.LR_D:
        case Op.SC_D:
        case Op.AMOSWAP_D:
        case Op.AMOADD_D:
        case Op.AMOXOR_D:
        case Op.AMOAND_D:
        case Op.AMOOR_D:
        case Op.AMOMIN_D:
        case Op.AMOMAX_D:
        case Op.AMOMINU_D:
        case Op.AMOMAXU_D:
        case Op.AMOCAS_D:
        case Op.AMOCAS_Q:
          hart.left = left;
          exit = atomic(load<u16>(dp), dp);
          if (exit == EXIT_TRAP) break;
          dp += 16;
          if (exit == EXIT_AGAIN) break;
          continue;

        // System

        case Op.FENCE_I:
        case Op.ECALL:
        case Op.EBREAK:
        case Op.C_EBREAK:
        case Op.SRET:
        case Op.MRET:
        case Op.WFI:
        case Op.SFENCE_VMA:
        case Op.SFENCE_ORDER:
        case Op.CSRRW:
        case Op.CSRRS:
        case Op.CSRRC:
        case Op.CSRRWI:
        case Op.CSRRSI:
        case Op.CSRRCI:
        case Op.CBO_INVAL:
        case Op.CBO_CLEAN:
        case Op.CBO_FLUSH:
        case Op.CBO_ZERO:
          hart.left = left;
          hart.pc = pcOf(page, base, dp);
          exit = system(load<u16>(dp), dp);
          tlb = hart.dataTlb;
          if (exit != EXIT_NEXT) break;
          dp += 16;
          continue;

        // Getting along

        case Op.DECODE:
          left++;
          decodeRun(base, dp);
          continue;
        case Op.PAGE_END:
          left++;
          pc = pcOf(page, base, dp);
          break;
        case Op.CROSS:
          left++;
          pc = pcOf(page, base, dp);
          base = fetchOne(pc);
          if (base == 0) {
            left--;
            hart.left = left;
            hart.pc = pc;
            return EXIT_TRAP;
          }
          dp = slotAt(base, pc);
          continue;
        default:
          exit = illegalInstruction();
      }
      break;
    }
    if (exit != EXIT_NEXT) {
      if (exit != EXIT_JUMP) hart.pc = pcOf(page, base, dp);
      hart.left = left;
      return exit;
    }
  }
}
