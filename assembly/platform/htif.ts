/*
 * HTIF: how programs made for Spike end and print [Spike fesvr/htif.cc, riscv-tests env/].
 *
 * A program writes a command to the doubleword `tohost`. Odd commands for device 0 end it: (n << 1) | 1 is exit code n. Even ones point
 * to a system call, of which only `write` is served. Device 1, command 1 prints a byte. The frame of `tohost` is watched (memory.ts).
 *
 *     63      56 55      48 47                        0
 *    |  device  |  command |          payload          |
 */

import { OP_STOP, PASSAGE_FROMHOST, PASSAGE_PTR, PASSAGE_TOHOST, STOP_FAILURE, STOP_POWEROFF } from "../abi";
import { isRam, ramPtr, watchFrame } from "../memory";
import { ask } from "../world/operation";
import { putText } from "./text";

const DEVICE_SYSTEM: u32 = 0;
const DEVICE_CONSOLE: u32 = 1;
const COMMAND_SYSCALL: u32 = 0;
const COMMAND_PUTCHAR: u32 = 1;
const PAYLOAD: u64 = 0x0000_ffff_ffff_ffff;
const SYS_WRITE: u64 = 64;
/** Words of a system call: number, then up to seven arguments; the result goes to the first. */
const CALL_BYTES: u64 = 64;

function tohostPa(): u64 {
  return load<u64>(PASSAGE_PTR, PASSAGE_TOHOST);
}

/** Begins to watch `tohost`, if the host has named one. */
export function resetHtif(): void {
  if (isRam(tohostPa(), 8)) watchFrame(ramPtr(tohostPa()));
}

/** [ptr, ptr + bytes) of a watched frame was written. */
export function tohostWritten(ptr: u32, bytes: u32): void {
  const tohost = ramPtr(tohostPa());
  if (ptr + bytes <= tohost || ptr >= tohost + 8) return;
  const command = load<u64>(tohost);
  if (command == 0) return;
  const device = <u32>(command >> 56);
  const kind = <u32>(command >> 48) & 0xff;
  const payload = command & PAYLOAD;
  if (device == DEVICE_SYSTEM && kind == COMMAND_SYSCALL && payload & 1) {
    const code = <u32>min<u64>(payload >> 1, 255);
    ask(OP_STOP, code == 0 ? STOP_POWEROFF : STOP_FAILURE, code, 0);
    return;
  }
  if (device == DEVICE_CONSOLE && kind == COMMAND_PUTCHAR) putText(<u8>payload);
  else if (device == DEVICE_SYSTEM && kind == COMMAND_SYSCALL) callSystem(payload);
  store<u64>(tohost, 0);
  const fromhostPa = load<u64>(PASSAGE_PTR, PASSAGE_FROMHOST);
  if (device == DEVICE_SYSTEM && isRam(fromhostPa, 8)) store<u64>(ramPtr(fromhostPa), 1);
}

function callSystem(pa: u64): void {
  if (!isRam(pa, CALL_BYTES)) return;
  const call = ramPtr(pa);
  const from = load<u64>(call, 16);
  const bytes = load<u64>(call, 24);
  if (load<u64>(call) != SYS_WRITE || !isRam(from, bytes)) {
    store<i64>(call, -1);
    return;
  }
  for (let i: u64 = 0; i < bytes; i++) putText(load<u8>(ramPtr(from + i)));
  store<u64>(call, bytes);
}
