/*
 * Structured control flow: from a graph of basic blocks to WebAssembly's blocks and loops, for any graph.
 *
 *     scope        a set of blocks; the whole unit, or the inside of a loop
 *     component    a strongly connected component of a scope: a single block, or a loop
 *
 * A scope is written as its components in topological order. For each a `block` is opened first, innermost the one that comes first, so that a jump to a component that is still to
 * come is a branch to the end of its `block`. A component with a cycle becomes a `loop` around its own scope, in which edges to the loop's entries no longer count: they are branches
 * to the loop. A loop with several entries begins with a `br_table` over the local `state`, and so does the unit.
 */

import { EMIT_PTR } from "../abi";
import { byte, get, i32Const, NO_RESULT, op, set, unsigned, Wasm } from "./bytes";
import { hintUnlikely } from "./hints";
import { Block, block, blockCount, indexOf, NONE } from "./region";
import { LOCAL_STATE, writeBlock, writeBudgetCheck } from "./translate";

/** u32 lists of block indices: those of all scopes that are being written, up to the square of BLOCKS_MAX when every block is a loop around the rest, and Tarjan's stack. */
const ORDER_PTR: u32 = EMIT_PTR + 0x5_0000;
const STACK_PTR: u32 = EMIT_PTR + 0x6_f000;
/** u32 per state: the block. */
const STATES_PTR: u32 = EMIT_PTR + 0x7_0000;

/** WebAssembly blocks that are open. */
let depth: u32 = 0;
let orderEnd: u32 = 0;
let stackEnd: u32 = 0;
let visits: u32 = 0;
let components: u32 = 0;
let scopes: u32 = 0;
let states: u32 = 0;
/** Depth of the unit's own loop and of its end. */
let dispatchDepth: u32 = 0;
let bailDepth: u32 = 0;

/** How many states the unit has; the first ones, up to `entries`, may be asked for from outside. */
export function stateCount(): u32 {
  return states;
}

export function stateBlock(state: u32): Block {
  return block(load<u32>(STATES_PTR + (state << 2)));
}

export function open(code: Wasm): u32 {
  op(code);
  byte(NO_RESULT);
  depth++;
  return depth;
}

/** Opens an `if` whose inside is hardly ever executed. */
export function openUnlikely(): void {
  hintUnlikely();
  open(Wasm.IF);
}

export function close(): void {
  op(Wasm.END);
  depth--;
}

/** A branch to the block or loop that was the `to`th to be opened. */
export function branch(to: u32): void {
  op(Wasm.BR);
  unsigned(depth - to);
}

/** The end of the unit, where registers are written back. */
export function branchToEnd(): void {
  branch(bailDepth);
}

/** The unit's beginning, with `state` set. */
export function branchToDispatch(): void {
  branch(dispatchDepth);
}

/** Gives each entry its state; to be called before anything is written. */
export function numberEntries(): void {
  states = 0;
  for (let i: u32 = 0; i < blockCount(); i++) if (block(i).state != NONE) addState(i);
}

function addState(index: u32): void {
  block(index).state = states;
  store<u32>(STATES_PTR + (states << 2), index);
  states++;
}

/** Writes all blocks. */
export function writeShape(): void {
  depth = 0;
  orderEnd = 0;
  stackEnd = 0;
  components = 0;
  scopes = 0;
  const count = blockCount();
  for (let i: u32 = 0; i < count; i++) {
    const b = block(i);
    b.scope = 0;
    b.loop = NONE;
    b.label = NONE;
  }
  bailDepth = open(Wasm.BLOCK);
  dispatchDepth = open(Wasm.LOOP);
  const first = orderEnd;
  for (let i: u32 = 0; i < count; i++) push(i);
  writeScope(0, first, count, true);
  close();
  close();
}

function push(index: u32): void {
  store<u32>(ORDER_PTR + (orderEnd << 2), index);
  orderEnd++;
}

function listed(at: u32): u32 {
  return load<u32>(ORDER_PTR + (at << 2));
}

/** Writes the scope whose blocks are listed from `first` on. `dispatched`: it begins with a br_table, else with the block listed first. */
function writeScope(scope: u32, first: u32, count: u32, dispatched: bool): void {
  // Components come out in reverse topological order, each as a run in a list of its own.
  const list = orderEnd;
  visits = 0;
  for (let i: u32 = 0; i < count; i++) block(listed(first + i)).index = 0;
  const firstComponent = components;
  for (let i: u32 = 0; i < count; i++) {
    const b = block(listed(first + i));
    if (b.index == 0) connect(listed(first + i), scope);
  }
  const end = orderEnd;

  findEntries(scope, list, end, scope == 0);
  // One label for each component, the last one outermost. The first needs none unless the br_table goes there.
  let at = list;
  while (at < end) {
    const last = runEnd(at, end);
    const isFirst = last == end;
    const label = isFirst && !dispatched ? NONE : open(Wasm.BLOCK);
    for (let i = at; i < last; i++) block(listed(i)).label = label;
    at = last;
  }
  if (dispatched) writeDispatch(scope);
  at = end;
  while (at > list) {
    const start = runStart(at, list);
    if (block(listed(start)).label != NONE) close();
    writeComponent(start, at - start);
    at = start;
  }
  orderEnd = list;
  components = firstComponent;
}

/** Where the component that is listed at `at` ends. */
function runEnd(at: u32, end: u32): u32 {
  const component = block(listed(at)).component;
  while (at < end && block(listed(at)).component == component) at++;
  return at;
}

function runStart(end: u32, first: u32): u32 {
  const component = block(listed(end - 1)).component;
  let at = end - 1;
  while (at > first && block(listed(at - 1)).component == component) at--;
  return at;
}

/** Whether the edge to `to` counts in this scope. */
function counts(to: u32, scope: u32): bool {
  return to != NONE && block(to).scope == scope && block(to).loop == NONE;
}

/** Tarjan's algorithm; lists each component when it is complete. */
function connect(index: u32, scope: u32): void {
  const b = block(index);
  visits++;
  b.index = visits;
  b.low = visits;
  b.stacked = 1;
  store<u32>(STACK_PTR + (stackEnd << 2), index);
  stackEnd++;
  visit(b, b.taken, scope);
  visit(b, b.next, scope);
  if (b.low != b.index) return;
  while (true) {
    stackEnd--;
    const member = load<u32>(STACK_PTR + (stackEnd << 2));
    block(member).stacked = 0;
    block(member).component = components;
    push(member);
    if (member == index) break;
  }
  components++;
}

function visit(b: Block, to: u32, scope: u32): void {
  if (!counts(to, scope)) return;
  const t = block(to);
  if (t.index == 0) {
    connect(to, scope);
    b.low = min(b.low, t.low);
  } else if (t.stacked) b.low = min(b.low, t.index);
}

/** Marks the blocks at which components with a cycle are entered, with `entered` = 1. */
function findEntries(scope: u32, list: u32, end: u32, isUnit: bool): void {
  for (let i = list; i < end; i++) {
    const b = block(listed(i));
    b.stacked = isUnit && b.state != NONE ? 1 : 0;
  }
  for (let i = list; i < end; i++) {
    const b = block(listed(i));
    enter(b, b.taken, scope);
    enter(b, b.next, scope);
  }
  // Components that are entered at several blocks need to be told where.
  let at = list;
  while (at < end) {
    const last = runEnd(at, end);
    let entries = 0;
    for (let i = at; i < last; i++) if (block(listed(i)).stacked) entries++;
    if (entries > 1) {
      for (let i = at; i < last; i++) {
        const b = block(listed(i));
        if (b.stacked && b.state == NONE) addState(listed(i));
      }
    }
    at = last;
  }
}

function enter(b: Block, to: u32, scope: u32): void {
  if (counts(to, scope) && block(to).component != b.component) block(to).stacked = 1;
}

/** A br_table over all states; those of other scopes cannot come here. */
function writeDispatch(scope: u32): void {
  get(LOCAL_STATE);
  op(Wasm.BR_TABLE);
  unsigned(states - 1);
  for (let s: u32 = 0; s < states; s++) unsigned(dispatchTarget(s, scope));
}

function dispatchTarget(state: u32, scope: u32): u32 {
  const b = stateBlock(state);
  return b.scope == scope && b.label != NONE ? depth - b.label : 0;
}

function writeComponent(start: u32, count: u32): void {
  const first = listed(start);
  if (count == 1 && !loopsToItself(block(first))) {
    block(first).label = NONE;
    writeBlock(block(first));
    return;
  }
  const loop = open(Wasm.LOOP);
  scopes++;
  const scope = scopes;
  const inner = orderEnd;
  let entries = 0;
  // The entry of a loop that has only one comes first, since all else can be reached from it.
  for (let i: u32 = 0; i < count; i++) {
    const index = listed(start + i);
    const b = block(index);
    b.scope = scope;
    if (b.stacked) {
      b.loop = loop;
      entries++;
      push(index);
    }
  }
  for (let i: u32 = 0; i < count; i++) {
    const index = listed(start + i);
    if (!block(index).stacked) push(index);
  }
  writeScope(scope, inner, count, entries > 1);
  for (let i: u32 = 0; i < count; i++) block(listed(start + i)).loop = NONE;
  orderEnd = inner;
  close();
}

function loopsToItself(b: Block): bool {
  if (b.loop != NONE) return false;
  const index = indexOf(b);
  return b.taken == index || b.next == index;
}

/** Writes a jump to the block with this index. */
export function writeJump(to: u32): void {
  const b = block(to);
  const isBack = b.loop != NONE;
  if (isBack) writeBudgetCheck(b.start);
  if (b.state != NONE) {
    i32Const(<i32>b.state);
    set(LOCAL_STATE);
  }
  branch(isBack ? b.loop : b.label);
}
