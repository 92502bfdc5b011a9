/*
 * Programs that turn the privileged architecture's knobs: CSR accesses in every mode, traps with and without delegation, returns from
 * them, interrupts that software makes pending.
 *
 * Values keep to what the specification defines. Left out, since the implementation may choose:
 *   - counters and what enables them beyond cycle, time and instret [priv 3.1.10, 3.1.11]
 *   - causes that are not defined, in mcause and scause, which are WLRL [priv 3.1.15]
 *   - UXL and SXL, which are WARL and fixed here [priv 3.1.6.3]
 *   - menvcfg.CBIE = 2, which is reserved, and CDE, which QEMU keeps without Smcdeleg [priv 3.1.18]
 *   - bits of mideleg beyond the standard interrupts of S and M: QEMU keeps those of absent extensions [priv 3.1.8]
 *   - FS is Off or Dirty: how precisely an implementation tells Initial and Clean from Dirty is its own affair [priv 3.1.6.6]
 *   - wrs.nto with TW set, which may end at once or be illegal [unpriv 15]
 *   - Bare satp with other fields set [priv 12.1.11]
 *   - sfence.w.inval and sfence.inval.ir in U-mode: "Attempting to execute SFENCE.W.INVAL or SFENCE.INVAL.IR in U-mode raises an
 *     illegal-instruction exception" [priv 11 Svinval]; QEMU executes them
 *   - what mvendorid, marchid, mimpid identify [priv 3.1.2 to 3.1.4]
 */

import * as asm from "../../support/assembler.js";
import { CSR, type XReg, zero } from "../../support/assembler.js";
import { emitAmo, emitBlock, emitReservation } from "../accesses.js";
import { CODE_ENOUGH, type Draft, PRIV_M, PRIV_S, PRIV_U } from "../case.js";
import { PAGE } from "../layout.js";
import type { Random } from "../random.js";
import type { Stream } from "../stream.js";
import { emitStep, emitSwitch } from "./computing.js";

const MPRV = 1n << 17n;
const TSR = 1n << 22n;
const XL_FIELDS = 0xfn << 32n;
const FS = 3n << 13n;
const CBIE = 3n << 4n;
const CDE = 1n << 60n;
const STCE = 1n << 63n;
/** Software, timer and external interrupts of S and M. */
const INTERRUPT_BITS = 0xaaan;
/** Those that software can make pending. */
const SOFTWARE_BITS = 0x222n;
const STI = 0x20n;
/** medeleg without ecalls, which switch modes in the handler of M. */
const DELEGABLE = 0xb0ffn;

/** CSRs that take any value, of a register. */
const FREE = [CSR.sscratch, CSR.mscratch, CSR.stval, CSR.mtval, CSR.misa];
const INTERRUPTS = [CSR.mie, CSR.mip, CSR.sie, CSR.sip];
const VECTORS = [CSR.mtvec, CSR.stvec];
const READ = [
  [CSR.mstatus, CSR.sstatus, CSR.misa, CSR.medeleg, CSR.mideleg, CSR.mie, CSR.sie, CSR.mip, CSR.sip],
  [CSR.mtvec, CSR.stvec, CSR.mepc, CSR.sepc, CSR.mcause, CSR.scause, CSR.mtval, CSR.stval, CSR.satp],
  [CSR.menvcfg, CSR.senvcfg, CSR.mcounteren, CSR.scounteren, CSR.mhartid, CSR.mconfigptr],
  [CSR.pmpcfg0, CSR.pmpcfg2, CSR.pmpaddr0, CSR.pmpaddr3, CSR.stimecmp, CSR.fcsr, CSR.frm, CSR.fflags],
].flat();

const READ_ONLY = [asm.csrrs, asm.csrrc];
const READ_WRITE = [asm.csrrw, asm.csrrs, asm.csrrc];
const READ_WRITE_IMMEDIATE = [asm.csrrwi, asm.csrrsi, asm.csrrci];

/** What stays as it is for a whole program. */
interface Setting {
  /** Whether traps may go to S. Then TSR stays clear: the handler of S returns by an sret. */
  readonly delegates: boolean;
  /** The interrupts that may be enabled, see emitInterrupts. */
  readonly enabled: bigint;
  /** menvcfg.STCE: what becomes of a STIP that software has set when it changes is not said [Sstc 2]. */
  readonly stce: bigint;
}

function emitAny(s: Stream, csr: number): void {
  const { random } = s;
  if (random.once(3)) s.emit(random.of(READ_WRITE_IMMEDIATE)(s.rd(), csr, random.below(32)));
  else s.emit(random.of(READ_WRITE)(s.rd(), csr, s.rs()));
}

/** csrrw of a chosen value. */
function emitWrite(s: Stream, csr: number, value: bigint): void {
  const from = s.temporary();
  s.emit(...asm.li(from, value), asm.csrrw(s.rd(), csr, from));
}

/**
 * Standard interrupts only; QEMU has writable bits for those of absent extensions. `enabled` is the one that may be enabled: of several
 * it takes the lowest number, whereas they "are handled in the following decreasing priority order: MEI, MSI, MTI, SEI, SSI, STI" [priv 3.1.9].
 */
function emitInterrupts(s: Stream, enabled: bigint): void {
  const { random } = s;
  const from = s.temporary();
  const csr = random.of(INTERRUPTS);
  const bits = csr === CSR.mie || csr === CSR.sie ? enabled : INTERRUPT_BITS;
  s.emit(...asm.li(from, random.u64() & bits), random.of(READ_WRITE)(s.rd(), csr, from));
}

function envcfg(random: Random, stce: bigint): bigint {
  const value = (random.u64() & ~CDE & ~STCE) | stce;
  return (value & CBIE) === 2n << 4n ? value & ~CBIE : value;
}

function emitCsr(s: Stream, setting: Setting): void {
  const { random } = s;
  const { delegates, enabled, stce } = setting;
  random.weighted<() => void>([
    [6, () => s.emit(random.of(READ_ONLY)(s.rd(), random.of(READ), zero))],
    [6, () => emitAny(s, random.of(FREE))],
    [2, () => emitEpc(s)],
    [4, () => emitInterrupts(s, enabled)],
    [2, () => emitWrite(s, random.of([CSR.mcause, CSR.scause]), legalCause(random))],
    [delegates ? 2 : 0, () => emitWrite(s, CSR.medeleg, random.u64() & DELEGABLE)],
    [delegates ? 1 : 0, () => emitWrite(s, CSR.mideleg, random.u64() & INTERRUPT_BITS)],
    [4, () => emitWrite(s, CSR.mstatus, status(random) & ~MPRV & (delegates ? ~TSR : -1n))],
    [3, () => emitWrite(s, CSR.sstatus, status(random))],
    [2, () => emitWrite(s, CSR.menvcfg, envcfg(random, setting.stce))],
    [2, () => emitWrite(s, CSR.senvcfg, envcfg(random, 0n))],
    [1, () => s.emit(asm.csrrwi(s.rd(), random.of([CSR.mcounteren, CSR.scounteren]), random.below(8)))],
    [1, () => emitCounter(s)],
    [2, () => emitVector(s)],
    [2, () => emitSatp(s)],
    [3, () => emitAbsent(s)],
    [stce === 0n ? 0 : 1, () => emitTimer(s)],
  ])();
}

/** Whether a counter may be read, and not what it says. */
function emitCounter(s: Stream): void {
  s.emit(asm.csrrs(zero, s.random.of([CSR.cycle, CSR.time, CSR.instret]), zero));
}

/** "The low bit of sepc (sepc[0]) is always zero" [priv 12.1.7], but QEMU keeps what was written. */
function emitEpc(s: Stream): void {
  const { random } = s;
  const from = s.temporary();
  s.emit(asm.andi(from, s.rs(), -2), random.of(READ_WRITE)(s.rd(), random.of([CSR.sepc, CSR.mepc]), from));
}

function status(random: Random): bigint {
  return (random.u64() & ~XL_FIELDS & ~FS) | (random.once(3) ? 0n : FS);
}

function legalCause(random: Random): bigint {
  return random.once(2)
    ? BigInt(random.of([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15]))
    : (1n << 63n) | BigInt(random.of([1, 3, 5, 7, 9, 11]));
}

/** There and back: the handlers are needed. Reserved modes are WARL [priv 3.1.7]. */
function emitVector(s: Stream): void {
  const csr = s.random.of(VECTORS);
  const value = s.temporary();
  const old = s.temporary();
  if (value === old) return;
  s.emit(asm.andi(value, s.rs(), -3), asm.csrrw(old, csr, value), asm.csrrw(value, csr, old));
}

/** A mode that we lack has no effect [priv 12.1.11]; the others are set back by the next instruction, in M-mode. */
function emitSatp(s: Stream): void {
  const { random } = s;
  const mode = random.of([1n, 2n, 3n, 5n, 7n, 10n, 11n, 14n, 15n]);
  emitWrite(s, CSR.satp, (mode << 60n) | (random.u64() >> 4n));
}

/** Numbers that no CSR of ours has, and none of QEMU's either. */
function emitAbsent(s: Stream): void {
  const { random } = s;
  const csr = random.below(0x1000);
  const present =
    Object.values(CSR).includes(csr as never) ||
    (csr & 0x3e0) === 0 || // counters, fcsr
    (csr >= 0x320 && csr < 0x340) || // event selectors
    (csr >= 0xb00 && csr < 0xc20) ||
    (csr >= 0x3a0 && csr < 0x3f0) || // PMP: 16 of 64 entries is the implementation's choice [priv 3.7.1]
    (csr >= 0xf11 && csr <= 0xf15);
  if (!present) s.emit(random.of(READ_WRITE)(s.rd(), csr, random.once(2) ? zero : s.rs()));
}

/**
 * A supervisor timer that fires at once, and never. Only with Sstc: else "STIP in mip and sip reverts to its defined behavior as if this
 * extension is not implemented" [Sstc 2], but QEMU changes it on a write to stimecmp.
 */
function emitTimer(s: Stream): void {
  const { random } = s;
  const never = s.temporary();
  if (random.once(2)) s.emit(asm.csrrw(s.rd(), CSR.stimecmp, zero));
  s.emit(asm.addi(never, zero, -1), asm.csrrw(s.rd(), CSR.stimecmp, never));
}

/** A return to just behind itself, in the mode that the status says. */
function emitReturn(s: Stream): void {
  const { random } = s;
  const at = s.temporary();
  const [epc, leave] = random.of([
    [CSR.mepc, asm.mret()],
    [CSR.sepc, asm.sret()],
  ] as const);
  s.emit(asm.auipc(at, 0), asm.addi(at, at, 16), asm.csrrw(zero, epc, at), leave);
}

/** A wait that ends because something is pending, and one that is not allowed. */
function emitWait(s: Stream, mode: number, { enabled, stce }: Setting): void {
  if (mode === PRIV_U) {
    // At the end of a page QEMU gives the next page's address as that of the instruction: it moves pc on before it finds wfi illegal.
    if ((s.bytes & (PAGE - 1)) >= PAGE - 4) s.emit(asm.nop());
    s.emit(asm.wfi());
  }
  // With Sstc STIP is not software's.
  if (mode !== PRIV_M || (stce !== 0n && (enabled & STI) !== 0n)) return;
  const bit = s.temporary();
  s.emit(...asm.li(bit, enabled & SOFTWARE_BITS), asm.csrrci(zero, CSR.mstatus, 8));
  s.emit(asm.csrrs(zero, CSR.mie, bit), asm.csrrs(zero, CSR.mip, bit), asm.wfi(), asm.csrrc(zero, CSR.mip, bit));
}

export function privileged(draft: Draft): void {
  const { stream: s, random } = draft;
  draft.mode = random.of([PRIV_M, PRIV_S, PRIV_U]);
  const delegates = !random.once(3);
  const setting = { delegates, enabled: random.of([2n, STI, 0x200n]) | 0x888n, stce: random.of([0n, STCE]) };
  draft.csrs.menvcfg = envcfg(random, setting.stce);
  if (delegates) draft.setCsr("medeleg", random.u64() & DELEGABLE);
  if (delegates) draft.setCsr("mideleg", random.u64() & INTERRUPT_BITS);
  for (const vector of ["mtvec", "stvec"]) if (random.once(2)) draft.csrs[vector]! |= 1n;
  while (s.bytes < CODE_ENOUGH - 1000) {
    const mode = random.of([PRIV_M, PRIV_M, PRIV_S, PRIV_U]);
    emitSwitch(s, mode);
    if (mode !== PRIV_U) s.emit(random.of([asm.sfence_w_inval(), asm.sfence_inval_ir()]));
    // FS on again, for what it is worth in this mode.
    const on: XReg = s.temporary();
    s.emit(asm.lui(on, 6), asm.csrrs(zero, mode === PRIV_M ? CSR.mstatus : CSR.sstatus, on));
    for (let n = random.within(4, 30); n > 0; n--) {
      random.weighted<() => void>([
        [12, () => emitCsr(s, setting)],
        [2, () => emitReturn(s)],
        [1, () => s.emit(random.of([asm.ebreak(), asm.c.ebreak()]))],
        [1, () => s.emit(random.of([asm.sfence_vma, asm.sinval_vma])(s.rs(), s.rs()))],
        [4, () => emitStep(s, { integer: 6, float: 4, access: 4, atomic: 0, control: 0 })],
        [2, () => emitBlock(s, s.pointer(), false)],
        [1, () => random.of([emitAmo, emitReservation])(s)],
      ])();
    }
    if (random.once(3)) {
      const waiting = random.of([PRIV_M, PRIV_U]);
      emitSwitch(s, waiting);
      emitWait(s, waiting, setting);
    }
  }
}
