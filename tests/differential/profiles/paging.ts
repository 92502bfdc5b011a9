/*
 * Programs under translation: loads, stores, atomics and fetches through entries with random bits, in S and U and in M with MPRV, while
 * SUM, MXR, satp and the entries themselves change. A fence follows each change that takes one.
 *
 * Left out, since the implementation may choose:
 *   - store-conditionals: whether one that must fail raises what a store would [unpriv 13.2]
 *   - global entries together with fences of one address space, which need not see them [priv 12.2.1]
 *   - cache-block management where only a fetch is permitted [unpriv 21.5.4]
 */

import * as asm from "../../support/assembler.js";
import { CSR, F, type XReg, zero } from "../../support/assembler.js";
import { alignedAccessInsn, emitAmo } from "../accesses.js";
import { CODE_ENOUGH, type Draft, PRIV_M, PRIV_S, PRIV_U } from "../case.js";
import { emitWildJump } from "../control.js";
import { CODE, PAGE, TABLES } from "../layout.js";
import type { Stream } from "../stream.js";
import { SV39, SV48, superpageVas, Tables, WINDOW, WINDOW_TABLE, windowVa } from "../tables.js";
import { emitStep, emitSwitch } from "./computing.js";

const SUM = 1n << 18n;
const MXR = 1n << 19n;
const ADUE = 1n << 61n;
const PBMTE = 1n << 62n;
const LOADS = [asm.lb, asm.lh, asm.lw, asm.ld, asm.lbu, asm.lhu, asm.lwu];
const STORES = [asm.sb, asm.sh, asm.sw, asm.sd];
/** Page faults and what else a program under an operating system raises; ecalls stay in M. */
const DELEGATED = 0xb0ffn;

/** What the steps of one program share. */
export interface World {
  readonly stream: Stream;
  readonly pa: number;
  readonly tables: Tables;
  readonly vas: readonly bigint[];
  /** Whether fences may name an address space. */
  readonly asids: boolean;
  /** Whether all accesses are naturally aligned. */
  readonly aligned: boolean;
}

/** Gives a draft its page tables and a world around them. */
export function translate(draft: Draft, aligned = false): World {
  const { stream, random, pa, view } = draft;
  const asids = random.once(2);
  const tables = new Tables(view, pa, random, !asids, aligned);
  draft.setCsr("satp", tables.satp(random.of([SV39, SV48])));
  draft.codeBases = [WINDOW, pa + CODE, pa + CODE];
  draft.mode = random.of([PRIV_S, PRIV_U]);
  draft.point(windowVa(3));
  if (random.once(3)) draft.csrs.menvcfg! &= ~ADUE;
  if (random.once(4)) draft.csrs.menvcfg! &= ~PBMTE;
  for (const bit of [SUM, MXR]) if (random.once(2)) draft.csrs.mstatus! |= bit;
  return { stream, pa, tables, vas: superpageVas(pa), asids, aligned };
}

/** An address somewhere in what is tried out; never in the gadgets. */
function dataVa({ stream, vas, aligned }: World): bigint {
  const { random } = stream;
  const within = random.weighted<() => number>([
    [3, () => random.below(PAGE / 8) * 8],
    [aligned ? 0 : 1, () => random.below(PAGE)],
    [aligned ? 0 : 1, () => PAGE - random.within(1, 8)],
  ])();
  return random.weighted<() => bigint>([
    [8, () => BigInt(windowVa(random.within(4, 30)) + within)],
    [2, () => BigInt(windowVa(random.within(49, 62)) + within)],
    [3, () => random.of(vas) + BigInt(random.below(15) * PAGE + within)],
    // Not canonical [priv 12.4.1].
    [1, () => BigInt(windowVa(random.within(4, 30)) + within) | (1n << BigInt(random.within(39, 63)))],
  ])();
}

function emitAddress(world: World): XReg {
  const { stream: s } = world;
  const at = s.temporary();
  s.emit(...asm.li(at, dataVa(world)));
  return at;
}

/** One access of any kind to a random place. */
export function emitAccess(world: World): void {
  const { stream: s } = world;
  const { random } = s;
  const at = emitAddress(world);
  if (world.aligned && !random.once(4)) {
    s.emit(alignedAccessInsn(s, at));
    return;
  }
  if (world.aligned) {
    emitAmo(s, at, false);
    return;
  }
  const offset = random.once(3) ? random.within(-16, 16) : 0;
  random.weighted<() => void>([
    [8, () => s.emit(random.of(LOADS)(s.rd(), offset, at))],
    [8, () => s.emit(random.of(STORES)(s.rs(), offset, at))],
    [1, () => s.emit(random.of([asm.flw, asm.fld])(random.of(F), offset, at))],
    [1, () => s.emit(random.of([asm.fsw, asm.fsd])(random.of(F), offset, at))],
    [3, () => emitAmo(s, at)],
    [1, () => s.emit(random.of([asm.lr_w, asm.lr_d])(s.rd(), at))],
    // QEMU gives the start of the block as the address of the fault instead of rs1, so that is where rs1 points.
    [1, () => s.emit(asm.andi(at, at, -64), asm.cbo_zero(at))],
    [1, () => s.emit(random.of([asm.prefetch_i, asm.prefetch_r, asm.prefetch_w])(0, at))],
  ])();
}

/** A jump to a gadget, or to where it should be. */
export function emitFetch({ stream: s }: World): void {
  const { random } = s;
  // The last halfword of a page is the first of a jump that ends in the next one.
  const within = random.once(4) ? PAGE - 2 : random.within(1, PAGE / 4 - 2) * 4;
  emitWildJump(s, windowVa(random.within(32, 46)) + within);
}

/** Makes earlier changes of entries visible: all, or those for an address. */
function emitFence(world: World, va: bigint): void {
  const { stream: s, asids } = world;
  const { random } = s;
  const at = s.temporary();
  const asid = s.temporary();
  const byAddress = random.once(2);
  const bySpace = asids && random.once(2) && asid !== at;
  if (byAddress) s.emit(...asm.li(at, va));
  if (bySpace) s.emit(...asm.li(asid, 0));
  const operands = [byAddress ? at : zero, bySpace ? asid : zero] as const;
  if (random.once(3)) s.emit(asm.sfence_w_inval(), asm.sinval_vma(...operands), asm.sfence_inval_ir());
  else s.emit(asm.sfence_vma(...operands));
}

/** Changes bits of an entry of the window, in S or M. */
function emitChange(world: World): void {
  const { stream: s, pa } = world;
  const { random } = s;
  const index = random.within(4, 47);
  const warm = index < 31 && random.once(2);
  if (warm) emitTouch(world, index);
  const at = s.temporary();
  const pte = s.temporary();
  const bits = s.temporary();
  if (at === pte || at === bits || pte === bits) return;
  s.emit(...asm.li(at, pa + TABLES + WINDOW_TABLE * PAGE + 8 * index), asm.ld(pte, 0, at));
  // Any of the low eight bits but G, or PBMT and N.
  const bit = random.once(8) ? random.within(61, 63) : random.of([0, 1, 2, 3, 4, 6, 7]);
  s.emit(asm.addi(bits, zero, 1), asm.slli(bits, bits, bit), asm.xor(pte, pte, bits));
  // With N go A and D, see tables.ts.
  s.emit(asm.bge(pte, zero, 8), asm.ori(pte, pte, 0xc0), asm.sd(pte, 0, at));
  // Atomically, as kernels do it.
  if (random.once(4)) s.emit(asm.amoor_d(s.rd(), pte, at));
  emitFence(world, BigInt(windowVa(index) + (random.once(2) ? 0 : random.below(PAGE))));
  if (warm) emitTouch(world, index);
}

/** A load and a store in a page of the window. */
function emitTouch({ stream: s }: World, index: number): void {
  const at = s.temporary();
  s.emit(...asm.li(at, windowVa(index) + s.random.below(PAGE / 8) * 8), asm.ld(s.rd(), 0, at));
  if (s.random.once(2)) s.emit(...asm.li(at, windowVa(index)));
  s.emit(asm.sd(s.rs(), 0, at));
}

function emitSetting(world: World, mode: number): void {
  const { stream: s, tables } = world;
  const { random } = s;
  const bits = s.temporary();
  if (random.once(3)) {
    const satp = tables.satp(random.of([SV39, SV48]), random.once(2) ? 0 : random.below(1 << 16));
    s.emit(...asm.li(bits, satp), asm.csrrw(s.rd(), CSR.satp, bits), asm.sfence_vma());
    // Back to address space 0, which fences of one space name.
    s.emit(...asm.li(bits, tables.satp(random.of([SV39, SV48]))), asm.csrrw(s.rd(), CSR.satp, bits), asm.sfence_vma());
    return;
  }
  s.emit(...asm.li(bits, random.of([SUM, MXR, SUM | MXR])));
  s.emit(random.of([asm.csrrs, asm.csrrc])(zero, mode === PRIV_M ? CSR.mstatus : CSR.sstatus, bits));
}

/** Accesses of M-mode with the rights of another one [priv 3.1.6.3]. A trap ends that, see firmware.ts. */
function emitLent(world: World): void {
  const { stream: s } = world;
  const { random } = s;
  const bits = s.temporary();
  s.emit(asm.lui(bits, 0x22), asm.addi(bits, bits, -0x800), asm.csrrc(zero, CSR.mstatus, bits));
  const mpp = BigInt(random.of([PRIV_U, PRIV_S, PRIV_M]));
  s.emit(...asm.li(bits, (1n << 17n) | (mpp << 11n)), asm.csrrs(zero, CSR.mstatus, bits));
  for (let n = random.within(1, 4); n > 0; n--) emitAccess(world);
  if (random.once(2)) s.emit(asm.lui(bits, 0x20), asm.csrrc(zero, CSR.mstatus, bits));
  else emitReturn(s, random.once(2) ? PRIV_S : PRIV_M);
}

/** An mret or sret with MPRV set, to S-mode at just behind itself; it takes MPRV away [priv 3.1.6.3]. The steps behind it are in M again. */
function emitReturn(s: Stream, from: number): void {
  const at = s.temporary();
  const [epc, status, leave] = from === PRIV_M ? [CSR.mepc, 1 << 11, asm.mret()] : [CSR.sepc, 1 << 8, asm.sret()];
  s.emit(...asm.li(at, 3 << 11), asm.csrrc(zero, CSR.mstatus, at));
  s.emit(...asm.li(at, (1 << 17) | status), asm.csrrs(zero, CSR.mstatus, at));
  s.emit(asm.auipc(at, 0), asm.addi(at, at, 16), asm.csrrw(zero, epc, at), leave);
  emitSwitch(s, PRIV_M);
}

/** A few steps in one mode. */
export function emitUnderTranslation(world: World, mode: number): void {
  const { stream: s } = world;
  const { random } = s;
  for (let n = random.within(3, 15); n > 0; n--) {
    random.weighted<() => void>([
      [mode === PRIV_M ? 1 : 10, () => emitAccess(world)],
      [mode === PRIV_M ? 6 : 0, () => emitLent(world)],
      [mode === PRIV_M ? 0 : 3, () => emitFetch(world)],
      [mode === PRIV_U ? 0 : 3, () => emitChange(world)],
      [mode === PRIV_U ? 0 : 2, () => emitSetting(world, mode)],
      [
        2,
        () =>
          emitStep(s, {
            integer: 8,
            float: 0,
            access: mode === PRIV_M || world.aligned ? 0 : 4,
            atomic: 0,
            control: 0,
          }),
      ],
    ])();
  }
}

export function paging(draft: Draft): void {
  const { stream: s, random } = draft;
  const world = translate(draft);
  if (random.once(2)) draft.setCsr("medeleg", DELEGATED);
  while (s.bytes < CODE_ENOUGH - 1000) {
    const mode = random.of([PRIV_S, PRIV_S, PRIV_U, PRIV_U, PRIV_M]);
    emitSwitch(s, mode);
    emitUnderTranslation(world, mode);
  }
}
