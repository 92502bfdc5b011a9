/*
 * From addresses to compiled code. Each halfword of a decoded page has a u16 (isa/pages.ts) that says how the code there fares:
 *
 *     0 to 0x7ffe       how often it was entered, up to the threshold
 *     0x7fff            waits to be compiled
 *     0x8000 and above  an entry: its number in the table below
 *
 * An entry is a word: place of the unit's function in the table of functions, times 65536, plus the state with which the function starts there.
 * Units are the pieces that are compiled; when places, entries or memory run out all of them are forgotten at once, and what is still hot is soon there again.
 */

import {
  EMIT_PTR,
  JIT_THRESHOLD_MAX,
  PASSAGE_PTR,
  PASSAGE_THRESHOLD,
  PASSAGE_THRESHOLD_YOUNG,
  PASSAGE_UNIT_FLUSHES,
  TABLE_FIRST,
  TABLE_UNITS,
} from "../abi";
import { coolAll, heatAt } from "../isa/pages";
import { forgetJumps } from "./jumps";

export const WAITING: u32 = 0x7fff;
export const FIRST_ENTRY: u32 = 0x8000;
const ENTRIES_MAX: u32 = 0x8000;

/** u32[ENTRIES_MAX], then the number of entries, of units, and of bytes of all modules. */
const ENTRIES_PTR: u32 = EMIT_PTR;
const COUNTS_PTR: u32 = EMIT_PTR + ENTRIES_MAX * 4;
const ENTRY_COUNT: u32 = 0;
const UNIT_COUNT: u32 = 4;
const MODULE_BYTES: u32 = 8;
/** u32: from which heat on something is hot; WAITING = nothing is ever compiled. */
const LIMIT: u32 = 12;

/** For so long a guest is young: most of what it executes then, as it boots, it will not execute again. */
const YOUNG_INSNS: u64 = 1 << 26;

/** WebAssembly of all units together; the machine code that comes of it is several times larger. */
const MODULE_BYTES_MAX: u32 = 32 << 20;

/** Where the word of entry `number` (FIRST_ENTRY and above) lies; also used by compiled code. */
export const ENTRY_WORDS: u32 = ENTRIES_PTR - FIRST_ENTRY * 4;

export function entryWord(entry: u32): u32 {
  return load<u32>(ENTRY_WORDS + (entry << 2));
}

/** Makes the halfword at `offset` of the page an entry into unit `place` with `state`. */
export function addEntry(page: u32, offset: u32, place: u32, state: u32): void {
  forgetJumps();
  const count = load<u32>(COUNTS_PTR, ENTRY_COUNT);
  store<u32>(COUNTS_PTR, count + 1, ENTRY_COUNT);
  store<u32>(ENTRIES_PTR + (count << 2), (place << 16) | state);
  store<u16>(heatAt(page, offset), <u16>(FIRST_ENTRY + count));
}

/** The place in the table for the next unit. */
export function nextPlace(): u32 {
  return TABLE_FIRST + load<u32>(COUNTS_PTR, UNIT_COUNT);
}

export function placeTaken(): void {
  store<u32>(COUNTS_PTR, load<u32>(COUNTS_PTR, UNIT_COUNT) + 1, UNIT_COUNT);
}

export function noteModule(bytes: u32): void {
  store<u32>(COUNTS_PTR, load<u32>(COUNTS_PTR, MODULE_BYTES) + bytes, MODULE_BYTES);
}

/** Sees to it that there is room for `units` more units with up to `entries` entries in all. */
export function makeRoom(units: u32, entries: u32): void {
  if (
    load<u32>(COUNTS_PTR, UNIT_COUNT) + units > TABLE_UNITS ||
    load<u32>(COUNTS_PTR, ENTRY_COUNT) + entries > ENTRIES_MAX ||
    load<u32>(COUNTS_PTR, MODULE_BYTES) > MODULE_BYTES_MAX
  ) {
    store<u32>(PASSAGE_PTR, load<u32>(PASSAGE_PTR, PASSAGE_UNIT_FLUSHES) + 1, PASSAGE_UNIT_FLUSHES);
    forgetUnits();
  }
}

/** Reads from the passage page whether and when code is compiled, for a guest that has retired so many instructions. */
export function readThreshold(retired: u64): void {
  const asked = min(load<u32>(PASSAGE_PTR, PASSAGE_THRESHOLD), JIT_THRESHOLD_MAX);
  const young = min(load<u32>(PASSAGE_PTR, PASSAGE_THRESHOLD_YOUNG), JIT_THRESHOLD_MAX);
  let limit = asked;
  if (asked == 0) limit = WAITING;
  else if (retired < YOUNG_INSNS && young > asked) {
    limit += <u32>((<u64>(young - asked) * (YOUNG_INSNS - retired)) / YOUNG_INSNS);
  }
  store<u32>(COUNTS_PTR, limit, LIMIT);
}

export function threshold(): u32 {
  return load<u32>(COUNTS_PTR, LIMIT);
}

export function isOff(): bool {
  return threshold() == WAITING;
}

/** Forgets all units. */
export function forgetUnits(): void {
  coolAll();
  memory.fill(COUNTS_PTR, 0, 12);
}

/** Counts that the halfword at `offset` of the page was jumped to. False when it is time to look at what is there. */
export function warmUp(page: u32, offset: u32): bool {
  const at = heatAt(page, offset);
  const heat = <u32>load<u16>(at);
  if (heat >= threshold()) return false;
  store<u16>(at, <u16>(heat + 1));
  return true;
}
