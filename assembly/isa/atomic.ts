/*
 * Atomic instructions: A and Zacas [unpriv 13, 16].
 *
 * One hart makes every instruction atomic; what remains is alignment, permission and the reservation. A store-conditional succeeds if
 * its address is the reserved one and memory still holds the value that was loaded.
 */

import {
  LOAD_ACCESS_FAULT,
  LOAD_ADDRESS_MISALIGNED,
  raiseException,
  STORE_ADDRESS_MISALIGNED,
} from "../hart/exception";
import { hart, NO_OPERATION, NO_RESERVATION, setX, x } from "../hart/hart";
import { isRam, wrote } from "../memory";
import { atomicPtr, loadSlow } from "../mmu/access";
import { readable, writable } from "../mmu/tlb";
import { EXIT_AGAIN, EXIT_NEXT, EXIT_TRAP } from "./exit";
import { Op } from "./opcodes";
import { rd, rs1, rs2 } from "./slot";

/** Executes the atomic instruction in the slot at `dp`, `op` being its operation code. */
export function atomic(op: Op, dp: u32): u32 {
  const va = x(rs1(dp));
  const bytes: u32 = op < Op.LR_D ? 4 : op == Op.AMOCAS_Q ? 16 : 8;
  const isLoad = op == Op.LR_W || op == Op.LR_D;
  if (va & (bytes - 1)) {
    raiseException(isLoad ? LOAD_ADDRESS_MISALIGNED : STORE_ADDRESS_MISALIGNED, va);
    return EXIT_TRAP;
  }
  if (isLoad) return loadReserved(dp, va, bytes);

  let guarded = false;
  let ptr = writable(hart.dataTlb, va, bytes);
  if (ptr == 0) {
    ptr = atomicPtr(va, bytes);
    if (ptr == 0) return EXIT_TRAP;
    guarded = true;
  }
  if (op == Op.SC_W || op == Op.SC_D) storeConditional(dp, ptr, bytes);
  else if (op == Op.AMOCAS_Q) compareAndSwap128(dp, ptr);
  else if (bytes == 4) {
    const old = load<u32>(ptr);
    store<u32>(ptr, <u32>combine32(op, <i32>old, <i32>x(rs2(dp)), <u32>x(rd(dp))));
    write(dp, <u64>(<i64>(<i32>old)));
  } else {
    const old = load<u64>(ptr);
    store<u64>(ptr, combine64(op, old, x(rs2(dp)), x(rd(dp))));
    write(dp, old);
  }
  if (guarded) wrote(ptr, bytes);
  return hart.operation == NO_OPERATION ? EXIT_NEXT : EXIT_AGAIN;
}

function write(dp: u32, value: u64): void {
  if (rd(dp) != 0) setX(rd(dp), value);
}

/** lr.w, lr.d. The reservation is by address in linear memory, which stands for the physical one. */
function loadReserved(dp: u32, va: u64, bytes: u32): u32 {
  let ptr = readable(hart.dataTlb, va, bytes);
  if (ptr == 0) {
    ptr = loadSlow(va, bytes);
    if (ptr == 0) return EXIT_TRAP;
    if (!isRam(hart.pa, bytes)) {
      raiseException(LOAD_ACCESS_FAULT, va);
      return EXIT_TRAP;
    }
  }
  const value = bytes == 4 ? <u64>(<i64>load<i32>(ptr)) : load<u64>(ptr);
  hart.reservationPa = ptr;
  hart.reservationValue = value;
  write(dp, value);
  return EXIT_NEXT;
}

/** sc.w, sc.d: rd is 0 on success, 1 on failure; either way the reservation is gone. */
function storeConditional(dp: u32, ptr: u32, bytes: u32): void {
  const held = hart.reservationPa == <u64>ptr;
  hart.reservationPa = NO_RESERVATION;
  let failed: u64 = 1;
  if (held && bytes == 4 && load<u32>(ptr) == <u32>hart.reservationValue) {
    store<u32>(ptr, <u32>x(rs2(dp)));
    failed = 0;
  } else if (held && bytes == 8 && load<u64>(ptr) == hart.reservationValue) {
    store<u64>(ptr, x(rs2(dp)));
    failed = 0;
  }
  write(dp, failed);
}

/** amocas.q: a pair that begins with x0 reads as zero and is not written. */
function compareAndSwap128(dp: u32, ptr: u32): void {
  const low = load<u64>(ptr);
  const high = load<u64>(ptr, 8);
  const compare = rd(dp);
  const compareHigh = compare ? x(compare + 8) : 0;
  if (low == x(compare) && high == compareHigh) {
    const source = rs2(dp);
    store<u64>(ptr, x(source));
    store<u64>(ptr, source ? x(source + 8) : 0, 8);
  }
  if (compare != 0) {
    setX(compare, low);
    setX(compare + 8, high);
  }
}

/** What a word AMO stores: `old` from memory, `b` from rs2, `expected` from rd for amocas. */
function combine32(op: Op, old: i32, b: i32, expected: u32): i32 {
  switch (<i32>op) {
    case Op.AMOSWAP_W:
      return b;
    case Op.AMOADD_W:
      return old + b;
    case Op.AMOXOR_W:
      return old ^ b;
    case Op.AMOAND_W:
      return old & b;
    case Op.AMOOR_W:
      return old | b;
    case Op.AMOMIN_W:
      return min(old, b);
    case Op.AMOMAX_W:
      return max(old, b);
    case Op.AMOMINU_W:
      return <u32>old < <u32>b ? old : b;
    case Op.AMOMAXU_W:
      return <u32>old > <u32>b ? old : b;
    default:
      return <u32>old == expected ? b : old;
  }
}

/** The same for a doubleword AMO. */
function combine64(op: Op, old: u64, b: u64, expected: u64): u64 {
  switch (<i32>op) {
    case Op.AMOSWAP_D:
      return b;
    case Op.AMOADD_D:
      return old + b;
    case Op.AMOXOR_D:
      return old ^ b;
    case Op.AMOAND_D:
      return old & b;
    case Op.AMOOR_D:
      return old | b;
    case Op.AMOMIN_D:
      return <i64>old < <i64>b ? old : b;
    case Op.AMOMAX_D:
      return <i64>old > <i64>b ? old : b;
    case Op.AMOMINU_D:
      return min(old, b);
    case Op.AMOMAXU_D:
      return max(old, b);
    default:
      return old == expected ? b : old;
  }
}
