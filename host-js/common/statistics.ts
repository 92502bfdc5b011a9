/*
 * What a machine has done since its last boot, for people who want to know where the time went. The core counts in the passage page, modules.ts and clock.ts
 * count what the host does; here it becomes one object. A counter that the core gets is a line in one of the tables below.
 */

import {
  OP_BUDGET,
  OP_CONFIG,
  OP_FAULT,
  OP_FOREIGN,
  OP_IDLE,
  OP_MODULE,
  OP_NOTIFY,
  OP_PANIC,
  OP_REPORT,
  OP_STATUS,
  OP_STOP,
  OP_TEXT,
  PASSAGE_COMPILED,
  PASSAGE_COUNTS,
  PASSAGE_ENTERED,
  PASSAGE_FETCH_MISSES,
  PASSAGE_LOAD_MISSES,
  PASSAGE_PTR,
  PASSAGE_RETIRED,
  PASSAGE_STEPS,
  PASSAGE_STORE_MISSES,
  PASSAGE_TIME,
  PASSAGE_UNIT_FLUSHES,
  PASSAGE_UNITS,
  STEP_ACCESS,
  STEP_FLOAT,
  STEP_OTHER,
  STEP_SYSTEM,
  TIME_HZ,
} from "../../assembly/abi.js";
import { readU64 } from "./memory.js";
import type { ModuleCounts } from "./modules.js";

/** A reason for a world switch. */
export type Operation =
  | "budget"
  | "idle"
  | "notify"
  | "status"
  | "config"
  | "text"
  | "stop"
  | "panic"
  | "fault"
  | "module"
  | "report"
  | "foreign";
/** A kind of access. */
export type TlbAccess = "load" | "store" | "fetch";
/**
 * What kind of instruction compiled code was left for, which the interpreter executed: an `access` that found no translation, or a device; a `float` that may
 * raise a flag; one of the `system`; or some `other`.
 */
export type UnitExit = "access" | "float" | "system" | "other";

const OPERATIONS: Readonly<Record<Operation, number>> = {
  budget: OP_BUDGET,
  idle: OP_IDLE,
  notify: OP_NOTIFY,
  status: OP_STATUS,
  config: OP_CONFIG,
  text: OP_TEXT,
  stop: OP_STOP,
  panic: OP_PANIC,
  fault: OP_FAULT,
  module: OP_MODULE,
  report: OP_REPORT,
  foreign: OP_FOREIGN,
};

const TLB_MISSES: Readonly<Record<TlbAccess, number>> = {
  load: PASSAGE_LOAD_MISSES,
  store: PASSAGE_STORE_MISSES,
  fetch: PASSAGE_FETCH_MISSES,
};

const EXITS: Readonly<Record<UnitExit, number>> = {
  access: PASSAGE_STEPS + 8 * STEP_ACCESS,
  float: PASSAGE_STEPS + 8 * STEP_FLOAT,
  system: PASSAGE_STEPS + 8 * STEP_SYSTEM,
  other: PASSAGE_STEPS + 8 * STEP_OTHER,
};

/** Counters of a machine since its last boot or reboot. */
export interface MachineStatistics {
  /** Instructions that the guest executed. */
  readonly retiredInsns: number;
  /** Guest time in milliseconds, idle time included. */
  readonly guestMs: number;
  /** Host time in milliseconds, idle time included. */
  readonly wallMs: number;
  /** Of it, what the guest ran. */
  readonly runMs: number;
  /** How often the guest gave control back with each operation. */
  readonly operations: Readonly<Record<Operation, number>>;
  /** How often an access found no usable translation in the TLB; accesses to devices never find one. */
  readonly tlbMisses: Readonly<Record<TlbAccess, number>>;
  /** What was compiled, and how it was used. */
  readonly jit: JitStatistics;
}

/** The compiler from the guest's instructions to WebAssembly. */
export interface JitStatistics extends ModuleCounts {
  /** Pieces of code compiled; a module holds several. */
  readonly units: number;
  /** How often all units were given up to make room for new ones. */
  readonly flushes: number;
  /** Of `retiredInsns`, those in compiled code. */
  readonly compiledInsns: number;
  /** How often the interpreter entered compiled code. */
  readonly entries: number;
  /** How often compiled code was left, by cause; all other entries ended at the end of what was compiled. */
  readonly exits: Readonly<Record<UnitExit, number>>;
}

/** What the host measured. */
export interface HostCounts {
  /** Guest time at the last boot, in ticks. */
  readonly bootTick: number;
  readonly wallMs: number;
  readonly runMs: number;
  readonly modules: ModuleCounts;
}

/** Puts what the core counted and what the host counted together. */
export function readStatistics(view: DataView, host: HostCounts): MachineStatistics {
  const counter = (offset: number): number => readU64(view, PASSAGE_PTR + offset);
  const counters = <Name extends string>(table: Readonly<Record<Name, number>>): Record<Name, number> => {
    const entries = Object.entries<number>(table).map(([name, offset]) => [name, counter(offset)]);
    return Object.fromEntries(entries) as Record<Name, number>;
  };
  const offsets = Object.entries(OPERATIONS).map(([name, operation]) => [name, PASSAGE_COUNTS + 8 * operation]);
  return {
    retiredInsns: counter(PASSAGE_RETIRED),
    guestMs: ((counter(PASSAGE_TIME) - host.bootTick) / TIME_HZ) * 1000,
    wallMs: host.wallMs,
    runMs: host.runMs,
    operations: counters(Object.fromEntries(offsets) as Record<Operation, number>),
    tlbMisses: counters(TLB_MISSES),
    jit: {
      ...host.modules,
      units: view.getUint32(PASSAGE_PTR + PASSAGE_UNITS, true),
      flushes: view.getUint32(PASSAGE_PTR + PASSAGE_UNIT_FLUSHES, true),
      compiledInsns: counter(PASSAGE_COMPILED),
      entries: counter(PASSAGE_ENTERED),
      exits: counters(EXITS),
    },
  };
}
