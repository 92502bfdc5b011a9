/*
 * Loads and stores of a unit. What is behind a base register is translated once for all accesses of a block that go through it with the register unchanged: one look into the
 * TLB for the whole span, raw accesses after it. A miss, a span that leaves its page, a device, a page with code: the interpreter executes that instruction.
 */

import { EMIT_PTR } from "../abi";
import { Op } from "../isa/opcodes";
import { imm, rd, rs1 } from "../isa/slot";
import { ADDEND, ENTRY_SHIFT, TAG_WRITE } from "../mmu/tlb";
import { access, get, i32Const, i64Const, op, set, tee, Wasm } from "./bytes";
import { lengthOf } from "./flow";
import { LOCAL_A, LOCAL_ENTRY, LOCAL_MASK, LOCAL_TLB, localOfBase } from "./locals";
import { Block } from "./region";
import { isWhole, STACK_POINTER } from "./stack";
import { pushX, writeStepIf, writesRegister } from "./translate";
import { pageOf, slotOf } from "./window";

/** What one look into the TLB may span, in bytes: more would miss too often because it leaves the page. */
const SPAN_MAX: i32 = 256;
const PAGE_SHIFT: u32 = 12;

/** Per x register: whether it has been looked up in this block, from which offset to which, and whether for stores too. */
@unmanaged
class Group {
  live: u32;
  from: i32;
  to: i32;
  writes: u32;
}

const GROUPS_PTR: u32 = EMIT_PTR + 0x7_9000;

function group(r: u32): Group {
  return changetype<Group>(GROUPS_PTR + (r << 4));
}

/** Forgets all that was looked up; a block begins. */
export function forgetGroups(): void {
  memory.fill(GROUPS_PTR, 0, 32 << 4);
}

/** Register `r` is written: what it pointed to is behind it no more. */
export function forgetGroup(r: u32): void {
  group(r).live = 0;
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

/** The distance of an access from its base register; atomic instructions have none. */
export function distanceOf(dp: u32): i32 {
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
  const from = distanceOf(dp);
  const g = group(base);
  const local = localOfBase(base);
  if (!g.live || g.from > from || g.to < from + bytesOf(code) || (isStore(code) && !g.writes)) {
    span(b, offset, base, g);
    lookUp(b, offset, done, base, local, g);
  }
  get(local);
  return <u32>(from - g.from);
}

/** Finds how much of what is behind the register the rest of the block needs. */
function span(b: Block, offset: u32, base: u32, g: Group): void {
  const dp = slotOf(offset);
  g.live = 1;
  g.from = distanceOf(dp);
  g.to = g.from + bytesOf(<Op>load<u16>(dp));
  g.writes = 0;
  for (let at = offset; at < b.end; ) {
    const slot = slotOf(at);
    const code = <Op>load<u16>(slot);
    const stores = isStore(code);
    if ((stores || isLoad(code)) && rs1(slot) >> 3 == base) {
      const from = min(g.from, distanceOf(slot));
      const to = max(g.to, distanceOf(slot) + bytesOf(code));
      if (to - from <= SPAN_MAX && (base != STACK_POINTER || isWhole(pageOf(at), from, to))) {
        g.from = from;
        g.to = to;
        if (stores) g.writes = 1;
      }
    }
    if (writesRegister(code) && rd(slot) >> 3 == base) return;
    at += lengthOf(code);
  }
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
  get(LOCAL_TLB);
  op(Wasm.I32_ADD);
  tee(LOCAL_ENTRY);
  access(Wasm.I64_LOAD, writes ? TAG_WRITE : 0);
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
  access(Wasm.I32_LOAD, ADDEND);
  op(Wasm.I32_ADD);
}
