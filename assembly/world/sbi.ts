/*
 * The supervisor binary interface: what firmware would do for an S-mode kernel [SBI 2.0].
 *
 * An ecall from S-mode comes here instead of trapping to M-mode. Extensions: base, time, ipi, rfence, hsm, system reset, debug console, and our own
 * (cooperative.ts); one hart, number 0. Results go to a0 (error) and a1 (value).
 */

import { COOP_EXTENSION, HART_PTR, HART_X, OP_STOP, OP_TEXT, STOP_FAILURE, STOP_POWEROFF, STOP_REBOOT } from "../abi";
import { hart } from "../hart/hart";
import { SSI } from "../hart/trap";
import { isRam, PAGE_MASK, ramPtr } from "../memory";
import { flushAll, flushPage } from "../mmu/tlb";
import { putText, textRoom } from "../platform/text";
import { callCooperative } from "./cooperative";
import { ask } from "./operation";

const SUCCESS: i64 = 0;
const ERR_FAILED: i64 = -1;
export const ERR_NOT_SUPPORTED: i64 = -2;
export const ERR_INVALID_PARAM: i64 = -3;
const ERR_ALREADY_AVAILABLE: i64 = -6;

const EXT_BASE: u64 = 0x10;
const EXT_TIME: u64 = 0x5449_4d45;
const EXT_IPI: u64 = 0x0073_5049;
const EXT_RFENCE: u64 = 0x5246_4e43;
const EXT_HSM: u64 = 0x0048_534d;
const EXT_SRST: u64 = 0x5352_5354;
const EXT_DBCN: u64 = 0x4442_434e;

const SPEC_VERSION_2_0: u64 = 0x0200_0000;
/** Not in the list of registered implementations; "coli". */
const IMPLEMENTATION_ID: u64 = 0x636f_6c69;
const IMPLEMENTATION_VERSION: u64 = 1;

const HART_STARTED: u64 = 0;
const HART_MASK_ALL: u64 = 0xffff_ffff_ffff_ffff;
/** A fence over more than this is a fence over everything. */
const MANY_BYTES: u64 = 64 << 12;

export function a(n: u32): u64 {
  return load<u64>(HART_PTR + ((10 + n) << 3), HART_X);
}

function setA(n: u32, value: u64): void {
  store<u64>(HART_PTR + ((10 + n) << 3), value, HART_X);
}

/** Serves the call in a7 (extension), a6 (function) and a0 to a5, and steps over the ecall at hart.pc. */
export function callSbi(): void {
  const error = dispatch(a(7), a(6));
  setA(0, <u64>error);
  hart.pc += 4;
}

/** Returns the error and leaves the value in a1. */
function dispatch(extension: u64, func: u64): i64 {
  if (extension == EXT_BASE) return base(func);
  if (extension == EXT_TIME) return func == 0 ? setTimer(a(0)) : refuse(ERR_NOT_SUPPORTED);
  if (extension == EXT_IPI) return func == 0 ? sendIpi() : refuse(ERR_NOT_SUPPORTED);
  if (extension == EXT_RFENCE) return remoteFence(func);
  if (extension == EXT_HSM) return hartState(func);
  if (extension == EXT_SRST) return func == 0 ? systemReset(<u32>a(0), <u32>a(1)) : refuse(ERR_NOT_SUPPORTED);
  if (extension == EXT_DBCN) return debugConsole(func);
  if (extension == COOP_EXTENSION) return callCooperative(func);
  return refuse(ERR_NOT_SUPPORTED);
}

export function answer(value: u64): i64 {
  setA(1, value);
  return SUCCESS;
}

export function refuse(error: i64): i64 {
  setA(1, 0);
  return error;
}

function isOurs(extension: u64): bool {
  return (
    extension == EXT_BASE ||
    extension == EXT_TIME ||
    extension == EXT_IPI ||
    extension == EXT_RFENCE ||
    extension == EXT_HSM ||
    extension == EXT_SRST ||
    extension == EXT_DBCN ||
    extension == COOP_EXTENSION
  );
}

/** [SBI 4] */
function base(func: u64): i64 {
  if (func == 0) return answer(SPEC_VERSION_2_0);
  if (func == 1) return answer(IMPLEMENTATION_ID);
  if (func == 2) return answer(IMPLEMENTATION_VERSION);
  if (func == 3) return answer(isOurs(a(0)) ? 1 : 0);
  // mvendorid, marchid, mimpid
  if (func < 7) return answer(0);
  return refuse(ERR_NOT_SUPPORTED);
}

/** [SBI 6]: stimecmp is the timer, whoever writes it. */
function setTimer(tick: u64): i64 {
  hart.stimecmp = tick;
  return answer(0);
}

/** Whether a hart mask and its base name only hart 0 [SBI 3.1]; 1 = yes, 0 = they name nobody, -1 = they name a hart that is not there. */
function names(mask: u64, first: u64): i32 {
  if (first == HART_MASK_ALL) return 1;
  if (mask == 0) return 0;
  return first == 0 && mask == 1 ? 1 : -1;
}

/** [SBI 7] */
function sendIpi(): i64 {
  const named = names(a(0), a(1));
  if (named < 0) return refuse(ERR_INVALID_PARAM);
  if (named) hart.mip |= SSI;
  return answer(0);
}

/** [SBI 8]: a fence on the only hart is a fence here; instruction memory needs none. */
function remoteFence(func: u64): i64 {
  if (func > 2) return refuse(ERR_NOT_SUPPORTED);
  const named = names(a(0), a(1));
  if (named < 0) return refuse(ERR_INVALID_PARAM);
  if (named && func != 0) fenceRange(a(2), a(3));
  return answer(0);
}

function fenceRange(start: u64, bytes: u64): void {
  if ((start == 0 && bytes == 0) || bytes > MANY_BYTES) {
    flushAll();
    return;
  }
  const pages = ((start & ~PAGE_MASK) + bytes + 4095) >> 12;
  for (let page: u64 = 0; page < pages; page++) flushPage((start & PAGE_MASK) + (page << 12));
}

/** [SBI 9]: the only hart runs, so it can neither be started nor, alone, be stopped. */
function hartState(func: u64): i64 {
  if (func == 0) return refuse(a(0) == 0 ? ERR_ALREADY_AVAILABLE : ERR_INVALID_PARAM);
  if (func == 1) return refuse(ERR_FAILED);
  if (func == 2) return a(0) == 0 ? answer(HART_STARTED) : refuse(ERR_INVALID_PARAM);
  if (func == 3 && <u32>a(0) == 0) {
    // Default retentive suspend is WFI.
    hart.waiting = 1;
    return answer(0);
  }
  return refuse(ERR_NOT_SUPPORTED);
}

/** [SBI 10]: shutdown, cold and warm reboot; reason 1 is a system failure. */
function systemReset(kind: u32, reason: u32): i64 {
  if (kind > 2 || reason > 1) return refuse(ERR_INVALID_PARAM);
  const stop = kind != 0 ? STOP_REBOOT : reason == 1 ? STOP_FAILURE : STOP_POWEROFF;
  ask(OP_STOP, stop, 0, 0);
  return SUCCESS;
}

/** [SBI 12]: writes go to the text ring; there is nothing to read, input comes through the console's driver. */
function debugConsole(func: u64): i64 {
  if (func == 0) return a(2) == 0 ? writeText(a(0), a(1)) : refuse(ERR_INVALID_PARAM);
  if (func == 1) return answer(0);
  if (func == 2) {
    putText(<u8>a(0));
    return answer(0);
  }
  return refuse(ERR_NOT_SUPPORTED);
}

export function writeText(bytes: u64, pa: u64): i64 {
  if (bytes != 0 && !isRam(pa, bytes)) return refuse(ERR_INVALID_PARAM);
  const count = min(bytes, <u64>textRoom());
  for (let i: u64 = 0; i < count; i++) putText(load<u8>(ramPtr(pa + i)));
  if (count < bytes) ask(OP_TEXT, 0, 0, 0);
  return answer(count);
}
