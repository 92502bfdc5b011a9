/*
 * System instructions: CSR accesses, traps and returns, fences, cache blocks [unpriv 6, 21; priv 3.3, 12.2].
 *
 * The interpreter has written hart.pc and hart.left before it calls, and reads hart.dataTlb afterwards. Each function returns EXIT_NEXT, EXIT_TRAP, or EXIT_JUMP with hart.pc at the
 * next instruction when interrupts, time or translation may have changed.
 */

import { CACHE_BLOCK_BYTES, PRIV_M, PRIV_S, PRIV_U } from "../abi";
import {
  CSR_FCSR,
  CSR_FFLAGS,
  CSR_FRM,
  CSR_MEPC,
  CSR_MIE,
  CSR_MSCRATCH,
  CSR_MSTATUS,
  CSR_SCAUSE,
  CSR_SEPC,
  CSR_SIE,
  CSR_SIP,
  CSR_SSCRATCH,
  CSR_SSTATUS,
  CSR_STVAL,
  csrAllowed,
  readCsr,
  readForModify,
  writeCsr,
} from "../hart/csr";
import { BREAKPOINT, ECALL_FROM_U, ILLEGAL_INSTRUCTION, raiseException, STORE_ACCESS_FAULT } from "../hart/exception";
import { hart, setX, x } from "../hart/hart";
import { blockAllowed, ENVCFG_CBCFE, ENVCFG_CBIE, MSTATUS_TSR, MSTATUS_TVM, MSTATUS_TW } from "../hart/status";
import { deliverableInterrupts, returnFromM, returnFromS } from "../hart/trap";
import { PAGE_MASK, wrote } from "../memory";
import { atomicPtr, probeBlock } from "../mmu/access";
import { ACCESS_WRITE, pmpAllows } from "../mmu/pmp";
import { dataPriv, flushAll, flushPage, writable } from "../mmu/tlb";
import { EXIT_JUMP, EXIT_NEXT, EXIT_TRAP } from "./exit";
import { Op } from "./opcodes";
import { imm, rd, rs1 } from "./slot";

/** Executes the system instruction in the slot at `dp`, `op` being its operation code. */
export function system(op: Op, dp: u32): u32 {
  switch (<i32>op) {
    case Op.CSRRW:
      return csrWrite(dp, x(rs1(dp)));
    case Op.CSRRWI:
      return csrWrite(dp, rs1(dp) >> 3);
    case Op.CSRRS:
      return csrModify(dp, x(rs1(dp)), 0);
    case Op.CSRRC:
      return csrModify(dp, 0, x(rs1(dp)));
    case Op.CSRRSI:
      return csrModify(dp, rs1(dp) >> 3, 0);
    case Op.CSRRCI:
      return csrModify(dp, 0, rs1(dp) >> 3);
    case Op.ECALL:
      raiseException(ECALL_FROM_U + hart.priv, 0);
      return EXIT_TRAP;
    case Op.EBREAK:
    case Op.C_EBREAK:
      raiseException(BREAKPOINT, hart.pc);
      return EXIT_TRAP;
    case Op.SRET:
      return sret();
    case Op.MRET:
      return mret();
    case Op.WFI:
      return wfi();
    case Op.FENCE_I:
      // Stores to code are seen at once; what remains is to leave a page that was given up meanwhile.
      return jumpToNext();
    case Op.SFENCE_VMA:
      return sfenceVma(dp);
    case Op.SFENCE_ORDER:
      return hart.priv == PRIV_U ? illegalInstruction() : EXIT_NEXT;
    case Op.CBO_INVAL:
      return cboManage(dp, ENVCFG_CBIE);
    case Op.CBO_CLEAN:
    case Op.CBO_FLUSH:
      return cboManage(dp, ENVCFG_CBCFE);
    case Op.CBO_ZERO:
      return cboZero(dp);
    default:
      return illegalInstruction();
  }
}

function illegalInstruction(): u32 {
  raiseException(ILLEGAL_INSTRUCTION, 0);
  return EXIT_TRAP;
}

function jumpToNext(): u32 {
  hart.pc += 4;
  return EXIT_JUMP;
}

/** csrrw, csrrwi: with rd = x0 the CSR is not read. */
function csrWrite(dp: u32, value: u64): u32 {
  const csr = <u32>imm(dp);
  if (!csrAllowed(csr, true)) return illegalInstruction();
  if (rd(dp) != 0) {
    const old = readCsr(csr);
    writeCsr(csr, value);
    setX(rd(dp), old);
  } else writeCsr(csr, value);
  return settle(csr);
}

/** csrrs, csrrc and their immediate forms: with a zero field for the source the CSR is not written. */
function csrModify(dp: u32, set: u64, clear: u64): u32 {
  const csr = <u32>imm(dp);
  const write = rs1(dp) != 0;
  if (!csrAllowed(csr, write)) return illegalInstruction();
  const old = readCsr(csr);
  if (write) writeCsr(csr, (readForModify(csr) | set) & ~clear);
  if (rd(dp) != 0) setX(rd(dp), old);
  return write ? settle(csr) : EXIT_NEXT;
}

/**
 * How to go on after a write to `csr`: in order when nothing follows from it but another data TLB, so that the status and the scratch registers, which
 * a kernel writes at every turn, cost no more than other instructions.
 */
function settle(csr: u32): u32 {
  switch (<i32>csr) {
    case CSR_FFLAGS:
    case CSR_FRM:
    case CSR_FCSR:
    case CSR_SSCRATCH:
    case CSR_SEPC:
    case CSR_SCAUSE:
    case CSR_STVAL:
    case CSR_MSCRATCH:
    case CSR_MEPC:
      return EXIT_NEXT;
    case CSR_SSTATUS:
    case CSR_MSTATUS:
    case CSR_SIE:
    case CSR_MIE:
    case CSR_SIP:
      if (deliverableInterrupts() == 0) return EXIT_NEXT;
      break;
  }
  return jumpToNext();
}

function sret(): u32 {
  if (hart.priv == PRIV_U || (hart.priv == PRIV_S && hart.mstatus & MSTATUS_TSR)) return illegalInstruction();
  returnFromS();
  return EXIT_JUMP;
}

function mret(): u32 {
  if (hart.priv != PRIV_M) return illegalInstruction();
  returnFromM();
  return EXIT_JUMP;
}

/** [priv 3.3.3]: in U-mode it would have to end within a bounded time, so it is illegal there, as with TW below M. */
function wfi(): u32 {
  if (hart.priv == PRIV_U || (hart.priv == PRIV_S && hart.mstatus & MSTATUS_TW)) return illegalInstruction();
  hart.waiting = 1;
  return jumpToNext();
}

function sfenceVma(dp: u32): u32 {
  if (hart.priv == PRIV_U || (hart.priv == PRIV_S && hart.mstatus & MSTATUS_TVM)) return illegalInstruction();
  // TLBs hold one address space at a time, so the ASID operand makes no difference.
  if (rs1(dp) == 0) flushAll();
  else flushPage(x(rs1(dp)) & PAGE_MASK);
  return jumpToNext();
}

/** cbo.inval, cbo.clean, cbo.flush: memory is coherent, so only the permission is checked. */
function cboManage(dp: u32, field: u64): u32 {
  if (!blockAllowed(field)) return illegalInstruction();
  return probeBlock(x(rs1(dp))) ? EXIT_NEXT : EXIT_TRAP;
}

function cboZero(dp: u32): u32 {
  if (!hart.zeroAllowed) return illegalInstruction();
  const va = x(rs1(dp));
  const start = va & ~(<u64>CACHE_BLOCK_BYTES - 1);
  const place = writable(hart.dataTlb, start, CACHE_BLOCK_BYTES);
  if (place != 0) {
    memory.fill(place, 0, CACHE_BLOCK_BYTES);
    return EXIT_NEXT;
  }
  const ptr = atomicPtr(va, 1);
  if (ptr == 0) return EXIT_TRAP;
  const offset = ptr & (CACHE_BLOCK_BYTES - 1);
  if (!pmpAllows(hart.pa - offset, CACHE_BLOCK_BYTES, ACCESS_WRITE, dataPriv())) {
    raiseException(STORE_ACCESS_FAULT, va);
    return EXIT_TRAP;
  }
  const block = ptr - offset;
  memory.fill(block, 0, CACHE_BLOCK_BYTES);
  wrote(block, CACHE_BLOCK_BYTES);
  return EXIT_NEXT;
}
