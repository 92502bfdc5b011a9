/*
 * Atomic instructions in compiled code [unpriv 13, 16]; their meaning stands in isa/atomic.ts. What is misaligned, not in the TLB, or 128 bits wide is the interpreter's.
 */

import { HART_PTR } from "../abi";
import { Op } from "../isa/opcodes";
import { rd, rs1, rs2 } from "../isa/slot";
import { access, get, i32Const, i64Const, op, set, tee, Wasm } from "./bytes";
import { HART_RESERVATION_PA, HART_RESERVATION_VALUE } from "./fields";
import { LOCAL_A, LOCAL_B, LOCAL_ENTRY, LOCAL_WORD } from "./locals";
import { bytesOf, pushAddress } from "./memory";
import { Block } from "./region";
import { close, open } from "./shape";
import { popX, pushX, writeStepIf } from "./translate";
import { slotOf } from "./window";

const LOW_HALF: i64 = 0xffff_ffff;

export function isAtomic(code: Op): bool {
  return code >= Op.LR_W && code <= Op.AMOCAS_D;
}

/** Writes the atomic instruction at `offset` of block `b`. */
export function writeAtomic(b: Block, offset: u32, done: u32): void {
  const dp = slotOf(offset);
  const code = <Op>load<u16>(dp);
  const bytes = bytesOf(code);
  const to = rd(dp) >> 3;
  pushX(rs1(dp) >> 3);
  i64Const(<i64>(bytes - 1));
  op(Wasm.I64_AND);
  op(Wasm.I64_EQZ);
  op(Wasm.I32_EQZ);
  writeStepIf(b, offset, done);
  const distance = pushAddress(b, offset, done);
  i32Const(<i32>distance);
  op(Wasm.I32_ADD);
  set(LOCAL_WORD);
  if (code == Op.SC_W || code == Op.SC_D) storeConditional(to, rs2(dp) >> 3, bytes);
  else {
    get(LOCAL_WORD);
    access(bytes == 4 ? Wasm.I64_LOAD32_S : Wasm.I64_LOAD, 0);
    set(LOCAL_A);
    if (code == Op.LR_W || code == Op.LR_D) reserveAddress();
    else {
      get(LOCAL_WORD);
      combine(code, rs2(dp) >> 3, to, bytes == 4);
      access(bytes == 4 ? Wasm.I64_STORE32 : Wasm.I64_STORE, 0);
    }
    if (to != 0) {
      get(LOCAL_A);
      popX(to);
    }
  }
}

function reserveAddress(): void {
  i32Const(0);
  get(LOCAL_WORD);
  op(Wasm.I64_EXTEND_U);
  access(Wasm.I64_STORE, HART_PTR + HART_RESERVATION_PA);
  i32Const(0);
  get(LOCAL_A);
  access(Wasm.I64_STORE, HART_PTR + HART_RESERVATION_VALUE);
}

function storeConditional(to: u32, source: u32, bytes: i32): void {
  // LOCAL_B: 0 if the reservation is held and memory has the value still, else 1.
  i32Const(0);
  access(Wasm.I64_LOAD, HART_PTR + HART_RESERVATION_PA);
  get(LOCAL_WORD);
  op(Wasm.I64_EXTEND_U);
  op(Wasm.I64_EQ);
  get(LOCAL_WORD);
  access(bytes == 4 ? Wasm.I64_LOAD32_U : Wasm.I64_LOAD, 0);
  i32Const(0);
  access(bytes == 4 ? Wasm.I64_LOAD32_U : Wasm.I64_LOAD, HART_PTR + HART_RESERVATION_VALUE);
  op(Wasm.I64_EQ);
  op(Wasm.I32_AND);
  op(Wasm.I32_EQZ);
  op(Wasm.I64_EXTEND_U);
  tee(LOCAL_B);
  op(Wasm.I64_EQZ);
  open(Wasm.IF);
  get(LOCAL_WORD);
  pushX(source);
  access(bytes == 4 ? Wasm.I64_STORE32 : Wasm.I64_STORE, 0);
  close();
  i32Const(0);
  i64Const(-1);
  access(Wasm.I64_STORE, HART_PTR + HART_RESERVATION_PA);
  if (to == 0) return;
  get(LOCAL_B);
  popX(to);
}

/** Pushes what is stored, of which the low half counts for words; LOCAL_A is what memory held. */
function combine(code: Op, source: u32, expected: u32, isWord: bool): void {
  switch (<i32>code) {
    case Op.AMOSWAP_W:
    case Op.AMOSWAP_D:
      pushX(source);
      return;
    case Op.AMOADD_W:
    case Op.AMOADD_D:
      withSource(source, Wasm.I64_ADD);
      return;
    case Op.AMOXOR_W:
    case Op.AMOXOR_D:
      withSource(source, Wasm.I64_XOR);
      return;
    case Op.AMOAND_W:
    case Op.AMOAND_D:
      withSource(source, Wasm.I64_AND);
      return;
    case Op.AMOOR_W:
    case Op.AMOOR_D:
      withSource(source, Wasm.I64_OR);
      return;
    case Op.AMOMIN_W:
    case Op.AMOMIN_D:
      choose(source, Wasm.I64_LT_S, isWord);
      return;
    case Op.AMOMAX_W:
    case Op.AMOMAX_D:
      choose(source, Wasm.I64_GT_S, isWord);
      return;
    case Op.AMOMINU_W:
    case Op.AMOMINU_D:
      choose(source, Wasm.I64_LT_U, isWord);
      return;
    case Op.AMOMAXU_W:
    case Op.AMOMAXU_D:
      choose(source, Wasm.I64_GT_U, isWord);
      return;
    default:
      pushX(source);
      get(LOCAL_A);
      if (isWord) low();
      pushX(expected);
      if (isWord) low();
      op(Wasm.I64_EQ);
      chooseStored();
  }
}

function withSource(source: u32, code: Wasm): void {
  get(LOCAL_A);
  pushX(source);
  op(code);
}

/** The value in memory if it compares so with the source, else the source. Sign extension keeps the order of unsigned words, too. */
function choose(source: u32, code: Wasm, isWord: bool): void {
  get(LOCAL_A);
  pushX(source);
  get(LOCAL_A);
  pushX(source);
  if (isWord) op(Wasm.I64_EXTEND32_S);
  op(code);
  op(Wasm.SELECT);
}

/** amocas: the source if the i32 on the stack is not 0, else what memory held. */
function chooseStored(): void {
  set(LOCAL_ENTRY);
  get(LOCAL_A);
  get(LOCAL_ENTRY);
  op(Wasm.SELECT);
}

function low(): void {
  i64Const(LOW_HALF);
  op(Wasm.I64_AND);
}
