/*
 * Which program the guest executes: the name in the kernel's task_struct, read from guest RAM.
 *
 * The task's address is in tp while the kernel runs and in sscratch meanwhile [linux arch/riscv/kernel/entry.S]. Where in it the name lies depends on the
 * kernel's configuration; it is found by the name of the first task, init_task, which is "swapper". Without symbols programs are told apart by their address space.
 */

import type { GuestState } from "../common/index.js";
import type { SymbolTable } from "./profile-symbols.js";

const TP = 4;
const SSCRATCH = 0x140;
const SATP = 0x180;
const PRIV_U = 0;
/** TASK_COMM_LEN */
const NAME_BYTES = 16;
const TASK_BYTES_MAX = 16384;
const SWAPPER = Buffer.from("swapper\0");
const PAGE_BYTES = 4096;
/** Page-table levels by satp.MODE [priv 12.1.11]. */
const LEVELS: Readonly<Record<number, number>> = { 8: 3, 9: 4, 10: 5 };
const PPN_MASK = (1n << 44n) - 1n;
const LEAF = 0b1110n;

export class Programs {
  readonly #initTask: bigint | undefined;
  #nameOffset: number | undefined;
  /** Where names lie, by task; tasks are in the kernel's linear map, which does not change. */
  readonly #namePas = new Map<bigint, number>();

  constructor(kernel: SymbolTable) {
    this.#initTask = kernel.addressOf("init_task");
  }

  /** The program's name. */
  of(guest: GuestState): string {
    const satp = guest.csr(SATP);
    if (satp >> 60n === 0n) return "before paging";
    return this.#name(guest, satp) ?? `address space ${(satp & PPN_MASK).toString(16)}`;
  }

  #name(guest: GuestState, satp: bigint): string | undefined {
    this.#nameOffset ??= this.#findName(guest, satp);
    if (this.#nameOffset === undefined) return undefined;
    const task = guest.priv === PRIV_U ? guest.csr(SSCRATCH) : guest.x(TP);
    const pa = this.#namePas.get(task) ?? translate(guest, satp, task + BigInt(this.#nameOffset));
    if (pa === undefined) return undefined;
    const name = /^([!-~][ -~]*)\0/.exec(Buffer.from(guest.ram(pa, NAME_BYTES) ?? []).toString("latin1"))?.[1];
    if (name !== undefined) this.#namePas.set(task, pa);
    return name;
  }

  /** Offset of the name in a task_struct. */
  #findName(guest: GuestState, satp: bigint): number | undefined {
    if (this.#initTask === undefined) return undefined;
    // It is part of the kernel's image, which lies in one piece.
    const pa = translate(guest, satp, this.#initTask);
    const at = pa === undefined ? -1 : Buffer.from(guest.ram(pa, TASK_BYTES_MAX) ?? []).indexOf(SWAPPER);
    return at < 0 ? undefined : at;
  }
}

/** The physical address of a virtual one, without regard to permissions. */
function translate(guest: GuestState, satp: bigint, va: bigint): number | undefined {
  let table = Number(satp & PPN_MASK) * PAGE_BYTES;
  for (let level = (LEVELS[Number(satp >> 60n)] ?? 0) - 1; level >= 0; level--) {
    const shift = BigInt(12 + 9 * level);
    const bytes = guest.ram(table + 8 * Number((va >> shift) & 0x1ffn), 8);
    const pte = bytes === undefined ? 0n : Buffer.from(bytes).readBigUInt64LE();
    if ((pte & 1n) === 0n) return undefined;
    const pa = Number((pte >> 10n) & PPN_MASK) * PAGE_BYTES;
    if ((pte & LEAF) !== 0n) return pa + Number(va & ((1n << shift) - 1n));
    table = pa;
  }
  return undefined;
}
