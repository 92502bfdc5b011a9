/*
 * Loads and stores of a unit. What is behind a base register is translated once for all accesses that go through it, in a block and in those that are only reached from it, until something is written to
 * the register that is no step of a few bytes: one look into the TLB for the whole span, raw accesses after it. A miss, a span that leaves its page, a device, a page with code: the interpreter executes that instruction.
 */

import { EMIT_PTR } from "../abi";
import { Op } from "../isa/opcodes";
import { imm, rd, rs1 } from "../isa/slot";
import { ADDEND, ENTRY_SHIFT, TAG_WRITE, USER_TLB } from "../mmu/tlb";
import { access, get, i32Const, i64Const, op, set, tee, Wasm } from "./bytes";
import { lengthOf } from "./flow";
import { LOCAL_A, LOCAL_ENTRY, LOCAL_MASK, LOCAL_TLB, localOfBase } from "./locals";
import { Block, block, blockCount, indexOf, NONE, SEVERAL } from "./region";
import { isWhole, STACK_POINTER } from "./stack";
import { pushX, writeStepIf, writesRegister } from "./translate";
import { pageOf, slotOf } from "./window";

/** What one look into the TLB may span, in bytes: more would miss too often because it leaves the page. What is only perhaps executed counts for less. */
const SPAN_MAX: i32 = 256;
const SPAN_MAYBE: i32 = 32;
/** How many blocks further a look is for. */
const BLOCKS_AHEAD: u32 = 4;
/** Below this many bytes a register goes on by a step. */
const STEP_MAX: i32 = 32;
/** How far all steps together may lead from what was looked up. */
const FROM_MAX: i32 = 4096;
const PAGE_SHIFT: u32 = 12;

/** Per x register: whether what it points to has been looked up, from which offset to which, and whether for stores too. */
@unmanaged
class Group {
  live: u8;
  writes: u8;
  from: i16;
  to: i16;
  reserved: u16;
}

const GROUP_SHIFT: u32 = 3;
const GROUPS_BYTES: u32 = 32 << GROUP_SHIFT;
const GROUPS_PTR: u32 = EMIT_PTR + 0x7_9000;
/** What is known at the end of each block. */
const KEPT_PTR: u32 = EMIT_PTR + 0x4_4000;

/** Whether the unit is for U-mode, so that where its TLB lies is known. */
let ofUser: bool = false;

/** A unit begins. */
export function startMemory(isUser: bool): void {
  ofUser = isUser;
  // Whatever order the blocks are written in, nothing of another unit's is found there.
  memory.fill(KEPT_PTR, 0, blockCount() * GROUPS_BYTES);
}

function group(r: u32): Group {
  return changetype<Group>(GROUPS_PTR + (r << GROUP_SHIFT));
}

/** Block `b` begins: what was looked up in the only one before it still is. */
export function startGroups(b: Block): void {
  if (isContinuation(b)) memory.copy(GROUPS_PTR, KEPT_PTR + b.from * GROUPS_BYTES, GROUPS_BYTES);
  else forgetGroups();
}

/** Block `b` ends. */
export function keepGroups(b: Block): void {
  memory.copy(KEPT_PTR + indexOf(b) * GROUPS_BYTES, GROUPS_PTR, GROUPS_BYTES);
}

/** Whether block `b` is only reached from one other. */
function isContinuation(b: Block): bool {
  return b.state == NONE && b.from < SEVERAL;
}

/** Forgets all that was looked up. */
export function forgetGroups(): void {
  memory.fill(GROUPS_PTR, 0, GROUPS_BYTES);
}

/** Register `r` is written: what it pointed to is behind it no more. */
export function forgetGroup(r: u32): void {
  group(r).live = 0;
}

/** How far an instruction moves the register that it writes, 0 = to where nobody knows. */
function stepOf(code: Op, dp: u32): i32 {
  return (code == Op.ADDI || code == Op.C_ADDI) && rd(dp) == rs1(dp) && abs(imm(dp)) < STEP_MAX ? imm(dp) : 0;
}

/** Whether what x register `r` points to has been looked up. */
export function isLookedUp(r: u32): bool {
  return group(r).live != 0;
}

/** The instruction in the slot has been written; if it is a step, what its register pointed to, if `lookedUp`, is a little behind it. */
export function moveGroup(code: Op, dp: u32, lookedUp: bool): void {
  const step = stepOf(code, dp);
  const g = group(rd(dp) >> 3);
  if (step == 0 || !lookedUp || abs(<i32>g.from - step) > FROM_MAX) return;
  g.live = 1;
  g.from -= <i16>step;
  g.to -= <i16>step;
}

export function isLoad(code: Op): bool {
  return (
    code == Op.LR_W ||
    code == Op.LR_D ||
    (code >= Op.LB && code <= Op.LWU) ||
    code == Op.C_LW ||
    code == Op.C_LD ||
    code == Op.FLW ||
    code == Op.FLD ||
    code == Op.C_FLD
  );
}

export function isStore(code: Op): bool {
  return (
    isAtomicStore(code) ||
    (code >= Op.SB && code <= Op.SD) ||
    code == Op.C_SW ||
    code == Op.C_SD ||
    code == Op.FSW ||
    code == Op.FSD ||
    code == Op.C_FSD
  );
}

function isAtomicStore(code: Op): bool {
  return code > Op.LR_W && code <= Op.AMOCAS_D && code != Op.LR_D;
}

/** The displacement of an access from its base register; atomic instructions have none. */
export function displacementOf(dp: u32): i32 {
  const code = <Op>load<u16>(dp);
  return code >= Op.LR_W && code <= Op.AMOCAS_D ? 0 : imm(dp);
}

export function bytesOf(code: Op): i32 {
  switch (<i32>code) {
    case Op.LB:
    case Op.LBU:
    case Op.SB:
      return 1;
    case Op.LH:
    case Op.LHU:
    case Op.SH:
      return 2;
    case Op.LW:
    case Op.LWU:
    case Op.SW:
    case Op.C_LW:
    case Op.C_SW:
    case Op.FLW:
    case Op.FSW:
      return 4;
    default:
      return code >= Op.LR_W && code <= Op.AMOCAS_W ? 4 : 8;
  }
}

/** Pushes where the access of the instruction at `offset` of block `b` goes, and returns the offset that its load or store is to have. */
export function pushAddress(b: Block, offset: u32, done: u32): u32 {
  const dp = slotOf(offset);
  const base = rs1(dp) >> 3;
  const code = <Op>load<u16>(dp);
  const from = displacementOf(dp);
  const g = group(base);
  const local = localOfBase(base);
  if (!g.live || g.from > from || g.to < from + bytesOf(code) || (isStore(code) && !g.writes)) {
    span(b, offset, base, g);
    lookUp(b, offset, done, base, local, g);
  }
  get(local);
  return <u32>(from - g.from);
}

/** Finds how much of what is behind the register the rest of the block needs, and what comes after it. */
function span(b: Block, offset: u32, base: u32, g: Group): void {
  const dp = slotOf(offset);
  g.live = 1;
  g.from = <i16>displacementOf(dp);
  g.to = g.from + <i16>bytesOf(<Op>load<u16>(dp));
  g.writes = 0;
  spanFrom(b, offset, base, g, 0, 0);
}

/** `moved`: how far the register has gone on, `ahead`: how many blocks. */
function spanFrom(b: Block, offset: u32, base: u32, g: Group, moved: i32, ahead: u32): void {
  for (let at = offset; at < b.end; ) {
    const slot = slotOf(at);
    const code = <Op>load<u16>(slot);
    const stores = isStore(code);
    if ((stores || isLoad(code)) && rs1(slot) >> 3 == base) {
      const displacement = displacementOf(slot) + moved;
      const from = min(<i32>g.from, displacement);
      const to = max(<i32>g.to, displacement + bytesOf(code));
      if (
        to - from <= (ahead == 0 && moved == 0 ? SPAN_MAX : SPAN_MAYBE) &&
        (base != STACK_POINTER || isWhole(pageOf(at), from, to))
      ) {
        g.from = <i16>from;
        g.to = <i16>to;
        // A page that may only be read must not miss for a store that is not executed.
        if (stores && ahead == 0) g.writes = 1;
      }
    }
    if (writesRegister(code) && rd(slot) >> 3 == base) {
      const step = stepOf(code, slot);
      if (step == 0 || base == STACK_POINTER) return;
      moved += step;
    }
    at += lengthOf(code);
  }
  if (ahead == BLOCKS_AHEAD) return;
  spanAhead(b.taken, base, g, moved, ahead + 1);
  spanAhead(b.next, base, g, moved, ahead + 1);
}

function spanAhead(to: u32, base: u32, g: Group, moved: i32, ahead: u32): void {
  if (to == NONE) return;
  const next = block(to);
  if (isContinuation(next)) spanFrom(next, next.start, base, g, moved, ahead);
}

function lookUp(b: Block, offset: u32, done: u32, base: u32, local: u32, g: Group): void {
  pushX(base);
  i64Const(<i64>g.from);
  op(Wasm.I64_ADD);
  translate(b, offset, done, g.to - g.from, g.writes != 0);
  set(local);
}

/** One look into the TLB [mmu/tlb.ts]: from the i64 address of `bytes` bytes on the stack to their place in linear memory. */
export function translate(b: Block, offset: u32, done: u32, bytes: i32, writes: bool): void {
  tee(LOCAL_A);
  op(Wasm.I32_WRAP);
  i32Const(PAGE_SHIFT - ENTRY_SHIFT);
  op(Wasm.I32_SHR_U);
  get(LOCAL_MASK);
  op(Wasm.I32_AND);
  if (!ofUser) {
    get(LOCAL_TLB);
    op(Wasm.I32_ADD);
  }
  const tlb = ofUser ? USER_TLB : 0;
  tee(LOCAL_ENTRY);
  access(Wasm.I64_LOAD, tlb + (writes ? TAG_WRITE : 0));
  get(LOCAL_A);
  if (bytes > 1) {
    i64Const(<i64>(bytes - 1));
    op(Wasm.I64_ADD);
  }
  i64Const(-4096);
  op(Wasm.I64_AND);
  op(Wasm.I64_NE);
  writeStepIf(b, offset, done);
  get(LOCAL_A);
  op(Wasm.I32_WRAP);
  get(LOCAL_ENTRY);
  access(Wasm.I32_LOAD, tlb + ADDEND);
  op(Wasm.I32_ADD);
}
