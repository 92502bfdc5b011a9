/*
 * Compiling: what was found hot waits here until there is enough of it or it has waited long, and then becomes one WebAssembly module with a function for each unit.
 *
 *     (module
 *       (type (func (param $state i32) (param $page i64) (result i32)))     the result is 1 when the interpreter has to execute the next instruction
 *       (import "e" "m" (memory 1))
 *       (func ...) ...  (export "0" (func 0)) ...)
 *
 * A function loads the guest's registers into locals, begins with the block that `state` says, and stores them again where it ends. It calls nothing: all that is slow is left to the interpreter.
 */

import { EMIT_PTR, HART_PC, OP_MODULE, PASSAGE_PTR, PASSAGE_UNITS, PRIV_U } from "../abi";
import { hart } from "../hart/hart";
import { dropsOf, heatAt, isOwned } from "../isa/pages";
import { USER_TLB } from "../mmu/tlb";
import { ask } from "../world/operation";
import {
  byte,
  copy,
  fill,
  get,
  i32Const,
  moveTo,
  op,
  position,
  reserve,
  TYPE_I32,
  TYPE_I64,
  unsigned,
  Wasm,
} from "./bytes";
import {
  addEntry,
  forgetUnits,
  isOff,
  makeRoom,
  nextPlace,
  noteModule,
  placeTaken,
  readThreshold,
  threshold,
  WAITING,
} from "./entries";
import { FRM_RESERVED } from "./fcsr";
import { HART_FRM, HART_FS, HART_LEFT, HART_MASK, HART_TLB } from "./fields";
import { writeRange } from "./float";
import { forgetHints, keepHints, startHints, writeHints } from "./hints";
import {
  LOCAL_LEFT,
  LOCAL_MASK,
  LOCAL_PC,
  LOCAL_STEP,
  LOCAL_TLB,
  pushField,
  resetLocals,
  usesF,
  writeDeclarations,
  writeLoad,
  writeLoads,
  writeStore,
  writeStores,
} from "./locals";
import { startMemory } from "./memory";
import { BLOCKS_MAX, findRegion } from "./region";
import { numberEntries, stateBlock, stateCount, writeShape } from "./shape";
import { resetSplits } from "./stack";
import { startUnit } from "./translate";
import { writeLook } from "./window";

/** Units in one module. */
const UNITS_MAX: u32 = 32;
/** Instructions that what is hot waits for others, times the threshold. */
const PATIENCE: u64 = 50;
/** A page that was written so often while it was compiled is not compiled again until it is decoded anew. */
const DROPS_MAX: u32 = 16;

/** u32 count, u32 unused, u64 when the first came, then {u32 page, u32 offset, u32 page behind or 0, u32 1 for U-mode} each. */
const QUEUE_PTR: u32 = EMIT_PTR + 0x7_c000;
const SINCE: u32 = 8;
const REQUESTS: u32 = 16;
const REQUEST_BYTES: u32 = 16;

/** A unit's code is written here first: what it uses is known only after it. */
const BODY_PTR: u32 = EMIT_PTR + 0x8_0000;
/** The functions of a module, up to 224 KiB each: the longest translation of an instruction, fmin.s, takes some 400 bytes. */
const BODIES_PTR: u32 = BODY_PTR + 0x10_0000;
const MODULE_PTR: u32 = BODIES_PTR + UNITS_MAX * 0x3_8000;

const SECTION_TYPE: u32 = 1;
const SECTION_IMPORT: u32 = 2;
const SECTION_FUNCTION: u32 = 3;
const SECTION_EXPORT: u32 = 7;
const SECTION_CODE: u32 = 10;

export function resetCompiler(): void {
  forgetUnits();
  resetSplits();
  readThreshold(hart.retired);
  store<u32>(QUEUE_PTR, 0);
}

/** Asks for the code at `offset` of the decoded page to be compiled; behind the page is the decoded page `behind`, or 0 where nothing is known. */
export function request(page: u32, offset: u32, behind: u32): void {
  const heat = heatAt(page, offset);
  if (isOff() || dropsOf(page) > DROPS_MAX) {
    store<u16>(heat, 0);
    return;
  }
  const count = load<u32>(QUEUE_PTR);
  if (count == UNITS_MAX || load<u16>(heat) == <u16>WAITING) return;
  if (count == 0) store<u64>(QUEUE_PTR, hart.retired, SINCE);
  const at = QUEUE_PTR + REQUESTS + count * REQUEST_BYTES;
  store<u32>(at, page);
  store<u32>(at, offset, 4);
  store<u32>(at, behind, 8);
  store<u32>(at, u32(hart.priv == PRIV_U), 12);
  store<u32>(QUEUE_PTR, count + 1);
  store<u16>(heat, <u16>WAITING);
}

/** The longest that a chunk of execution should be, so that what waits need not wait longer. */
export function patience(): u64 {
  return load<u32>(QUEUE_PTR) == 0 ? 0x7fff_ffff : PATIENCE * <u64>threshold();
}

/** Whether it is time to compile. */
export function isCompileDue(): bool {
  const count = load<u32>(QUEUE_PTR);
  return (
    count == UNITS_MAX || (count != 0 && hart.retired - load<u64>(QUEUE_PTR, SINCE) >= PATIENCE * <u64>threshold())
  );
}

/** Compiles what waits and notes the operation for the host. */
export function compileWaiting(): void {
  const count = load<u32>(QUEUE_PTR);
  store<u32>(QUEUE_PTR, 0);
  makeRoom(count, count * BLOCKS_MAX);
  const firstPlace = nextPlace();
  moveTo(BODIES_PTR);
  forgetHints();
  let units: u32 = 0;
  const bodies = position();
  for (let i: u32 = 0; i < count; i++) {
    const at = QUEUE_PTR + REQUESTS + i * REQUEST_BYTES;
    if (compileUnit(load<u32>(at), load<u32>(at, 4), load<u32>(at, 8), load<u32>(at, 12) != 0, units)) units++;
  }
  if (units == 0) return;
  const bodiesEnd = position();
  const bytes = writeModule(units, bodies, bodiesEnd - bodies);
  noteModule(bytes);
  store<u32>(PASSAGE_PTR, load<u32>(PASSAGE_PTR, PASSAGE_UNITS) + units, PASSAGE_UNITS);
  ask(OP_MODULE, MODULE_PTR, bytes, firstPlace | (units << 16));
}

/** Writes the function of one unit, number `index`, behind those before. False when nothing is left to compile there. */
function compileUnit(page: u32, offset: u32, behind: u32, isUser: bool, index: u32): bool {
  const heat = heatAt(page, offset);
  // The page may have been written or given away while it waited.
  if (!isOwned(page) || load<u16>(heat) != <u16>WAITING) return false;
  if (!findRegion(page, offset, behind)) {
    store<u16>(heat, 0);
    return false;
  }
  const place = nextPlace();
  numberEntries();
  const entries = stateCount();
  for (let state: u32 = 0; state < entries; state++) addEntry(page, stateBlock(state).start, place, state);
  placeTaken();

  const functionAt = position();
  resetLocals();
  startHints();
  startUnit(place, page);
  startMemory(isUser);
  moveTo(BODY_PTR);
  writeShape();
  const bodyBytes = position() - BODY_PTR;
  moveTo(functionAt);
  const size = reserve();
  const begin = position();
  writeDeclarations();
  writeBegin(isUser);
  keepHints(index, BODY_PTR, position() - begin);
  copy(BODY_PTR, bodyBytes);
  writeStores();
  writeStore(Wasm.I32_STORE, HART_LEFT, LOCAL_LEFT);
  writeStore(Wasm.I64_STORE, HART_PC, LOCAL_PC);
  get(LOCAL_STEP);
  op(Wasm.END);
  fill(size, position() - begin);
  return true;
}

function writeBegin(isUser: bool): void {
  writeLoad(Wasm.I32_LOAD, HART_LEFT, LOCAL_LEFT);
  if (isUser) {
    pushField(Wasm.I32_LOAD, HART_TLB);
    i32Const(USER_TLB);
    op(Wasm.I32_NE);
    leaveAtOnceIf();
  } else writeLoad(Wasm.I32_LOAD, HART_TLB, LOCAL_TLB);
  writeLoad(Wasm.I32_LOAD, HART_MASK, LOCAL_MASK);
  writeLook();
  if (usesF()) {
    // With the unit off, or a reserved rounding mode, the interpreter raises the exception.
    pushField(Wasm.I32_LOAD, HART_FS);
    op(Wasm.I32_EQZ);
    pushField(Wasm.I32_LOAD, HART_FRM);
    i32Const(FRM_RESERVED);
    op(Wasm.I32_GE_U);
    op(Wasm.I32_OR);
    leaveAtOnceIf();
    writeRange();
  }
  writeLoads();
}

/** Leaves the unit for the interpreter if the i32 on the stack is not 0; no register is changed yet. */
function leaveAtOnceIf(): void {
  op(Wasm.IF);
  byte(0x40);
  i32Const(1);
  op(Wasm.RETURN);
  op(Wasm.END);
}

/** Writes the module around `units` functions and returns its bytes. */
function writeModule(units: u32, bodies: u32, bodyBytes: u32): u32 {
  moveTo(MODULE_PTR);
  store<u32>(MODULE_PTR, 0x6d73_6100);
  store<u32>(MODULE_PTR, 1, 4);
  moveTo(MODULE_PTR + 8);
  let section = open(SECTION_TYPE);
  unsigned(1);
  byte(0x60);
  unsigned(2);
  byte(TYPE_I32);
  byte(TYPE_I64);
  unsigned(1);
  byte(TYPE_I32);
  close(section);
  section = open(SECTION_IMPORT);
  unsigned(1);
  writeName("e".charCodeAt(0));
  writeName("m".charCodeAt(0));
  byte(2);
  byte(0);
  unsigned(1);
  close(section);
  section = open(SECTION_FUNCTION);
  unsigned(units);
  for (let i: u32 = 0; i < units; i++) unsigned(0);
  close(section);
  section = open(SECTION_EXPORT);
  unsigned(units);
  for (let i: u32 = 0; i < units; i++) {
    writeNumber(i);
    byte(0);
    unsigned(i);
  }
  close(section);
  writeHints();
  section = open(SECTION_CODE);
  unsigned(units);
  copy(bodies, bodyBytes);
  close(section);
  return position() - MODULE_PTR;
}

function open(section: u32): u32 {
  byte(section);
  return reserve();
}

function close(place: u32): void {
  fill(place, position() - place - 5);
}

function writeName(character: u32): void {
  unsigned(1);
  byte(character);
}

/** A number below 100 in digits. */
function writeNumber(value: u32): void {
  if (value < 10) {
    writeName(48 + value);
    return;
  }
  unsigned(2);
  byte(48 + value / 10);
  byte(48 + (value % 10));
}
