/*
 * The interrupt controller: 95 level-triggered sources, contexts 0 (M-mode) and 1 (S-mode) [PLIC 1.0, QEMU `virt`].
 *
 * A source is pending while its line is high and it is not claimed. Claiming takes the most urgent pending source that the context has enabled, completing lets it
 * become pending again. The two outputs are kept up to date, so that the hart reads them as two words.
 *
 *     0x00_0000  priority of source n at 4n           0x20_0000  threshold, claim/complete of context 0
 *     0x00_1000  pending bits                         0x20_1000  and of context 1
 *     0x00_2000  enable bits, 0x80 per context
 */

import { PLATFORM_PTR, PLIC_SOURCES } from "../abi";

const WORDS: u32 = 3;
const CONTEXTS: u32 = 2;
const PRIORITY_MAX: u32 = 7;

const OFFSET_PENDING: u32 = 0x1000;
const OFFSET_ENABLE: u32 = 0x2000;
const ENABLE_STRIDE: u32 = 0x80;
const OFFSET_CONTEXT: u32 = 0x20_0000;
const CONTEXT_STRIDE: u32 = 0x1000;

@unmanaged
class Plic {
  /** 1 while the M-mode, or the S-mode, output is high. */
  pendingM: u32; //   0
  pendingS: u32; //   4
  thresholdM: u32; // 8
  thresholdS: u32; // 12
}

export const plic: Plic = changetype<Plic>(PLATFORM_PTR);

/** Behind the class: bits per source, then one word of priority per source. */
const LEVEL: u32 = PLATFORM_PTR + 0x10;
const CLAIMED: u32 = PLATFORM_PTR + 0x20;
const ENABLE: u32 = PLATFORM_PTR + 0x30; // 0x10 per context
const PRIORITY: u32 = PLATFORM_PTR + 0x80;

function threshold(context: u32): u32 {
  return load<u32>(PLATFORM_PTR + (context << 2), 8);
}

function enableWord(context: u32, word: u32): u32 {
  return load<u32>(ENABLE + (context << 4) + (word << 2));
}

function pendingWord(word: u32): u32 {
  return load<u32>(word << 2, LEVEL) & ~load<u32>(word << 2, CLAIMED);
}

function setBit(base: u32, source: u32, on: bool): void {
  const at = base + ((source >> 5) << 2);
  const bit: u32 = 1 << (source & 31);
  store<u32>(at, on ? load<u32>(at) | bit : load<u32>(at) & ~bit);
}

/** A device's line goes high or low. */
export function setLine(source: u32, high: bool): void {
  setBit(LEVEL, source, high);
  update();
}

/** The most urgent source that a context has enabled: highest priority above `floor`, then lowest number; 0 = none. */
function best(context: u32, floor: u32): u32 {
  let found: u32 = 0;
  let urgency = floor;
  for (let word: u32 = 0; word < WORDS; word++) {
    let candidates = pendingWord(word) & enableWord(context, word);
    while (candidates != 0) {
      const source = (word << 5) + ctz(candidates);
      candidates &= candidates - 1;
      const priority = load<u32>(source << 2, PRIORITY);
      if (priority > urgency) {
        urgency = priority;
        found = source;
      }
    }
  }
  return found;
}

function update(): void {
  plic.pendingM = best(0, plic.thresholdM) != 0 ? 1 : 0;
  plic.pendingS = best(1, plic.thresholdS) != 0 ? 1 : 0;
}

/** Reads the word at `offset`; unassigned registers read zero. */
export function loadPlic(offset: u32): u32 {
  if (offset < OFFSET_PENDING) return offset >> 2 <= PLIC_SOURCES ? load<u32>(offset, PRIORITY) : 0;
  if (offset < OFFSET_ENABLE) {
    const word = (offset - OFFSET_PENDING) >> 2;
    return word < WORDS ? pendingWord(word) : 0;
  }
  if (offset < OFFSET_CONTEXT) {
    const context = (offset - OFFSET_ENABLE) / ENABLE_STRIDE;
    const word = ((offset - OFFSET_ENABLE) & (ENABLE_STRIDE - 1)) >> 2;
    return context < CONTEXTS && word < WORDS ? enableWord(context, word) : 0;
  }
  const context = (offset - OFFSET_CONTEXT) / CONTEXT_STRIDE;
  if (context >= CONTEXTS) return 0;
  switch (<i32>(offset & (CONTEXT_STRIDE - 1))) {
    case 0:
      return threshold(context);
    case 4: {
      // A claim does not look at the threshold [PLIC 9].
      const source = best(context, 0);
      if (source != 0) {
        setBit(CLAIMED, source, true);
        update();
      }
      return source;
    }
    default:
      return 0;
  }
}

export function storePlic(offset: u32, value: u32): void {
  if (offset < OFFSET_PENDING) {
    // Source 0 does not exist, its priority is fixed to zero.
    if (offset != 0 && offset >> 2 <= PLIC_SOURCES) store<u32>(offset, value & PRIORITY_MAX, PRIORITY);
  } else if (offset >= OFFSET_ENABLE && offset < OFFSET_CONTEXT) {
    const context = (offset - OFFSET_ENABLE) / ENABLE_STRIDE;
    const word = ((offset - OFFSET_ENABLE) & (ENABLE_STRIDE - 1)) >> 2;
    if (context < CONTEXTS && word < WORDS)
      store<u32>(ENABLE + (context << 4) + (word << 2), word == 0 ? value & ~1 : value);
  } else if (offset >= OFFSET_CONTEXT) {
    const context = (offset - OFFSET_CONTEXT) / CONTEXT_STRIDE;
    if (context >= CONTEXTS) return;
    const register = offset & (CONTEXT_STRIDE - 1);
    if (register == 0) store<u32>(PLATFORM_PTR + (context << 2), value & PRIORITY_MAX, 8);
    else if (register == 4 && value <= PLIC_SOURCES && (enableWord(context, value >> 5) >> (value & 31)) & 1) {
      setBit(CLAIMED, value, false);
    }
  }
  update();
}
