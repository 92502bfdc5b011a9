/*
 * Guest time and the budget of a chunk.
 *
 * A slice (one `run`) is executed in chunks that end where a timer could fire. Inside a chunk time is the time at its start plus retired instructions times
 * the measured rate, so reading the clock costs nothing and timers compare with the same value that the guest reads.
 */

import { PASSAGE_NOW, PASSAGE_PTR, PASSAGE_RATE, PASSAGE_RETIRED, PASSAGE_TIME } from "../abi";
import { hart } from "../hart/hart";
import { ENVCFG_STCE } from "../hart/status";
import { patience } from "../jit/compile";
import { aclint } from "../platform/aclint";
import { rtc } from "../platform/rtc";

export const NEVER: u64 = 0xffff_ffff_ffff_ffff;

/** The longest chunk: V8 replaces a running function by its optimised version only when it is called again. */
const CHUNK_MAX: u64 = 1 << 18;

/** The time CSR: ticks of TIME_HZ. */
export function time(): u64 {
  return hart.timeBase + ((elapsed() + hart.timeFraction) >> 32);
}

function elapsed(): u64 {
  return <u64>(hart.chunk - hart.left) * hart.rate;
}

/** Starts a slice at the time the host says, which the guest never sees going back. */
export function startSlice(): void {
  const now = load<u64>(PASSAGE_PTR, PASSAGE_NOW);
  if (now > hart.timeBase) {
    hart.timeBase = now;
    hart.timeFraction = 0;
  }
  const rate = load<u64>(PASSAGE_PTR, PASSAGE_RATE);
  // At most one tick per instruction, so that a chunk's product fits.
  hart.rate = min<u64>(rate, 0x1_0000_0000);
}

/** The next tick after now at which a timer interrupt becomes pending, NEVER if there is none. */
export function nextDeadline(): u64 {
  const now = hart.timeBase;
  let deadline = NEVER;
  if (hart.menvcfg & ENVCFG_STCE && hart.stimecmp > now) deadline = hart.stimecmp;
  if (aclint.mtimecmp > now) deadline = min(deadline, aclint.mtimecmp);
  if (rtc.alarmTick > now) deadline = min(deadline, rtc.alarmTick);
  return deadline;
}

/** Begins a chunk of at most `budget` instructions that ends when a timer fires. */
export function startChunk(budget: u32): void {
  let chunk = min<u64>(min<u64>(<u64>budget, CHUNK_MAX), patience());
  const ticks = nextDeadline() - hart.timeBase;
  if (hart.rate != 0 && ticks < 0x8000_0000) {
    const until = ((ticks << 32) - hart.timeFraction + hart.rate - 1) / hart.rate;
    chunk = min(chunk, max<u64>(until, 1));
  }
  hart.chunk = <i32>chunk;
  hart.left = <i32>chunk;
}

/** Ends the chunk and returns how many instructions of its budget were used. */
export function endChunk(): u32 {
  const used = <u32>(hart.chunk - hart.left);
  const ticks = elapsed() + hart.timeFraction;
  hart.timeBase += ticks >> 32;
  hart.timeFraction = ticks & 0xffff_ffff;
  hart.retired += <u64>used;
  hart.chunk = 0;
  hart.left = 0;
  return used;
}

/** Instructions retired when the current one will have been. */
export function retired(): u64 {
  return hart.retired + <u64>(hart.chunk - hart.left);
}

/** Instructions retired before the current one; between runs there is none. */
export function retiredBefore(): u64 {
  return hart.chunk == 0 ? hart.retired : retired() - 1;
}

/** Tells the host where the guest's clock stands. */
export function endSlice(): void {
  store<u64>(PASSAGE_PTR, hart.timeBase, PASSAGE_TIME);
  store<u64>(PASSAGE_PTR, hart.retired, PASSAGE_RETIRED);
}
