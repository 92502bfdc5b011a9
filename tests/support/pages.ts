/*
 * Page tables in guest RAM for tests: Sv39 and Sv48 [priv 12.4, 12.5].
 *
 * `map` writes a leaf and whatever non-leaf entries it needs; `pteAt` says where an entry lies, so that a test can look at
 * its A and D bits or break it.
 */

import { RAM_PA } from "../../assembly/abi.js";
import { CSR } from "./assembler.js";
import { type Hart, PRIV_S, RAM_BYTES, TABLE_PA } from "./hart.js";

export const PTE_V = 0x01n;
export const PTE_R = 0x02n;
export const PTE_W = 0x04n;
export const PTE_X = 0x08n;
export const PTE_U = 0x10n;
export const PTE_G = 0x20n;
export const PTE_A = 0x40n;
export const PTE_D = 0x80n;
/** Svpbmt: 1 non-cacheable, 2 I/O, 3 reserved. */
export const PTE_PBMT = 1n << 61n;
/** Svnapot. */
export const PTE_N = 1n << 63n;

/** Everything allowed to S-mode, A and D set. */
export const PTE_KERNEL = PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D;
export const PTE_USER = PTE_KERNEL | PTE_U;

export class PageTable {
  private next: number;

  constructor(
    private readonly hart: Hart,
    readonly levels: 3 | 4 = 3,
    readonly root = TABLE_PA,
  ) {
    this.next = root + 0x1000;
  }

  /** Maps the page at `va` to `pa`; level 1 is a 2 MiB page, 2 one of 1 GiB, 3 one of 512 GiB. */
  map(va: bigint, pa: number | bigint, flags = PTE_KERNEL, level = 0): this {
    this.hart.setU64(this.pteAt(va, level), ((BigInt(pa) >> 12n) << 10n) | flags);
    return this;
  }

  /** Maps all of RAM to itself for S-mode in 2 MiB pages. */
  mapRam(): this {
    for (let pa = RAM_PA; pa < RAM_PA + RAM_BYTES; pa += 0x20_0000) this.map(BigInt(pa), pa, PTE_KERNEL, 1);
    return this;
  }

  /** Physical address of the entry for `va` at `level`; makes the tables above it. */
  pteAt(va: bigint, level = 0): number {
    let table = this.root;
    for (let at = this.levels - 1; ; at--) {
      const entry = table + Number((va >> BigInt(12 + 9 * at)) & 0x1ffn) * 8;
      if (at === level) return entry;
      if (this.hart.u64(entry) === 0n) {
        this.hart.setU64(entry, ((BigInt(this.next) >> 12n) << 10n) | PTE_V);
        this.next += 0x1000;
      }
      table = Number((this.hart.u64(entry) >> 10n) << 12n);
    }
  }

  pte(va: bigint, level = 0): bigint {
    return this.hart.u64(this.pteAt(va, level));
  }

  satp(asid = 0): bigint {
    return (this.levels === 3 ? 8n << 60n : 9n << 60n) | (BigInt(asid) << 44n) | BigInt(this.root / 4096);
  }

  /** Writes satp and enters S-mode (or another) at `va`. */
  enter(va: bigint, priv = PRIV_S): Hart {
    return this.hart.setCsr(CSR.satp, this.satp()).enter(priv, va);
  }
}
