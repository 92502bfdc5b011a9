/*
 * The code around the cases: the monitor, which sets each case up and goes on to the next, and the trap handlers that lie in each
 * arena. A handler logs the trap and goes on behind the instruction, so that a case is a line of instructions whatever they do.
 *
 * An `ecall` is followed by a `c.li zero, n`: with n = 0, 1 or 3 it goes on in that privilege mode, with n = 31 the case ends. After a
 * fault of a fetch the handler goes on at x31, which is the link register of every jump to an address that may fault.
 */

import { ACLINT_PA, FINISHER_PA, RAM_PA } from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import {
  a0,
  a1,
  a2,
  a3,
  a4,
  CSR,
  F,
  type Item,
  label,
  type Program,
  program,
  t0,
  t1,
  t2,
  t6,
  X,
  zero,
} from "../support/assembler.js";
import { FINAL_CSRS, INITIAL_CSRS } from "./csrs.js";
import {
  ARENA_SHIFT,
  ARENAS_PA,
  C_BASES,
  C_CSRS,
  C_ENDED,
  C_LENT,
  C_MONITOR,
  C_RESET,
  C_SAVE_M,
  C_SAVE_S,
  C_STARTED,
  C_TRAPS,
  CODE,
  CONTROL,
  END,
  FINAL,
  FINAL_CSRS as FINAL_CSRS_AT,
  FINAL_F,
  FINAL_X,
  INITIAL,
  LOG,
  LOG_ENTRY,
  PROGRESS_COUNT,
  PROGRESS_INDEX,
  PROGRESS_PA,
  TRAPS_MAX,
} from "./layout.js";

/** What follows an ecall. */
export const modeMark = (mode: number) => asm.c.li(zero, 0) | (mode << 2);
export const END_MARK = modeMark(31);

const MTIMECMP = 0x4000;
const MPRV_UPPER = 0x20;
const MPRV_BIT = 17;
const FS_UPPER = 6;
const VECTORS = 16;
const CODE_INDEX_BITS = 13;
const SAVED = [a1, a2, a3, a4];

/** The monitor, at RAM_PA. Harts beyond the first sleep, see reference.ts. */
export const MONITOR: Program = program(
  RAM_PA,
  asm.csrr(t0, CSR.mhartid),
  asm.beqz(t0, "next"),
  label("park"),
  asm.wfi(),
  asm.j("park"),

  label("next"),
  asm.li(t0, PROGRESS_PA),
  asm.ld(t1, PROGRESS_INDEX, t0),
  asm.ld(t2, PROGRESS_COUNT, t0),
  asm.bgeu(t1, t2, "end"),
  findControl(),
  // The machine timer set to never, FS on, and no reservation left over.
  asm.li(t0, ACLINT_PA + MTIMECMP),
  asm.li(t1, -1),
  asm.sd(t1, 0, t0),
  asm.lui(t0, FS_UPPER),
  asm.csrs(CSR.mstatus, t0),
  asm.sc_w(zero, zero, a0),
  asm.csrwi(CSR.menvcfg, 0),
  asm.csrwi(CSR.mip, 0),
  asm.csrwi(CSR.pmpcfg0, 0),
  asm.csrwi(CSR.pmpcfg2, 0),
  INITIAL_CSRS.filter(([name]) => name !== "mstatus").map(([, number], i) => [
    asm.ld(t0, C_CSRS + 8 * i, a0),
    asm.csrw(number, t0),
  ]),
  asm.sfence_vma(),
  asm.fence_i(),
  asm.csrr(t0, CSR.minstret),
  asm.sd(t0, C_STARTED, a0),
  asm.ld(t1, C_CSRS + 8 * (INITIAL_CSRS.length - 1), a0),
  asm.li(t6, INITIAL - CONTROL),
  asm.add(t6, t6, a0),
  F.map((f, n) => asm.fld(f, 0x100 + 8 * n, t6)),
  asm.csrw(CSR.mstatus, t1),
  X.slice(1).map((x, n) => asm.ld(x, 8 * n + 8, t6)),
  asm.mret(),

  label("done"),
  asm.li(t0, PROGRESS_PA),
  asm.ld(t1, PROGRESS_INDEX, t0),
  findControl(),
  asm.addi(t1, t1, 1),
  asm.sd(t1, PROGRESS_INDEX, t0),
  asm.ld(t2, C_RESET, a0),
  asm.beqz(t2, "next"),
  finish(0x7777),

  label("end"),
  finish(0x5555),
);

/** a0 = control page of the case that t1 is the index of. The list of arenas lies behind the count. */
function findControl(): Item[] {
  return [
    asm.slli(t2, t1, 3),
    asm.add(t2, t2, t0),
    asm.ld(t2, PROGRESS_COUNT + 8, t2),
    asm.slli(t2, t2, ARENA_SHIFT),
    asm.li(a0, ARENAS_PA + CONTROL),
    asm.add(a0, a0, t2),
  ];
}

function finish(status: number): Item[] {
  const stay = `stay${status}`;
  return [asm.li(t0, FINISHER_PA), asm.li(t1, status), asm.sw(t1, 0, t0), label(stay), asm.j(stay)];
}

/** One mode's registers and constants. */
interface Mode {
  readonly name: string;
  readonly number: number;
  readonly scratch: number;
  readonly save: number;
  readonly status: number;
  readonly epc: number;
  readonly cause: number;
  readonly tval: number;
  readonly ie: number;
  readonly ip: number;
  readonly leave: number;
}

const MACHINE: Mode = {
  name: "m",
  number: 3,
  scratch: CSR.mscratch,
  save: C_SAVE_M,
  status: CSR.mstatus,
  epc: CSR.mepc,
  cause: CSR.mcause,
  tval: CSR.mtval,
  ie: CSR.mie,
  ip: CSR.mip,
  leave: asm.mret(),
};
const SUPERVISOR: Mode = {
  name: "s",
  number: 1,
  scratch: CSR.sscratch,
  save: C_SAVE_S,
  status: CSR.sstatus,
  epc: CSR.sepc,
  cause: CSR.scause,
  tval: CSR.stval,
  ie: CSR.sie,
  ip: CSR.sip,
  leave: asm.sret(),
};

function handler(mode: Mode, begin: Item[], note: Item[], onEcall: Item[], onFull: Item[]): Item[] {
  const at = (name: string) => `${mode.name}_${name}`;
  return [
    asm.align(64),
    label(at("vector")),
    Array.from({ length: VECTORS }, () => asm.j(at("trap"))),
    label(at("trap")),
    asm.csrw(mode.scratch, a0),
    begin,
    asm.la(a0, "control"),
    SAVED.map((x, n) => asm.sd(x, mode.save + 8 + 8 * n, a0)),
    asm.csrr(a1, mode.scratch),
    asm.sd(a1, mode.save, a0),

    // The log.
    asm.ld(a1, C_TRAPS, a0),
    asm.li(a2, TRAPS_MAX),
    asm.bgeu(a1, a2, at("full")),
    asm.li(a2, LOG_ENTRY),
    asm.mul(a2, a1, a2),
    asm.addi(a1, a1, 1),
    asm.sd(a1, C_TRAPS, a0),
    asm.la(a3, "log"),
    asm.add(a2, a2, a3),
    asm.li(a3, mode.number),
    note,
    asm.sd(a3, 0, a2),
    asm.csrr(a4, mode.tval),
    asm.sd(a4, 24, a2),
    asm.csrr(a4, mode.status),
    asm.sd(a4, 32, a2),
    asm.csrr(a3, mode.epc),
    asm.sd(a3, 16, a2),
    asm.csrr(a1, mode.cause),
    asm.sd(a1, 8, a2),

    // Where to go on: a1 = cause, a3 = epc.
    asm.bltz(a1, at("interrupt")),
    asm.li(a4, 12),
    asm.beq(a1, a4, at("fetch")),
    asm.li(a4, 1),
    asm.beq(a1, a4, at("fetch")),
    asm.la(a2, "code"),
    asm.slli(a4, a3, 64 - CODE_INDEX_BITS),
    asm.srli(a4, a4, 64 - CODE_INDEX_BITS),
    asm.add(a2, a2, a4),
    asm.addi(a1, a1, -8),
    asm.sltiu(a1, a1, 4),
    asm.bnez(a1, at("ecall")),
    label(at("skip")),
    asm.lhu(a1, 0, a2),
    asm.andi(a1, a1, 3),
    asm.sltiu(a1, a1, 3),
    asm.xori(a1, a1, 1),
    asm.slli(a1, a1, 1),
    asm.addi(a1, a1, 2),
    asm.add(a3, a3, a1),
    asm.csrw(mode.epc, a3),
    asm.j(at("leave")),

    label(at("interrupt")),
    asm.li(a4, 1),
    asm.sll(a4, a4, a1),
    asm.csrc(mode.ie, a4),
    asm.csrc(mode.ip, a4),
    asm.j(at("leave")),

    label(at("fetch")),
    asm.csrw(mode.epc, t6),
    asm.j(at("leave")),

    label(at("ecall")),
    asm.lhu(a1, 4, a2),
    asm.li(a4, END_MARK),
    asm.beq(a1, a4, at("full")),
    onEcall,

    label(at("leave")),
    SAVED.map((x, n) => asm.ld(x, mode.save + 8 + 8 * n, a0)),
    asm.ld(a0, mode.save, a0),
    mode.leave,

    label(at("full")),
    onFull,
  ];
}

/** Loads and stores of the handler are its own, so MPRV goes; that it was set is kept for the log. */
const takeMprv: Item[] = [
  asm.lui(a0, MPRV_UPPER),
  asm.csrrc(a0, CSR.mstatus, a0),
  asm.slli(a0, a0, 63 - MPRV_BIT),
  asm.bgez(a0, "not_lent"),
  asm.la(a0, "control"),
  asm.sd(a0, C_LENT, a0),
  label("not_lent"),
];

/** Adds 16 to the mode in a3 if MPRV was set. */
const noteMprv: Item[] = [
  asm.ld(a1, C_LENT, a0),
  asm.sd(zero, C_LENT, a0),
  asm.snez(a1, a1),
  asm.slli(a1, a1, 4),
  asm.add(a3, a3, a1),
];

/** Goes on behind the ecall in the mode that its mark names: a1 = mark, a3 = epc, a4 free. */
const switchMode: Item[] = [
  asm.srli(a1, a1, 2),
  asm.andi(a1, a1, 3),
  asm.slli(a4, a1, 3),
  asm.add(a4, a4, a0),
  asm.ld(a4, C_BASES, a4),
  asm.slli(a3, a3, 64 - CODE_INDEX_BITS),
  asm.srli(a3, a3, 64 - CODE_INDEX_BITS),
  asm.add(a3, a3, a4),
  asm.addi(a3, a3, 4),
  asm.csrw(CSR.mepc, a3),
  asm.li(a4, 3 << 11),
  asm.csrc(CSR.mstatus, a4),
  asm.slli(a1, a1, 11),
  asm.csrs(CSR.mstatus, a1),
];

/** The end of a case: all of its state into the arena, then to the monitor. */
const dump: Item[] = [
  asm.csrr(a1, CSR.minstret),
  asm.sd(a1, C_ENDED, a0),
  asm.li(a1, FINAL - CONTROL),
  asm.add(a1, a1, a0),
  X.filter((x) => x !== 0 && (x < a0 || x > a4)).map((x) => asm.sd(x, FINAL_X + 8 * x, a1)),
  [a0, ...SAVED].map((x, n) => [asm.ld(a2, C_SAVE_M + 8 * n, a0), asm.sd(a2, FINAL_X + 8 * x, a1)]),
  FINAL_CSRS.map(([name, number], n) => [
    asm.csrr(a2, number),
    asm.sd(a2, FINAL_CSRS_AT + 8 * n, a1),
    name === "mstatus" ? [asm.lui(a2, FS_UPPER), asm.csrs(CSR.mstatus, a2)] : [],
  ]),
  F.map((f) => asm.fsd(f, FINAL_F + 8 * f, a1)),
  asm.ld(a2, C_MONITOR, a0),
  asm.jr(a2),
];

/** The supervisor cannot end a case: it goes on at the ecall of the end, in its own mode. */
const escalate: Item[] = [
  asm.la(a1, "end"),
  asm.csrw(CSR.sepc, a1),
  asm.li(a1, 1 << 8),
  asm.csrs(CSR.sstatus, a1),
  asm.j("s_leave"),
];

/** What lies at the start of each arena; position-independent. */
export const HANDLERS: Program = program(
  0,
  handler(MACHINE, takeMprv, noteMprv, switchMode, dump),
  handler(SUPERVISOR, [], [], [asm.j("s_skip")], escalate),
  asm.pageOffset(0, CONTROL),
  label("control"),
  asm.zeros(CODE - CONTROL),
  label("code"),
  asm.zeros(END),
  label("end"),
  asm.zeros(LOG - CODE - END),
  label("log"),
);
export const HANDLER_BYTES = CONTROL;
