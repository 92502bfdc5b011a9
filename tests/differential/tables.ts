/*
 * The page tables of a case. Five tables, each one page:
 *
 *     0  root of Sv39, second level of Sv48         2  the arena itself, page by page, at its physical address
 *     1  second level, for 0 and 0x8000_0000        3  the window        4  root of Sv48
 *
 * The arena is mapped onto itself for S-mode, so that the handler finds everything where it is without translation. What is tried out
 * lies in the window, at 0x1800_0000, where physical memory has a hole, and in superpages above it:
 *
 *     window page 0-1    code, for U-mode           0x1820_0000 + n * 2 MiB   eight entries of the second level
 *                 2-3    data in which sp points    0xc000_0000, the top GiB  entries of the root
 *                 4-31   data                       0x80_0000_0000            an entry of the root of Sv48
 *                 32-47  gadgets, to be jumped to
 *                 48-63  data again, as Svnapot entries
 */

import { CODE, DATA, GADGETS, PAGE, TABLES } from "./layout.js";
import type { Random } from "./random.js";

export const V = 1n;
export const R = 2n;
export const W = 4n;
export const X = 8n;
export const U = 16n;
export const A = 64n;
export const D = 128n;
const G = 32n;
const N = 1n << 63n;
const PBMT_SHIFT = 61n;
const RESERVED_SHIFT = 54;

export const WINDOW = 0x1800_0000;
export const WINDOW_TABLE = 3;
const WINDOW_INDEX = 192;
export const SUPERPAGES = 8;
const SUPERPAGE = 0x20_0000;
const HOLE = 0x1900_0000;
const RAM = 0x8000_0000;

export const SV39 = 8n;
export const SV48 = 9n;

/**
 * `global`: whether entries may be global. `holes`: whether data pages may lie where there is no memory; not with accesses across pages, of
 * whose two faults either may be taken [priv 3.7.1.3].
 */
export class Tables {
  constructor(
    private readonly view: DataView,
    private readonly pa: number,
    private readonly random: Random,
    private readonly global: boolean,
    private readonly holes: boolean,
  ) {
    const inside = (offset: number) => pa + offset;
    this.set(0, 0, this.pointer(1));
    this.set(0, 2, this.pointer(1));
    this.set(1, (pa >>> 21) & 511, this.pointer(2));
    for (let at = 0; at < 32; at++)
      this.set(2, ((pa >>> 12) & 511) + at, leaf(inside(at * PAGE), V | R | W | X | A | D));
    this.set(1, WINDOW_INDEX, this.pointer(3));
    this.set(4, 0, this.pointer(0));
    this.set(4, 511, this.pointer(0));

    for (const n of [0, 1]) this.set(3, n, leaf(inside(CODE + n * PAGE), V | R | X | U | A));
    for (const n of [0, 1]) this.set(3, 2 + n, leaf(inside(DATA + (7 + n) * PAGE), V | R | W | U | A | D));
    for (let n = 4; n < 32; n++) this.set(3, n, this.odd(inside(DATA + random.below(16) * PAGE)));
    for (let n = 32; n < 48; n++) this.set(3, n, this.odd(inside(GADGETS), X));
    const napot = this.flags(X | R | W) | N | A | D;
    for (let n = 48; n < 64; n++) {
      const wrong = random.once(12) ? random.of([0, 4, 9, 12]) : 8;
      this.set(3, n, leaf(inside(DATA + wrong * PAGE), napot ^ (random.once(20) ? 1n << BigInt(random.below(6)) : 0n)));
    }
    for (let n = 0; n < SUPERPAGES; n++)
      this.set(1, WINDOW_INDEX + 1 + n, this.oddSuperpage(pa - (pa % SUPERPAGE), PAGE));
    for (const n of [3, 511]) this.set(0, n, this.oddSuperpage(RAM, SUPERPAGE));
    this.set(4, 1, this.oddSuperpage(0, RAM));
  }

  satp(mode: bigint, asid = 0): bigint {
    return (mode << 60n) | (BigInt(asid) << 44n) | BigInt((this.pa + TABLES + (mode === SV48 ? 4 : 0) * PAGE) >>> 12);
  }

  private set(table: number, index: number, pte: bigint): void {
    this.view.setBigUint64(TABLES + table * PAGE + index * 8, BigInt.asUintN(64, pte), true);
  }

  private pointer(table: number): bigint {
    return leaf(this.pa + TABLES + table * PAGE, V);
  }

  /** Flags of a leaf, most of them sensible. */
  private flags(wanted = 0n): bigint {
    const { random } = this;
    const permissions =
      random.of([R, R | W, R | W, R | X, X, R | W | X, R | W | X, W, W | X, 0n]) | (random.once(2) ? wanted : 0n);
    let flags = permissions | (random.once(16) ? 0n : V);
    if (random.once(2)) flags |= U;
    if (this.global && random.once(4)) flags |= G;
    if (!random.once(3)) flags |= A;
    if (!random.once(3)) flags |= D;
    flags |= BigInt(random.below(4)) << 8n;
    if (random.once(4)) flags |= BigInt(random.below(4)) << PBMT_SHIFT;
    if (random.once(16)) flags |= 1n << BigInt(random.within(RESERVED_SHIFT, 60));
    return flags;
  }

  /** A leaf for a page. */
  private odd(pa: number, wanted = 0n): bigint {
    const { random } = this;
    // With A and D set: QEMU sets them before it finds that the size is reserved, although "if any bits or encodings that are reserved for
    // future standard use are set within pte, stop and raise a page-fault exception" is the third step and A the ninth [priv 12.3.2].
    const flags = this.flags(wanted) | (random.once(16) ? N | A | D : 0n);
    return leaf(random.once(20) && (this.holes || wanted === X) ? HOLE : pa, flags);
  }

  /** An entry above the last level: a leaf, aligned or not, or a pointer, good or bad. */
  private oddSuperpage(pa: number, unit: number): bigint {
    const { random } = this;
    return random.weighted<() => bigint>([
      [6, () => leaf(pa, this.flags(R | W))],
      [1, () => leaf(pa + unit, this.flags(R | W))],
      [1, () => leaf(pa, this.flags(R | W) | N | A | D)],
      [1, () => this.pointer(3)],
      [1, () => this.pointer(3) | random.of([A, D, U, N, 1n << PBMT_SHIFT, 1n << 55n, 1n << 60n, 1n << 8n])],
      [1, () => leaf(HOLE, V)],
    ])();
  }
}

function leaf(pa: number, flags: bigint): bigint {
  return (BigInt(pa) >> 2n) | flags;
}

/** Where a window page lies. */
export function windowVa(page: number): number {
  return WINDOW + page * PAGE;
}

/** Where the data is seen through the superpage entries: an address for each of them. */
export function superpageVas(pa: number): bigint[] {
  const data = pa + DATA;
  const second = Array.from({ length: SUPERPAGES }, (_, n) =>
    BigInt(WINDOW + SUPERPAGE * (n + 1) + (data % SUPERPAGE)),
  );
  const inRam = BigInt(data - RAM);
  return [...second, 0xc000_0000n + inRam, (-1n << 30n) + inRam, 0x80_0000_0000n + BigInt(data)];
}
