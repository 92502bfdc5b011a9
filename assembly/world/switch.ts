/*
 * The world switch: into the guest until it gives control back.
 *
 * `run` alternates between looking at the world (interrupts, timers, the budget) and executing one chunk. It never re-enters, and whenever it returns the
 * guest's whole state lies in linear memory.
 */

import {
  ABI_VERSION,
  HART_PTR,
  OP_BUDGET,
  OP_COUNT,
  OP_IDLE,
  PASSAGE_A1,
  PASSAGE_A2,
  PASSAGE_COUNTS,
  PASSAGE_DEADLINE,
  PASSAGE_ENTRY,
  PASSAGE_LEFT,
  PASSAGE_PTR,
  PASSAGE_RAM_BYTES,
  PASSAGE_UNITS,
  PASSAGE_VERSION,
  PLATFORM_PTR,
  PRIV_M,
  PRIV_S,
  RESET_SUPERVISOR,
} from "../abi";
import { ECALL_FROM_S } from "../hart/exception";
import { HART_BYTES, hart, NO_OPERATION, NO_RESERVATION, setX } from "../hart/hart";
import { ENVCFG_ADUE, ENVCFG_CBCFE, ENVCFG_CBIE, ENVCFG_CBZE, ENVCFG_PBMTE, ENVCFG_STCE, FS_OFF } from "../hart/status";
import { readMip, SEI, SSI, STI, takeException, takeInterrupt } from "../hart/trap";
import { EXIT_TRAP } from "../isa/exit";
import { interpret } from "../isa/interpreter";
import { resetPool } from "../isa/pages";
import { compileWaiting, isCompileDue, resetCompiler } from "../jit/compile";
import { readThreshold } from "../jit/entries";
import { forgetOldSplits } from "../jit/stack";
import { resetFrames } from "../memory";
import { openPmp, resetPmp } from "../mmu/pmp";
import { resetTlbs, switchContext } from "../mmu/tlb";
import { aclint } from "../platform/aclint";
import { resetHtif } from "../platform/htif";
import { checkAlarm, rtc } from "../platform/rtc";
import { resetText } from "../platform/text";
import { PLATFORM_BYTES } from "../platform/uart";
import { resetSlots } from "../platform/virtio";
import { giveBack } from "./operation";
import { callSbi } from "./sbi";
import { endChunk, endSlice, NEVER, nextDeadline, startChunk, startSlice } from "./time";

/** Exceptions an SBI delegates to its kernel: all but ecalls from S and M [SBI 2]. */
const DELEGATED_EXCEPTIONS: u64 = 0xb1ff;

const COUNTERS_CY_TM_IR: u32 = 7;

const A0: u32 = 10 << 3;
const A1: u32 = 11 << 3;
const A2: u32 = 12 << 3;

/** Puts hart and platform into their state after power-on; RAM stays as it is. `mode` is RESET_*, the rest comes from the passage page. */
export function resetMachine(mode: u32): void {
  store<u32>(PASSAGE_PTR, ABI_VERSION, PASSAGE_VERSION);
  // Guest time goes on over a reboot.
  const timeBase = hart.timeBase;
  memory.fill(HART_PTR, 0, HART_BYTES);
  memory.fill(PLATFORM_PTR, 0, PLATFORM_BYTES);
  memory.fill(PASSAGE_PTR + PASSAGE_UNITS, 0, PASSAGE_COUNTS + 8 * OP_COUNT - PASSAGE_UNITS);
  hart.timeBase = timeBase;
  hart.ramBytes = load<u64>(PASSAGE_PTR, PASSAGE_RAM_BYTES);
  hart.pc = load<u64>(PASSAGE_PTR, PASSAGE_ENTRY);
  setX(A0, 0);
  setX(A1, load<u64>(PASSAGE_PTR, PASSAGE_A1));
  setX(A2, load<u64>(PASSAGE_PTR, PASSAGE_A2));
  hart.fs = FS_OFF;
  hart.limit = -Infinity;
  hart.reservationPa = NO_RESERVATION;
  hart.operation = NO_OPERATION;
  hart.stimecmp = NEVER;
  aclint.mtimecmp = NEVER;
  rtc.alarmTick = NEVER;
  resetPmp();
  resetPool();
  resetCompiler();
  resetFrames();
  resetHtif();
  resetText();
  resetSlots();
  resetTlbs();
  hart.priv = PRIV_M;
  hart.menvcfg = ENVCFG_ADUE | ENVCFG_PBMTE;
  if (mode == RESET_SUPERVISOR) becomeFirmware();
  switchContext();
}

/** What firmware would have set up before it enters its kernel in S-mode. */
function becomeFirmware(): void {
  hart.sbi = 1;
  hart.priv = PRIV_S;
  hart.medeleg = DELEGATED_EXCEPTIONS;
  hart.mideleg = SSI | STI | SEI;
  hart.mcounteren = 0xffff_ffff;
  // Programs read the clock; kernels take it that their firmware lets them, as OpenSBI does.
  hart.scounteren = COUNTERS_CY_TM_IR;
  hart.menvcfg = ENVCFG_ADUE | ENVCFG_PBMTE | ENVCFG_STCE | ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE;
  openPmp();
}

/**
 * Runs the guest for exactly `budget` instructions (a trap counts as one), or until it gives control back. Returns OP_*; the rest
 * of the answer lies in the passage page.
 */
export function runSlice(budget: u32): u32 {
  let rest = budget;
  startSlice();
  readThreshold(hart.retired);
  let operation: u32 = OP_BUDGET;
  while (true) {
    checkAlarm();
    if (hart.waiting) {
      if ((readMip() & hart.mie) == 0) {
        operation = OP_IDLE;
        break;
      }
      hart.waiting = 0;
    }
    takeInterrupt();
    if (rest == 0) break;
    startChunk(rest);
    hart.calm = readMip() == 0 ? 1 : 0;
    const exit = interpret();
    rest -= endChunk();
    if (exit == EXIT_TRAP) {
      if (hart.cause == ECALL_FROM_S && hart.sbi) callSbi();
      else takeException();
    }
    forgetOldSplits();
    if (isCompileDue() && hart.operation == NO_OPERATION) compileWaiting();
    if (hart.operation != NO_OPERATION) {
      operation = hart.operation;
      break;
    }
  }
  endSlice();
  store<u32>(PASSAGE_PTR, rest, PASSAGE_LEFT);
  store<u64>(PASSAGE_PTR, nextDeadline(), PASSAGE_DEADLINE);
  return giveBack(operation);
}
