/*
 * The core's exports: all that a host can call. Numbers and layouts are in abi.ts, the world switch in world/switch.ts.
 */

import { ABI_VERSION, PASSAGE_PTR, PASSAGE_VERSION } from "./abi";
import { readCsr as read, writeCsr as write } from "./hart/csr";
import { resetCompiler } from "./jit/compile";
import { hostWrote as wrote } from "./memory";
import { switchContext } from "./mmu/tlb";
import { listening, receive } from "./platform/uart";
import { raiseSlot } from "./platform/virtio";
import { announceEvents } from "./world/cooperative";
import { resetMachine, runSlice } from "./world/switch";

store<u32>(PASSAGE_PTR, ABI_VERSION, PASSAGE_VERSION);

/** Puts the machine into its state after power-on; `mode` is RESET_*. Guest RAM is untouched. */
export function reset(mode: u32): void {
  resetMachine(mode);
}

/** Runs the guest for `budget` instructions or until it gives control back; returns OP_*. */
export function run(budget: u32): u32 {
  return runSlice(budget);
}

/** Raises a slot's interrupt; `bits` are INTERRUPT_*. */
export function raise(slot: u32, bits: u32): void {
  raiseSlot(slot, bits);
}

/** Tells a cooperative kernel of COOP_EVENT_*; false when there is none. */
export function announce(events: u32): u32 {
  return <u32>announceEvents(events);
}

/** Tells that the host wrote `bytes` of guest RAM at `ptr` in linear memory. */
export function hostWrote(ptr: u32, bytes: u32): void {
  wrote(ptr, bytes);
}

/** Hands the UART a received byte; 0 if its FIFO is full. */
export function uartReceive(byte: u32): u32 {
  return <u32>receive(byte);
}

/** 1 while a driver waits for bytes from the UART. */
export function uartListening(): u32 {
  return <u32>listening();
}

/** Forgets all compiled code; the threshold is read anew. */
export function forgetUnits(): void {
  resetCompiler();
}

/** Reads CSR `n` without regard to privilege, for debuggers and tests. */
export function readCsr(n: u32): u64 {
  return read(n);
}

/** Writes CSR `n` without regard to privilege. */
export function writeCsr(n: u32, value: u64): void {
  write(n, value);
  switchContext();
}
