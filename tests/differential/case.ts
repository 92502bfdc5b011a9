/*
 * A case: one random program with everything it begins with, made from a seed and nothing else.
 *
 * A profile fills a draft (registers, CSRs, data, page tables) and writes the instructions; this file lays the draft out as an arena.
 */

import { insnBytes, jal, zero } from "../support/assembler.js";
import { INITIAL_CSRS } from "./csrs.js";
import { END_MARK, HANDLER_BYTES, HANDLERS, MONITOR } from "./firmware.js";
import {
  ARENA_BYTES,
  arenaPa,
  C_BASES,
  C_CSRS,
  C_MONITOR,
  C_RESET,
  CODE,
  CONTROL,
  DATA,
  DATA_BYTES,
  END,
  GADGETS,
  INITIAL,
  PAGE,
} from "./layout.js";
import { Random } from "./random.js";
import { SP, Stream } from "./stream.js";
import { floatValue, integerValue } from "./values.js";

export const PRIV_U = 0;
export const PRIV_S = 1;
export const PRIV_M = 3;

const FS_DIRTY = 3n << 13n;
const PMP_ALL = 0x1fn << 56n;

/** What a case begins with. */
export class Draft {
  readonly x: bigint[];
  readonly f: bigint[];
  readonly csrs: Record<string, bigint> = {};
  readonly arena = new Uint8Array(ARENA_BYTES);
  readonly view = new DataView(this.arena.buffer);
  readonly stream: Stream;
  /** Where the arena and its code lie for the program: by privilege mode. */
  readonly pa: number;
  codeBases: [user: number, supervisor: number, machine: number];
  mode = PRIV_M;
  /** Whether the machine must be reset after it. */
  resets = false;

  constructor(
    readonly seed: number,
    readonly random: Random,
  ) {
    this.stream = new Stream(random);
    this.pa = arenaPa(seed);
    this.x = Array.from({ length: 32 }, () => integerValue(random));
    this.f = Array.from({ length: 32 }, () => floatValue(random));
    const code = this.pa + CODE;
    this.codeBases = [code, code, code];
    // The data: its first and last page, and the middle, where the pointers are, at random.
    for (const at of [0, 7 * PAGE, 8 * PAGE, DATA_BYTES - PAGE]) {
      for (let i = 0; i < PAGE; i += 8) {
        const value = random.once(8) ? floatValue(random) : (BigInt(random.u32()) << 32n) | BigInt(random.u32());
        this.view.setBigUint64(DATA + at + i, value, true);
      }
    }
    this.point(this.pa + DATA + DATA_BYTES / 2);
    Object.assign(this.csrs, {
      pmpaddr15: (1n << 54n) - 1n,
      pmpcfg2: PMP_ALL,
      mtvec: BigInt(this.pa) + HANDLERS.at("m_vector"),
      stvec: BigInt(this.pa) + HANDLERS.at("s_vector"),
      stimecmp: (1n << 64n) - 1n,
      // Counters, cache blocks and Sstc as an environment gives them to its programs.
      mcounteren: 7n,
      scounteren: 7n,
      menvcfg: 0xe000_0000_0000_00f1n,
      senvcfg: 0xf1n,
      mstatus: FS_DIRTY,
    });
  }

  /** Lets all pointers begin at about `address`, the stack pointer exactly there. */
  point(address: number): void {
    for (const x of this.stream.pointers) this.x[x] = BigInt(address + (x === SP ? 0 : this.random.within(-512, 511)));
  }

  setCsr(name: string, value: bigint): void {
    this.csrs[name] = value;
  }
}

export interface Case {
  readonly seed: number;
  readonly profile: string;
  readonly arena: Uint8Array;
  /** The program, instruction by instruction. */
  readonly items: readonly number[];
}

/** Writes the program of a case into a draft, which has the defaults of its constructor. */
export type Profile = (draft: Draft) => void;

/** Bytes of code after which a profile is to stop. */
export const CODE_ENOUGH = END - 1200;

/** Makes the case of `seed`. With `limit`, only its first `limit` instructions remain. */
export function makeCase(seed: number, name: string, profile: Profile, limit = Number.POSITIVE_INFINITY): Case {
  const random = new Random(seed);
  const draft = new Draft(seed, random);
  profile(draft);
  const { arena, view, stream, codeBases } = draft;
  arena.set(HANDLERS.bytes.subarray(0, HANDLER_BYTES));

  const set = (offset: number, value: bigint | number) =>
    view.setBigUint64(offset, BigInt.asUintN(64, BigInt(value)), true);
  set(CONTROL + C_MONITOR, MONITOR.at("done"));
  set(CONTROL + C_RESET, draft.resets ? 1 : 0);
  const [user, supervisor, machine] = codeBases;
  const bases = [user, supervisor, 0, machine];
  for (const [mode, base] of bases.entries()) set(CONTROL + C_BASES + 8 * mode, base);
  draft.csrs.mepc = BigInt(draft.mode === PRIV_U ? user : draft.mode === PRIV_S ? supervisor : machine);
  draft.csrs.mstatus = (draft.csrs.mstatus ?? 0n) | (BigInt(draft.mode) << 11n);
  for (const [n, [csr]] of INITIAL_CSRS.entries()) set(CONTROL + C_CSRS + 8 * n, draft.csrs[csr] ?? 0n);
  for (const [n, value] of draft.x.entries()) set(INITIAL + 8 * n, value);
  for (const [n, value] of draft.f.entries()) set(INITIAL + 0x100 + 8 * n, value);

  layGadgets(view);
  layCode(view, stream.items.slice(0, limit));
  return { seed, profile: name, arena, items: stream.items };
}

/** The instructions, then no-operations up to the ecall of the end. */
function layCode(view: DataView, items: readonly number[]): void {
  let at = CODE;
  for (const insn of items) {
    if (insnBytes(insn) === 2) view.setUint16(at, insn, true);
    else view.setUint32(at, insn, true);
    at += insnBytes(insn);
  }
  const end = CODE + END;
  if (at > end) throw new Error(`The program is ${at - end} bytes too long`);
  if (at < end - 4) {
    if ((at & 2) !== 0) view.setUint16(at, C_NOP, true);
    const jump = (at + 3) & ~3;
    view.setUint32(jump, jal(zero, end - jump), true);
    at = jump + 4;
  }
  for (; at < end; at += 2) view.setUint16(at, C_NOP, true);
  view.setUint32(end, ECALL, true);
  view.setUint16(end + 4, END_MARK, true);
}

const C_NOP = 0x0001;
const ECALL = 0x73;
/** jalr zero, 0(x31). */
const GADGET = 0x000f_8067;

/** A page in which each word jumps back; its last halfword begins a jump that goes on in a page like it. */
function layGadgets(view: DataView): void {
  for (let i = 4; i < PAGE - 4; i += 4) view.setUint32(GADGETS + i, GADGET, true);
  view.setUint16(GADGETS, GADGET >>> 16, true);
  view.setUint16(GADGETS + 2, C_NOP, true);
  view.setUint16(GADGETS + PAGE - 4, C_NOP, true);
  view.setUint16(GADGETS + PAGE - 2, GADGET & 0xffff, true);
}
