/*
 * What goes into a unit: the decoded code of its window that can be reached from an entry without leaving the window, as basic blocks.
 *
 * Only decoded slots are followed, and what is decoded was executed, so code that never runs is not compiled. Calls inside the window are followed like jumps, and the
 * point behind such a call is an entry, to which the callee returns. Where a jump by a register leads is not known; but the cases of a `switch` are
 * warm by the time that the first of them is hot, and so all that is warm in the page and leads to such a jump becomes entries: the loop of a byte-code interpreter is one unit, not one for each case.
 * What stands behind a call that leaves the window, or behind an instruction that the interpreter executes, is
 * left to a unit of its own: each unit loads and stores all registers that it uses, so short visits want small units.
 */

import { EMIT_PTR } from "../abi";
import { Op } from "../isa/opcodes";
import { gather, heatAt } from "../isa/pages";
import { rs1 } from "../isa/slot";
import { FIRST_ENTRY, threshold } from "./entries";
import { distanceOf, Flow, flowOf, lengthOf } from "./flow";
import { isBeyond, isEnterable, isInWindow, slotOf, startWindow } from "./window";

export const INSNS_MAX: u32 = 400;
export const BLOCKS_MAX: u32 = 160;
export const NONE: u32 = 0xffff_ffff;
export const SEVERAL: u32 = 0xffff_fffe;

/** In a window. */
const HALVES: u32 = 4096;

/** The register by which functions return. */
const RETURN_ADDRESS: u32 = 1;

/** u8 per halfword: what is known of the instruction that begins there. */
const MARKS_PTR: u32 = EMIT_PTR + 0x3_0000;
const REACHED: u32 = 1;
const LEADER: u32 = 2;
const ENTRY: u32 = 4;
/** Instructions that overlap flow together here; blocks end, or the unit's longest way would have more instructions than the unit. */
const JOIN: u32 = 8;
/** Leads to a jump by a register other than the return address. */
const TO_SWITCH: u32 = 16;
/** u32 per halfword: the block that begins there, plus one. */
const BLOCK_AT_PTR: u32 = MARKS_PTR + HALVES;
/** u32 offsets that are still to be followed. */
const WORK_PTR: u32 = BLOCK_AT_PTR + HALVES * 4;
const BLOCKS_PTR: u32 = EMIT_PTR + 0x4_0000;
const BLOCK_BYTES: u32 = offsetof<Block>();
/** Longer loops are in the unit once only. */
const UNROLLED_INSNS_MAX: u32 = 80;

@unmanaged
export class Block {
  /** Offset of the first instruction in the window, and of what follows the last. */
  start: u32;
  end: u32;
  /** Offset of the last instruction when it ends the block itself, else `end`. */
  last: u32;
  insns: u32;
  flow: Flow;
  /** Blocks that follow: after a jump or taken branch, and in order. NONE where they are outside the unit. */
  taken: u32;
  next: u32;
  /** The only block that it follows; NONE or SEVERAL. */
  from: u32;
  /** State with which the unit's function starts here; NONE if this is no entry. */
  state: u32;
  // Used by shape.ts
  scope: u32;
  index: u32;
  low: u32;
  component: u32;
  /** The loop that begins here, and the label behind which the block stands when it is still to come. */
  loop: u32;
  label: u32;
  stacked: u32;
}

let page: u32 = 0;
let count: u32 = 0;
let insns: u32 = 0;
let work: u32 = 0;
/** Whether what is warm is in the unit. */
let warmed: bool = false;

export function block(index: u32): Block {
  return changetype<Block>(BLOCKS_PTR + index * BLOCK_BYTES);
}

export function indexOf(b: Block): u32 {
  return (changetype<u32>(b) - BLOCKS_PTR) / BLOCK_BYTES;
}

export function blockCount(): u32 {
  return count;
}

/** Instructions in the unit, so also on its longest way without a loop. */
export function insnCount(): u32 {
  return insns;
}

/** Finds the blocks of the unit that begins at `offset` of the decoded page; behind it was the page `behind`, or 0. False when there is nothing to compile. */
export function findRegion(decoded: u32, offset: u32, behind: u32): bool {
  page = decoded;
  startWindow(decoded, behind);
  count = 0;
  insns = 0;
  work = 0;
  warmed = false;
  memory.fill(MARKS_PTR, 0, HALVES * 5);
  lead(offset, LEADER | ENTRY);
  for (let done: u32 = 0; done < work; done++) follow(load<u32>(WORK_PTR + (done << 2)));
  if (flowOf(slotOf(offset)) == Flow.STEP) return false;
  for (let at: u32 = 0; isInWindow(at); at += 2) {
    if ((mark(at) & (LEADER | REACHED)) == (LEADER | REACHED)) formBlock(at);
  }
  for (let i: u32 = 0; i < count; i++) link(block(i));
  unroll();
  for (let i: u32 = 0; i < count; i++) {
    comes(i, block(i).taken);
    comes(i, block(i).next);
  }
  return blockAt(offset) != NONE;
}

function opAt(offset: u32): Op {
  return <Op>load<u16>(slotOf(offset));
}

function mark(offset: u32): u32 {
  return load<u8>(MARKS_PTR + (offset >>> 1));
}

function setMark(offset: u32, bits: u32): void {
  const at = MARKS_PTR + (offset >>> 1);
  store<u8>(at, load<u8>(at) | <u8>bits);
}

/** Whether there is an instruction at `offset` that can be part of a unit. */
function isDecoded(offset: u32): bool {
  if (!isInWindow(offset)) return false;
  const op = opAt(offset);
  return op != Op.DECODE && op > Op.ILLEGAL;
}

/** A block begins at `offset`. */
function lead(offset: u32, bits: u32): void {
  if (!isDecoded(offset)) return;
  if ((mark(offset) & LEADER) == 0) {
    // Every block of the unit can be reached, else a loop might have no entry.
    if (work == BLOCKS_MAX) return;
    store<u32>(WORK_PTR + (work << 2), offset);
    work++;
  }
  setMark(offset, bits);
}

/** Makes entries of what was jumped to in the page a sixteenth as often as what is hot, unless other functions are there. */
function leadWarm(): void {
  if (warmed) return;
  warmed = true;
  markWays();
  const warm = max<u32>(threshold() >>> 4, 1);
  const hottest: u32 = gather(page) ? 0xffff : FIRST_ENTRY - 1;
  for (let at: u32 = 0; isEnterable(at); at += 2) {
    const heat = <u32>load<u16>(heatAt(page, at));
    if (heat >= warm && heat <= hottest && leadsToSwitch(at)) lead(at, LEADER | ENTRY);
  }
}

/** Marks what leads to a jump by a register. */
function markWays(): void {
  let more: bool = true;
  while (more) {
    more = false;
    for (let at = HALVES * 2; at != 0; ) {
      at -= 2;
      if (!isDecoded(at) || leadsToSwitch(at) || !goesOnToSwitch(at)) continue;
      setMark(at, TO_SWITCH);
      more = true;
    }
  }
}

function leadsToSwitch(offset: u32): bool {
  return isInWindow(offset) && (mark(offset) & TO_SWITCH) != 0;
}

/** Whether the instruction at `offset` is such a jump, or is followed by what leads to one; a function that is called comes back. */
function goesOnToSwitch(offset: u32): bool {
  const dp = slotOf(offset);
  const flow = flowOf(dp);
  if (flow == Flow.INDIRECT) return rs1(dp) >> 3 != RETURN_ADDRESS;
  if ((flow == Flow.BRANCH || flow == Flow.JUMP) && leadsToSwitch(offset + distanceOf(dp))) return true;
  return flow != Flow.JUMP && leadsToSwitch(offset + lengthOf(opAt(offset)));
}

/** Walks from a leader to the next jump. */
function follow(offset: u32): void {
  while (isDecoded(offset) && (mark(offset) & REACHED) == 0 && insns < INSNS_MAX) {
    setMark(offset, REACHED);
    insns++;
    const op = opAt(offset);
    const next = offset + lengthOf(op);
    switch (<i32>flowOf(slotOf(offset))) {
      case Flow.NEXT:
        if (isBeyond(next) != isBeyond(offset)) {
          lead(next, LEADER);
          return;
        }
        offset = next;
        continue;
      case Flow.BRANCH:
        lead(offset + distanceOf(slotOf(offset)), LEADER);
        lead(next, LEADER);
        break;
      case Flow.JUMP:
        lead(offset + distanceOf(slotOf(offset)), LEADER);
        break;
      case Flow.INDIRECT:
        if (goesOnToSwitch(offset)) leadWarm();
        break;
      case Flow.CALL: {
        const target = offset + distanceOf(slotOf(offset));
        if (!isInWindow(target)) break;
        lead(target, LEADER);
        if (isEnterable(next)) lead(next, LEADER | ENTRY);
        break;
      }
    }
    return;
  }
  if (isInWindow(offset) && mark(offset) & REACHED) setMark(offset, JOIN);
}

/** Makes the block that begins at the leader `start`. */
function formBlock(start: u32): void {
  const b = block(count);
  store<u32>(BLOCK_AT_PTR + (start << 1), count + 1);
  count++;
  b.start = start;
  b.insns = 0;
  b.flow = Flow.NEXT;
  b.state = mark(start) & ENTRY ? 0 : NONE;
  let at = start;
  do {
    b.last = at;
    const op = opAt(at);
    b.flow = flowOf(slotOf(at));
    at += lengthOf(op);
    b.insns++;
  } while (
    b.flow == Flow.NEXT &&
    isInWindow(at) &&
    isBeyond(at) == isBeyond(start) &&
    (mark(at) & (REACHED | LEADER | JOIN)) == REACHED
  );
  if (b.flow == Flow.NEXT) b.last = at;
  b.end = at;
}

function blockAt(offset: u32): u32 {
  return isInWindow(offset) ? load<u32>(BLOCK_AT_PTR + (offset << 1)) - 1 : NONE;
}

/** Puts the body of each loop of one block into it twice: what the first looks up in the TLB is there for the second. */
function unroll(): void {
  const formed = count;
  for (let i: u32 = 0; i < formed; i++) {
    const b = block(i);
    if (b.taken != i || b.insns > UNROLLED_INSNS_MAX) continue;
    if (count == BLOCKS_MAX || insns + b.insns > INSNS_MAX) continue;
    const copy = block(count);
    memory.copy(changetype<usize>(copy), changetype<usize>(b), BLOCK_BYTES);
    copy.state = NONE;
    b.taken = count;
    count++;
    insns += b.insns;
  }
}

/** Block `to` follows block `index`. */
function comes(index: u32, to: u32): void {
  if (to == NONE) return;
  const b = block(to);
  b.from = b.from == NONE ? index : SEVERAL;
}

function link(b: Block): void {
  b.from = NONE;
  b.taken = NONE;
  b.next = NONE;
  const flow = b.flow;
  if (flow == Flow.BRANCH || flow == Flow.JUMP || flow == Flow.CALL)
    b.taken = blockAt(b.last + distanceOf(slotOf(b.last)));
  if (flow == Flow.BRANCH || flow == Flow.NEXT) b.next = blockAt(b.end);
}
