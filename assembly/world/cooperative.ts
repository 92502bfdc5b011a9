/*
 * The cooperative kernel's calls, an SBI extension of ours (abi.ts, COOP_*; docs/ABI.md). What can be answered here never leaves the core.
 *
 * The page that the kernel registers is its own RAM: it is written blindly, a whole word at a time, and nothing is believed that is read from it.
 */

import {
  COOP_ATTACH,
  COOP_DEVICES,
  COOP_FREE,
  COOP_FUNCTIONS,
  COOP_HELLO,
  COOP_NOTIFY,
  COOP_PAGE_CHANGED,
  COOP_PAGE_EVENTS,
  COOP_PAGE_USED,
  COOP_PAGE_VERSION,
  COOP_READ,
  COOP_REPORT,
  COOP_REPORT_BYTES,
  COOP_SAY,
  COOP_VERSION,
  COOP_WALL,
  COOP_WRITE,
  INTERRUPT_CONFIG,
  INTERRUPT_USED,
  OP_FOREIGN,
  OP_REPORT,
  PASSAGE_COOP_PAGE,
  PASSAGE_PTR,
  PASSAGE_WALL,
  SLOT_COUNT,
} from "../abi";
import { hart } from "../hart/hart";
import { SSI } from "../hart/trap";
import { hostWrote, isRam, isTouched, ramPtr } from "../memory";
import { loadVirtio, noteNotify, occupiedSlots, storeVirtio } from "../platform/virtio";
import { ask, askToNotify } from "./operation";
import { a, answer, ERR_INVALID_PARAM, ERR_NOT_SUPPORTED, refuse, writeText } from "./sbi";
import { time } from "./time";

const PAGE_BYTES: u64 = 4096;
const NS_PER_TICK: u64 = 100;
/** What one call may free: the largest block of Linux's page allocator, so that a call is over within a millisecond. */
const FREE_MAX: u64 = 4 << 20;
/** Registers and configuration space of a slot. */
const WINDOW_BYTES: u64 = 0x1000;

/** Serves function `func`; as in sbi.ts the error is returned, and the value in a1. */
export function callCooperative(func: u64): i64 {
  if (func >= COOP_FUNCTIONS) return refuse(ERR_NOT_SUPPORTED);
  switch (<i32>func) {
    case COOP_HELLO:
      if (a(0) != COOP_VERSION) ask(OP_FOREIGN, <u32>a(0), 0, 0);
      return answer(COOP_VERSION);
    case COOP_ATTACH:
      return attach(a(0));
    case COOP_DEVICES:
      return answer(occupiedSlots());
    case COOP_READ:
      return isRegister(a(0), a(1), a(2))
        ? answer(loadVirtio(<u32>a(0), <u32>a(1), <u32>a(2)))
        : refuse(ERR_INVALID_PARAM);
    case COOP_WRITE:
      if (!isRegister(a(0), a(1), a(2))) return refuse(ERR_INVALID_PARAM);
      storeVirtio(<u32>a(0), <u32>a(1), <u32>a(2), a(3));
      return answer(0);
    case COOP_NOTIFY:
      if (a(0) >= SLOT_COUNT || a(1) >= 32 || !noteNotify(<u32>a(0), <u32>a(1))) return refuse(ERR_INVALID_PARAM);
      askToNotify();
      return answer(0);
    case COOP_SAY:
      return writeText(a(1), a(0));
    case COOP_WALL:
      return answer(load<u64>(PASSAGE_PTR, PASSAGE_WALL) + time() * NS_PER_TICK);
    case COOP_REPORT:
      return report(a(0), a(1));
    case COOP_FREE:
      return free(a(0), a(1));
    default:
      return refuse(ERR_NOT_SUPPORTED);
  }
}

function isRegister(slot: u64, offset: u64, bytes: u64): bool {
  return slot < SLOT_COUNT && offset < WINDOW_BYTES && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
}

function attach(pa: u64): i64 {
  if (pa != 0 && ((pa & (PAGE_BYTES - 1)) != 0 || !isRam(pa, PAGE_BYTES))) return refuse(ERR_INVALID_PARAM);
  store<u64>(PASSAGE_PTR, pa, PASSAGE_COOP_PAGE);
  if (pa != 0) setWord(COOP_PAGE_VERSION, COOP_VERSION);
  return answer(0);
}

function report(pa: u64, bytes: u64): i64 {
  if (bytes != COOP_REPORT_BYTES || !isRam(pa, bytes)) return refuse(ERR_INVALID_PARAM);
  ask(OP_REPORT, ramPtr(pa), <u32>bytes, 0);
  return answer(0);
}

/** Makes pages zero that hold nothing any more, so that a snapshot has nothing to keep of them. The host may not have made those that nobody wrote: reading them costs it as much as a write later. */
function free(pa: u64, bytes: u64): i64 {
  if (((pa | bytes) & (PAGE_BYTES - 1)) != 0 || bytes > FREE_MAX || !isRam(pa, bytes)) return refuse(ERR_INVALID_PARAM);
  const end = ramPtr(pa) + <u32>bytes;
  for (let ptr = ramPtr(pa); ptr != end; ptr += <u32>PAGE_BYTES) {
    if (!isTouched(ptr) || isZero(ptr)) continue;
    memory.fill(ptr, 0, <usize>PAGE_BYTES);
    hostWrote(ptr, <u32>PAGE_BYTES);
  }
  return answer(0);
}

/** Whether the page is. */
function isZero(ptr: u32): bool {
  const end = ptr + <u32>PAGE_BYTES;
  for (; ptr != end; ptr += 32) {
    if ((load<u64>(ptr) | load<u64>(ptr, 8) | load<u64>(ptr, 16) | load<u64>(ptr, 24)) != 0) return false;
  }
  return true;
}

/** Whether a cooperative kernel has registered its page. */
export function isAttached(): bool {
  return load<u64>(PASSAGE_PTR, PASSAGE_COOP_PAGE) != 0;
}

/** Tells the driver of a slot's device why it is interrupted (INTERRUPT_*). */
export function tellDriver(slot: u32, bits: u32): void {
  if (bits & INTERRUPT_USED) setWord(COOP_PAGE_USED, 1 << (<u64>slot));
  if (bits & INTERRUPT_CONFIG) setWord(COOP_PAGE_CHANGED, 1 << (<u64>slot));
  hart.mip |= SSI;
}

/** Tells the kernel of COOP_EVENT_*, if one is there. */
export function announceEvents(events: u32): bool {
  if (!isAttached()) return false;
  setWord(COOP_PAGE_EVENTS, events);
  hart.mip |= SSI;
  return true;
}

/** Sets bits of a word of the page. */
function setWord(offset: u32, bits: u64): void {
  const ptr = ramPtr(load<u64>(PASSAGE_PTR, PASSAGE_COOP_PAGE)) + offset;
  store<u64>(ptr, load<u64>(ptr) | bits);
  hostWrote(ptr, 8);
}
