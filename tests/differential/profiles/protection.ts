/*
 * Programs under physical memory protection: entries of every kind and size over the data, locked ones too, with and without
 * translation [priv 3.7]. Entry 15 allows everything, so that the case itself can run.
 *
 * Left out:
 *   - R = 0 with W = 1, which is reserved [priv 3.7.1]
 *   - misaligned accesses, which may be split before they are checked [priv 3.7.1.3], and those of 16 bytes: QEMU looks at their first and
 *     last byte only, but "the lowest-numbered PMP entry that matches any byte of an access determines whether that access succeeds"
 *   - cache blocks: "The PMP access control bits shall be the same for all physical addresses in the cache block" [unpriv 21.5]
 */

import * as asm from "../../support/assembler.js";
import { CSR, zero } from "../../support/assembler.js";
import { alignedAccessInsn, emitAmo } from "../accesses.js";
import { CODE_ENOUGH, type Draft, PRIV_M, PRIV_S, PRIV_U } from "../case.js";
import { DATA, DATA_BYTES, PAGE, TABLES } from "../layout.js";
import type { Random } from "../random.js";
import { SP, type Stream } from "../stream.js";
import { WINDOW_TABLE } from "../tables.js";
import { emitStep, emitSwitch } from "./computing.js";
import { emitUnderTranslation, translate } from "./paging.js";

const PMPADDR0 = CSR.pmpaddr0;
const ENTRIES = 8;
const LAST = ENTRIES - 1;
const OFF = 0;
const NA4 = 2;
const TOR = 1;
const NAPOT = 3;
const LOCKED = 0x80;

/** A value for pmpaddr `i`: inside the data, and for the last of them inside the table of the window. */
function address(random: Random, pa: number, i: number): number {
  const middle = pa + DATA + DATA_BYTES / 2;
  const at = random.weighted<() => number>([
    [6, () => middle + random.within(-600, 600) * 4],
    [2, () => middle + random.within(-2, 2) * PAGE],
    [2, () => pa + DATA + random.below(DATA_BYTES / 4) * 4],
  ])();
  // Behind the entries of the code.
  const table = pa + TABLES + WINDOW_TABLE * PAGE + 64 + random.below(100) * 4;
  const word = (i === LAST ? table : at) >>> 2;
  return random.once(2) ? sized(random, word, i === LAST ? 4 : 13) : word;
}

/** The same with low bits that say a size, for NAPOT. */
function sized(random: Random, word: number, most: number): number {
  const ones = random.below(most);
  return (Math.floor(word / 2 ** (ones + 1)) * 2 ** (ones + 1) + 2 ** ones - 1) >>> 0;
}

/** A TOR entry that begins at 0 or at a table would cover the handlers. */
function configuration(random: Random, locks: boolean, i: number): number {
  const rwx = random.of([0, 1, 3, 4, 5, 7]);
  const kind = random.of(i === 0 || i === LAST ? [OFF, NA4, NAPOT] : [OFF, TOR, TOR, NA4, NAPOT, NAPOT]);
  return rwx | (kind << 3) | (locks && random.once(4) ? LOCKED : 0);
}

/** Eight configurations at once, as pmpcfg0 holds them. */
function configurations(random: Random, locks: boolean): bigint {
  let value = 0n;
  for (let i = 0; i < ENTRIES; i++) value |= BigInt(configuration(random, locks, i)) << BigInt(8 * i);
  return value;
}

function emitAligned(s: Stream): void {
  const { random } = s;
  random.weighted<() => void>([
    [10, () => s.emit(alignedAccessInsn(s))],
    [2, () => emitAmo(s, SP, false)],
    [2, () => emitStep(s, { integer: 1, float: 0, access: 0, atomic: 0, control: 0 })],
  ])();
}

export function protection(draft: Draft): void {
  const { stream: s, random, pa } = draft;
  const locks = random.once(4);
  draft.resets = locks;
  draft.mode = random.of([PRIV_M, PRIV_S, PRIV_U]);
  const world = random.once(2) ? translate(draft, true) : undefined;
  for (let i = 0; i < ENTRIES; i++) draft.setCsr(`pmpaddr${i}`, BigInt(address(random, pa, i)));
  draft.setCsr("pmpcfg0", configurations(random, false));
  while (s.bytes < CODE_ENOUGH - 1000) {
    emitSwitch(s, PRIV_M);
    const from = s.temporary();
    for (let n = random.below(4); n > 0; n--) {
      const i = random.below(ENTRIES);
      s.emit(...asm.li(from, address(random, pa, i)), asm.csrrw(s.rd(), PMPADDR0 + i, from));
    }
    if (random.once(2)) s.emit(...asm.li(from, configurations(random, locks)), asm.csrrw(s.rd(), CSR.pmpcfg0, from));
    s.emit(asm.csrrs(s.rd(), PMPADDR0 + random.below(ENTRIES), zero), asm.csrrs(s.rd(), CSR.pmpcfg0, zero));
    s.emit(asm.sfence_vma());
    const mode = random.of([PRIV_M, PRIV_S, PRIV_U]);
    emitSwitch(s, mode);
    if (world !== undefined && mode !== PRIV_M) emitUnderTranslation(world, mode);
    else for (let n = random.within(5, 25); n > 0; n--) emitAligned(s);
  }
}
