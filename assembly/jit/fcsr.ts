/*
 * fflags, frm and fcsr in compiled code [unpriv 20.2]. The C library reads, and writes back, the flags around each quiet comparison, so that a step out of the unit there would cost more than all the
 * arithmetic beside it. hart.limit and its copy in the unit follow, as in `setFcsr` of hart/csr.ts.
 */

import { HART_PTR } from "../abi";
import { CSR_FCSR, CSR_FFLAGS, CSR_FRM } from "../hart/csr";
import { FS_DIRTY } from "../hart/status";
import { Op } from "../isa/opcodes";
import { imm, rd, rs1 } from "../isa/slot";
import { access, f64Const, get, i32Const, i64Const, op, set, Wasm } from "./bytes";
import { HART_FFLAGS, HART_FRM, HART_FS, HART_LIMIT } from "./fields";
import { writeRange } from "./float";
import { LOCAL_B, LOCAL_WORD, pushField } from "./locals";
import { Block } from "./region";
import { popX, pushX, writeStepIf } from "./translate";

const FLAGS_MASK: i32 = 31;
const FLAGS_BITS: i32 = 5;
const FRM_MASK: i32 = 7;
/** Rounding modes from here on are reserved: what rounds by frm is illegal then, and units do not look. */
export const FRM_RESERVED: i32 = 5;

export function isFcsr(csr: u32): bool {
  return csr == CSR_FFLAGS || csr == CSR_FRM || csr == CSR_FCSR;
}

/** Whether the access to fflags, frm or fcsr in the slot can be part of a unit; setting and clearing bits of all of fcsr is rare. */
export function isFcsrCompiled(code: Op, dp: u32): bool {
  if (!writes(code, dp)) return rd(dp) != 0;
  return imm(dp) != CSR_FCSR || code == Op.CSRRW || code == Op.CSRRWI;
}

/** A set or clear of nothing does not write [unpriv 7.1]. */
function writes(code: Op, dp: u32): bool {
  return code == Op.CSRRW || code == Op.CSRRWI || rs1(dp) != 0;
}

/** Writes the access in the slot at `dp`, the instruction at `offset` of block `b`; that floating point is on has been seen to. */
export function writeFcsr(b: Block, offset: u32, done: u32, code: Op, dp: u32): void {
  const csr = <u32>imm(dp);
  const to = rd(dp) >> 3;
  if (!writes(code, dp)) {
    pushOld(csr);
    popX(to);
    return;
  }
  pushNew(csr, code, rs1(dp) >> 3);
  set(LOCAL_WORD);
  if (csr != CSR_FFLAGS) {
    pushFrm(csr);
    i32Const(FRM_RESERVED);
    op(Wasm.I32_GE_U);
    writeStepIf(b, offset, done);
  }
  if (to != 0) {
    pushOld(csr);
    set(LOCAL_B);
  }
  if (csr != CSR_FRM) keep(HART_FFLAGS, csr);
  if (csr != CSR_FFLAGS) keep(HART_FRM, csr);
  i32Const(0);
  i32Const(FS_DIRTY);
  access(Wasm.I32_STORE, HART_PTR + HART_FS);
  deriveLimit();
  if (to == 0) return;
  get(LOCAL_B);
  popX(to);
}

function pushOld(csr: u32): void {
  if (csr != CSR_FFLAGS) pushField(Wasm.I64_LOAD32_U, HART_FRM);
  if (csr == CSR_FCSR) {
    i64Const(FLAGS_BITS);
    op(Wasm.I64_SHL);
  }
  if (csr != CSR_FRM) pushField(Wasm.I64_LOAD32_U, HART_FFLAGS);
  if (csr == CSR_FCSR) op(Wasm.I64_OR);
}

/** Pushes what is to be written, an i32 whose higher bits mean nothing; `from` is a register's number or the immediate. */
function pushNew(csr: u32, code: Op, from: u32): void {
  const isImmediate = code >= Op.CSRRWI;
  if (isImmediate) i32Const(<i32>from);
  else {
    pushX(from);
    op(Wasm.I32_WRAP);
  }
  if (code == Op.CSRRW || code == Op.CSRRWI) return;
  const clears = code == Op.CSRRC || code == Op.CSRRCI;
  if (clears) {
    i32Const(-1);
    op(Wasm.I32_XOR);
  }
  pushField(Wasm.I32_LOAD, csr == CSR_FRM ? HART_FRM : HART_FFLAGS);
  op(clears ? Wasm.I32_AND : Wasm.I32_OR);
}

/** Pushes the rounding mode in what is to be written. */
function pushFrm(csr: u32): void {
  get(LOCAL_WORD);
  if (csr == CSR_FCSR) {
    i32Const(FLAGS_BITS);
    op(Wasm.I32_SHR_U);
  }
  i32Const(FRM_MASK);
  op(Wasm.I32_AND);
}

function keep(field: u32, csr: u32): void {
  i32Const(0);
  if (field == HART_FRM) pushFrm(csr);
  else {
    get(LOCAL_WORD);
    i32Const(FLAGS_MASK);
    op(Wasm.I32_AND);
  }
  access(Wasm.I32_STORE, HART_PTR + field);
}

function deriveLimit(): void {
  i32Const(0);
  f64Const(Infinity);
  f64Const(-Infinity);
  pushField(Wasm.I32_LOAD, HART_FFLAGS);
  i32Const(1);
  op(Wasm.I32_AND);
  pushField(Wasm.I32_LOAD, HART_FRM);
  op(Wasm.I32_EQZ);
  op(Wasm.I32_AND);
  op(Wasm.SELECT);
  access(Wasm.F64_STORE, HART_PTR + HART_LIMIT);
  writeRange();
}
