/*
 * System instructions in compiled code: the CSR accesses that a kernel makes at every turn, and cbo.zero, with which it clears pages. Their meaning stands in isa/system.ts and hart/csr.ts; whatever
 * needs more than a look at the hart is the interpreter's.
 */

import { CACHE_BLOCK_BYTES, HART_PRIV, HART_PTR, PRIV_S } from "../abi";
import { CSR_SCAUSE, CSR_SEPC, CSR_SSCRATCH, CSR_SSTATUS, CSR_STVAL } from "../hart/csr";
import {
  FS_DIRTY,
  MSTATUS_FS_SHIFT,
  MSTATUS_SD,
  MSTATUS_SIE,
  MSTATUS_SUM,
  MSTATUS_UXL_64,
  SSTATUS_WRITABLE,
} from "../hart/status";
import { Op } from "../isa/opcodes";
import { imm, rd, rs1 } from "../isa/slot";
import { DATA_BYTES, SUPERVISOR_MASK, SUPERVISOR_TLB, USE_BYTES } from "../mmu/tlb";
import { access, get, i32Const, i64Const, op, set, tee, Wasm } from "./bytes";
import { isFcsr, isFcsrCompiled, writeFcsr } from "./fcsr";
import {
  HART_CALM,
  HART_FS,
  HART_MASK,
  HART_MSTATUS,
  HART_SCAUSE,
  HART_SEPC,
  HART_SSCRATCH,
  HART_STVAL,
  HART_TLB,
  HART_ZERO_ALLOWED,
} from "./fields";
import { LOCAL_B, LOCAL_MASK, LOCAL_TLB, LOCAL_WORD, pushField, writeStore } from "./locals";
import { forgetGroups, translate } from "./memory";
import { Block } from "./region";
import { popX, pushX, writeStepIf } from "./translate";
import { slotOf } from "./window";

const SIE_IMMEDIATE: u32 = 2;

/** Whether the system instruction in the slot can be part of a unit. */
export function isSystemCompiled(dp: u32): bool {
  const code = <Op>load<u16>(dp);
  if (code == Op.CBO_ZERO) return true;
  if (code < Op.CSRRW || code > Op.CSRRCI) return false;
  if (isFcsr(imm(dp))) return isFcsrCompiled(code, dp);
  const reads = isPlainRead(code, dp);
  switch (imm(dp)) {
    case CSR_SCAUSE:
    case CSR_STVAL:
      return reads;
    case CSR_SSCRATCH:
    case CSR_SEPC:
      return reads || code == Op.CSRRW;
    case CSR_SSTATUS:
      if (reads) return true;
      if (code == Op.CSRRSI || code == Op.CSRRCI) return rs1(dp) >> 3 == SIE_IMMEDIATE;
      return (code == Op.CSRRS || code == Op.CSRRC) && rd(dp) == 0;
    default:
      return false;
  }
}

/** csrr: csrrs or csrrc with nothing to set or clear. */
function isPlainRead(code: Op, dp: u32): bool {
  return code != Op.CSRRW && code != Op.CSRRWI && rs1(dp) == 0 && rd(dp) != 0;
}

/** Writes the system instruction at `offset` of block `b`. */
export function writeSystem(b: Block, offset: u32, done: u32): void {
  const dp = slotOf(offset);
  const code = <Op>load<u16>(dp);
  if (code == Op.CBO_ZERO) {
    zeroBlock(b, offset, done, rs1(dp) >> 3);
    return;
  }
  const csr = <u32>imm(dp);
  // In U-mode these CSRs are not there, with floating point off those are not.
  i32Const(0);
  access(Wasm.I32_LOAD, HART_PTR + (isFcsr(csr) ? HART_FS : HART_PRIV));
  op(Wasm.I32_EQZ);
  writeStepIf(b, offset, done);
  if (isFcsr(csr)) writeFcsr(b, offset, done, code, dp);
  else if (csr == CSR_SSTATUS && !isPlainRead(code, dp)) changeStatus(b, offset, done, code, dp);
  else if (code == Op.CSRRW) exchange(csr, rd(dp) >> 3, rs1(dp) >> 3);
  else {
    pushCsr(csr);
    popX(rd(dp) >> 3);
  }
}

function pushCsr(csr: u32): void {
  if (csr == CSR_SSTATUS) pushStatus();
  else pushField(Wasm.I64_LOAD, fieldOf(csr));
}

function fieldOf(csr: u32): u32 {
  switch (<i32>csr) {
    case CSR_SSCRATCH:
      return HART_SSCRATCH;
    case CSR_SEPC:
      return HART_SEPC;
    case CSR_SCAUSE:
      return HART_SCAUSE;
    default:
      return HART_STVAL;
  }
}

/** sstatus as it is read: `readSstatus` of hart/status.ts. */
function pushStatus(): void {
  pushField(Wasm.I64_LOAD, HART_MSTATUS);
  i64Const(<i64>SSTATUS_WRITABLE);
  op(Wasm.I64_AND);
  pushField(Wasm.I64_LOAD32_U, HART_FS);
  i64Const(<i64>MSTATUS_FS_SHIFT);
  op(Wasm.I64_SHL);
  op(Wasm.I64_OR);
  i64Const(<i64>(MSTATUS_SD | MSTATUS_UXL_64));
  i64Const(<i64>MSTATUS_UXL_64);
  pushField(Wasm.I32_LOAD, HART_FS);
  i32Const(<i32>FS_DIRTY);
  op(Wasm.I32_EQ);
  op(Wasm.SELECT);
  op(Wasm.I64_OR);
}

/** csrrw on a register that nothing follows from. */
function exchange(csr: u32, to: u32, from: u32): void {
  pushField(Wasm.I64_LOAD, fieldOf(csr));
  set(LOCAL_B);
  i32Const(0);
  pushX(from);
  if (csr == CSR_SEPC) {
    i64Const(-2);
    op(Wasm.I64_AND);
  }
  access(Wasm.I64_STORE, HART_PTR + fieldOf(csr));
  if (to == 0) return;
  get(LOCAL_B);
  popX(to);
}

/**
 * Sets or clears sstatus.SIE, or SUM as around every access to user memory. Interrupts may be taken once SIE is set, so that it is left to the interpreter unless
 * none is pending.
 */
function changeStatus(b: Block, offset: u32, done: u32, code: Op, dp: u32): void {
  const clears = code == Op.CSRRC || code == Op.CSRRCI;
  const register = code == Op.CSRRS || code == Op.CSRRC;
  if (register) {
    pushX(rs1(dp) >> 3);
    i64Const(~(<i64>(MSTATUS_SIE | MSTATUS_SUM)));
    op(Wasm.I64_AND);
    op(Wasm.I64_EQZ);
    op(Wasm.I32_EQZ);
    pushField(Wasm.I32_LOAD, HART_PRIV);
    i32Const(PRIV_S);
    op(Wasm.I32_NE);
    op(Wasm.I32_OR);
  } else i32Const(0);
  if (!clears) {
    pushField(Wasm.I32_LOAD, HART_CALM);
    op(Wasm.I32_EQZ);
    op(Wasm.I32_OR);
  }
  writeStepIf(b, offset, done);
  if (rd(dp) != 0) {
    pushStatus();
    set(LOCAL_B);
  }
  i32Const(0);
  pushField(Wasm.I64_LOAD, HART_MSTATUS);
  if (register) {
    pushX(rs1(dp) >> 3);
    if (clears) {
      i64Const(-1);
      op(Wasm.I64_XOR);
    }
  } else i64Const(<i64>(clears ? ~MSTATUS_SIE : MSTATUS_SIE));
  op(clears ? Wasm.I64_AND : Wasm.I64_OR);
  access(Wasm.I64_STORE, HART_PTR + HART_MSTATUS);
  if (register) selectTlb();
  if (rd(dp) == 0) return;
  get(LOCAL_B);
  popX(rd(dp) >> 3);
}

/** What `switchContext` of mmu/tlb.ts does in S-mode after a change of SUM. */
function selectTlb(): void {
  pushField(Wasm.I32_LOAD, HART_MSTATUS);
  i32Const(<i32>MSTATUS_SUM);
  op(Wasm.I32_AND);
  i32Const(0);
  op(Wasm.I32_NE);
  tee(LOCAL_WORD);
  i32Const(DATA_BYTES);
  op(Wasm.I32_MUL);
  i32Const(SUPERVISOR_TLB);
  op(Wasm.I32_ADD);
  set(LOCAL_TLB);
  get(LOCAL_WORD);
  i32Const(USE_BYTES);
  op(Wasm.I32_MUL);
  access(Wasm.I32_LOAD, SUPERVISOR_MASK);
  set(LOCAL_MASK);
  writeStore(Wasm.I32_STORE, HART_TLB, LOCAL_TLB);
  writeStore(Wasm.I32_STORE, HART_MASK, LOCAL_MASK);
  forgetGroups();
}

/** cbo.zero [unpriv 30]. */
function zeroBlock(b: Block, offset: u32, done: u32, base: u32): void {
  pushField(Wasm.I32_LOAD, HART_ZERO_ALLOWED);
  op(Wasm.I32_EQZ);
  writeStepIf(b, offset, done);
  pushX(base);
  i64Const(-(<i64>CACHE_BLOCK_BYTES));
  op(Wasm.I64_AND);
  translate(b, offset, done, CACHE_BLOCK_BYTES, true);
  set(LOCAL_WORD);
  for (let at: u32 = 0; at < CACHE_BLOCK_BYTES; at += 8) {
    get(LOCAL_WORD);
    i64Const(0);
    access(Wasm.I64_STORE, at);
  }
}
