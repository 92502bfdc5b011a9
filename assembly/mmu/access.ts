/*
 * Loads and stores that miss the TLB: translation, protection, devices, and accesses across two pages.
 *
 * A load hands back a pointer to its value, in RAM or in the bounce buffer; 0 means that an exception was raised. A store says how the interpreter goes on.
 * Misaligned accesses work everywhere but on devices [unpriv 2.6].
 */

import { HART_PTR, PASSAGE_LOAD_MISSES, PASSAGE_STORE_MISSES } from "../abi";
import {
  LOAD_ACCESS_FAULT,
  LOAD_PAGE_FAULT,
  raiseException,
  STORE_ACCESS_FAULT,
  STORE_PAGE_FAULT,
} from "../hart/exception";
import { hart, NO_OPERATION } from "../hart/hart";
import { EXIT_AGAIN, EXIT_NEXT, EXIT_TRAP } from "../isa/exit";
import { isGuarded, isRam, PAGE_MASK, ramPtr, wrote } from "../memory";
import { loadDevice, storeDevice } from "../platform/bus";
import { count } from "../world/operation";
import { ACCESS_READ, ACCESS_WRITE, pmpAllows, pmpUniform } from "./pmp";
import { dataPriv, fillRead, fillWrite } from "./tlb";
import { WALK_ACCESS_FAULT, WALK_OK, walk } from "./walk";

const BOUNCE_PTR: u32 = HART_PTR + 0x350;

/** Where the value of a load of `bytes` at `va` lies; 0 = exception raised. */
export function loadSlow(va: u64, bytes: u32): u32 {
  if (((va + bytes - 1) ^ va) & PAGE_MASK) return loadAcross(va, bytes);
  count(PASSAGE_LOAD_MISSES, 1);
  const priv = dataPriv();
  if (!translate(va, ACCESS_READ, priv)) return 0;
  const pa = hart.pa;
  if (!pmpAllows(pa, bytes, ACCESS_READ, priv)) return loadFault(va);
  if (!isRam(pa, bytes)) {
    if (pa & (bytes - 1) || !loadDevice(pa, bytes)) return loadFault(va);
    return BOUNCE_PTR;
  }
  const ptr = ramPtr(pa);
  if (pmpUniform(pa & PAGE_MASK, priv)) fillRead(va, ptr, hart.level);
  return ptr;
}

function loadAcross(va: u64, bytes: u32): u32 {
  const second = (va + bytes) & PAGE_MASK;
  const head = <u32>(second - va);
  const headPtr = loadSlow(va, head);
  if (headPtr == 0 || headPtr == BOUNCE_PTR) return headPtr ? loadFault(va) : 0;
  const tailPtr = loadSlow(second, bytes - head);
  if (tailPtr == 0 || tailPtr == BOUNCE_PTR) return tailPtr ? loadFault(second) : 0;
  memory.copy(BOUNCE_PTR, headPtr, head);
  memory.copy(BOUNCE_PTR + head, tailPtr, bytes - head);
  return BOUNCE_PTR;
}

/** Stores the low `bytes` of `value` at `va`; EXIT_NEXT, EXIT_AGAIN when the world must look, or EXIT_TRAP. */
export function storeSlow(va: u64, bytes: u32, value: u64): u32 {
  if (((va + bytes - 1) ^ va) & PAGE_MASK) return storeAcross(va, bytes, value);
  const ptr = storePtr(va, bytes);
  if (ptr == 0) return EXIT_TRAP;
  if (ptr == BOUNCE_PTR) {
    const pa = hart.pa;
    if (pa & (bytes - 1) || !storeDevice(pa, bytes, value)) return storeFault(va);
    // A device may have raised a line, moved a timer or asked for the host.
    return EXIT_AGAIN;
  }
  put(ptr, bytes, value);
  wrote(ptr, bytes);
  return hart.operation == NO_OPERATION ? EXIT_NEXT : EXIT_AGAIN;
}

function storeAcross(va: u64, bytes: u32, value: u64): u32 {
  const second = (va + bytes) & PAGE_MASK;
  const head = <u32>(second - va);
  const headPtr = storePtr(va, head);
  if (headPtr == 0 || headPtr == BOUNCE_PTR) return headPtr ? storeFault(va) : EXIT_TRAP;
  const tailPtr = storePtr(second, bytes - head);
  if (tailPtr == 0 || tailPtr == BOUNCE_PTR) return tailPtr ? storeFault(second) : EXIT_TRAP;
  store<u64>(BOUNCE_PTR, value);
  memory.copy(headPtr, BOUNCE_PTR, head);
  memory.copy(tailPtr, BOUNCE_PTR + head, bytes - head);
  wrote(headPtr, head);
  wrote(tailPtr, bytes - head);
  return hart.operation == NO_OPERATION ? EXIT_NEXT : EXIT_AGAIN;
}

/**
 * Where a store of `bytes` at `va`, inside one page, goes; BOUNCE_PTR for a device at hart.pa, 0 = exception raised.
 * Whoever writes there calls `wrote`.
 */
export function storePtr(va: u64, bytes: u32): u32 {
  count(PASSAGE_STORE_MISSES, 1);
  const priv = dataPriv();
  if (!translate(va, ACCESS_WRITE, priv)) return 0;
  const pa = hart.pa;
  if (!pmpAllows(pa, bytes, ACCESS_WRITE, priv)) {
    storeFault(va);
    return 0;
  }
  if (!isRam(pa, bytes)) return BOUNCE_PTR;
  const ptr = ramPtr(pa);
  if (!isGuarded(ptr) && pmpUniform(pa & PAGE_MASK, priv)) fillWrite(va, ptr, hart.level);
  return ptr;
}

/** The same for an atomic memory operation, which devices do not take [priv 3.6.3.1]; the address is aligned. */
export function atomicPtr(va: u64, bytes: u32): u32 {
  const ptr = storePtr(va, bytes);
  if (ptr != BOUNCE_PTR) return ptr;
  storeFault(va);
  return 0;
}

/** Whether a cache block may be managed: one that can be read or written [unpriv 21.5.4]. */
export function probeBlock(va: u64): bool {
  const priv = dataPriv();
  if (walk(va, ACCESS_READ, priv) != WALK_OK) {
    const outcome = walk(va, ACCESS_WRITE, priv);
    if (outcome != WALK_OK) {
      raiseException(outcome == WALK_ACCESS_FAULT ? STORE_ACCESS_FAULT : STORE_PAGE_FAULT, va);
      return false;
    }
  }
  const pa = hart.pa;
  if (isRam(pa, 1) && (pmpAllows(pa, 1, ACCESS_READ, priv) || pmpAllows(pa, 1, ACCESS_WRITE, priv))) return true;
  storeFault(va);
  return false;
}

function translate(va: u64, access: u32, priv: u32): bool {
  const outcome = walk(va, access, priv);
  if (outcome == WALK_OK) return true;
  let cause = access == ACCESS_READ ? LOAD_PAGE_FAULT : STORE_PAGE_FAULT;
  if (outcome == WALK_ACCESS_FAULT) cause = access == ACCESS_READ ? LOAD_ACCESS_FAULT : STORE_ACCESS_FAULT;
  raiseException(cause, va);
  return false;
}

function put(ptr: u32, bytes: u32, value: u64): void {
  if (bytes == 8) store<u64>(ptr, value);
  else if (bytes == 4) store<u32>(ptr, <u32>value);
  else if (bytes == 2) store<u16>(ptr, <u16>value);
  else store<u8>(ptr, <u8>value);
}

function loadFault(va: u64): u32 {
  raiseException(LOAD_ACCESS_FAULT, va);
  return 0;
}

function storeFault(va: u64): u32 {
  raiseException(STORE_ACCESS_FAULT, va);
  return EXIT_TRAP;
}
