/*
 * How a guest ends or reports that it died: the test finisher (bare mode) and pvpanic.
 */

import { OP_PANIC, OP_STOP, STOP_FAILURE, STOP_POWEROFF, STOP_REBOOT } from "../abi";
import { ask } from "../world/operation";

const FINISHER_FAIL: u32 = 0x3333;
const FINISHER_PASS: u32 = 0x5555;
const FINISHER_RESET: u32 = 0x7777;

/** Panicked, and crash kernel loaded [linux Documentation/misc-devices/pvpanic]. */
export const PVPANIC_EVENTS: u32 = 3;

/** SiFive's test finisher: a status in the low half, an exit code in the high half. */
export function storeFinisher(value: u32): void {
  const status = value & 0xffff;
  if (status == FINISHER_PASS) ask(OP_STOP, STOP_POWEROFF, 0, 0);
  else if (status == FINISHER_FAIL) ask(OP_STOP, STOP_FAILURE, value >> 16, 0);
  else if (status == FINISHER_RESET) ask(OP_STOP, STOP_REBOOT, 0, 0);
}

export function storePvpanic(value: u32): void {
  if (value & PVPANIC_EVENTS) ask(OP_PANIC, value & PVPANIC_EVENTS, 0, 0);
}
