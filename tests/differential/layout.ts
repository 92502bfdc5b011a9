/*
 * Where everything lies: RAM, and the arena that each case has to itself. An arena is a case's input before the run and its result
 * after it, so that comparing two runs is comparing memory.
 *
 *     RAM + 0x0000   monitor                 runs the cases one after another
 *         + 0x2000   progress                index of the present case, number of cases
 *         + 0x20000  arena 0, arena 1, ...
 *
 *     arena + 0x00000  trap handlers         the same in each
 *           + 0x01000  control               what monitor and handlers know of the case
 *           + 0x02000  initial x and f
 *           + 0x03000  final x, f and CSRs
 *           + 0x04000  code                  8 KiB
 *           + 0x06000  page tables           5 pages
 *           + 0x0b000  gadgets               a page of jumps back, to be jumped to
 *           + 0x0c000  trap log              16 KiB
 *           + 0x10000  data                  64 KiB, so that one Svnapot entry can map it
 */

import { RAM_PA } from "../../assembly/abi.js";

export const PROGRESS_PA = RAM_PA + 0x2000;
export const PROGRESS_INDEX = 0;
export const PROGRESS_COUNT = 8;

export const ARENA_SHIFT = 17;
export const ARENA_BYTES = 1 << ARENA_SHIFT;
export const ARENAS_PA = RAM_PA + ARENA_BYTES;
/** Arenas of one image; a case always runs in the same arena, so that it is the same case alone and among others. */
export const ARENAS = 512;
export const RAM_BYTES = 0x0800_0000;

export const CONTROL = 0x1000;
export const INITIAL = 0x2000;
export const FINAL = 0x3000;
export const CODE = 0x4000;
export const CODE_BYTES = 0x2000;
export const TABLES = 0x6000;
export const GADGETS = 0xb000;
export const LOG = 0xc000;
export const DATA = 0x1_0000;
export const DATA_BYTES = 0x1_0000;
export const PAGE = 0x1000;

/** The last instruction of a case: an ecall with the mark of the end behind it. */
export const END = CODE_BYTES - 8;

/** Fields of the control page. */
export const C_TRAPS = 0x00;
export const C_MONITOR = 0x08;
export const C_STARTED = 0x10;
export const C_ENDED = 0x18;
/** Whether the machine is to be reset after the case: locked PMP entries stay until then [priv 3.7.1]. */
export const C_RESET = 0x20;
/** Where the code begins in each mode, by the mode's number. */
export const C_BASES = 0x28;
/** Not zero while a trap is handled that found MPRV set. */
export const C_LENT = 0x48;
export const C_SAVE_M = 0x80;
export const C_SAVE_S = 0xc0;
export const C_CSRS = 0x100;

export const LOG_ENTRY = 40;
export const TRAPS_MAX = 400;

/** Places within the final state. */
export const FINAL_X = 0x000;
export const FINAL_F = 0x100;
export const FINAL_CSRS = 0x200;

/** Where the arena of the case with this seed lies. */
export function arenaPa(seed: number): number {
  return ARENAS_PA + (seed % ARENAS) * ARENA_BYTES;
}
