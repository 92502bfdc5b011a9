/*
 * One hart for tests: the core from dist/core.wasm, instantiated as the host does it, with its state in view.
 *
 * A test places a program in guest RAM, sets registers, runs a number of instructions and looks at registers, CSRs and
 * memory. `start()` gives a hart in M-mode that is ready for that: trap vectors on endless loops, PMP open, the FPU on.
 * A trap counts as one instruction of a budget, so `run(1)` over a trapping instruction ends on the vector.
 */

import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import { WASI } from "@bjorn3/browser_wasi_shim";
import * as abi from "../../assembly/abi.js";
import { features } from "../../host-js/common/features.js";
import { Modules, TABLE_ENTRIES } from "../../host-js/common/modules.js";
import { CSR, type Item, j, mret, type Program, program } from "./assembler.js";

/** What the core exports. */
interface Core extends Record<string, unknown> {
  _initialize(): void;
  reset(mode: number): void;
  run(budget: number): number;
  raise(slot: number, bits: number): void;
  announce(events: number): number;
  hostWrote(ptr: number, bytes: number): void;
  uartReceive(byte: number): boolean | number;
  uartListening(): boolean | number;
  forgetUnits(): void;
  readCsr(csr: number): bigint;
  writeCsr(csr: number, value: bigint): void;
}

/** A trap as the handler's CSRs tell it. */
export interface Trap {
  /** Privilege mode that took it. */
  priv: number;
  cause: bigint;
  epc: bigint;
  tval: bigint;
}

export const RAM_BYTES = abi.RAM_BYTES_MIN;

/** Where tests put things; all of it is cleared by `reset`. */
export const CODE_PA = abi.RAM_PA;
export const M_TRAP_PA = abi.RAM_PA + 0x10_0000;
export const S_TRAP_PA = abi.RAM_PA + 0x11_0000;
export const GATE_PA = abi.RAM_PA + 0x12_0000;
export const DATA_PA = abi.RAM_PA + 0x20_0000;
export const TABLE_PA = abi.RAM_PA + 0x40_0000;
const CLEARED_BYTES = 0x60_0000;

export const { PRIV_U, PRIV_S, PRIV_M } = abi;
export const INTERRUPT = 1n << 63n;

/** COLINUX_CORE names another build, such as the debug one. */
const CORE = process.env.COLINUX_CORE ?? new URL("../../dist/core.wasm", import.meta.url);
/** COLINUX_THRESHOLD lets tests that do not care run with compiled code: how often code is entered before it is compiled, 0 = it never is. */
const THRESHOLD = Number(process.env.COLINUX_THRESHOLD ?? 0);
const WASM_PAGE = 0x1_0000;
let compiled: WebAssembly.Module | undefined;

export class Hart {
  /** x0 to x31 and f0 to f31, live. */
  readonly x: BigUint64Array;
  readonly f: BigUint64Array;
  readonly view: DataView;
  readonly core: Core;
  readonly modules: Modules;
  private readonly ram: Uint8Array;

  constructor(
    readonly ramBytes = RAM_BYTES,
    readonly threshold = THRESHOLD,
  ) {
    const pages = (abi.RAM_PTR + ramBytes) / WASM_PAGE;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const table = new WebAssembly.Table({ initial: TABLE_ENTRIES, element: "anyfunc" });
    const wasi = new WASI([], [], []);
    compiled ??= new WebAssembly.Module(readFileSync(CORE));
    const { instance, exports } = instantiateSync(compiled, {
      env: { memory, table },
      wasi_snapshot_preview1: wasi.wasiImport,
    });
    wasi.inst = instance as unknown as { exports: { memory: WebAssembly.Memory } };
    this.core = exports as unknown as Core;
    this.core._initialize();
    this.x = new BigUint64Array(memory.buffer, abi.HART_PTR + abi.HART_X, 32);
    this.f = new BigUint64Array(memory.buffer, abi.HART_PTR + abi.HART_F, 32);
    this.view = new DataView(memory.buffer);
    this.ram = new Uint8Array(memory.buffer, abi.RAM_PTR, ramBytes);
    this.view.setUint32(abi.PASSAGE_PTR + abi.PASSAGE_FEATURES, features(), true);
    this.modules = new Modules({
      memory,
      table,
      now: () => 0,
      forgetUnits: () => this.core.forgetUnits(),
      report: (message) => {
        throw new Error(message);
      },
    });
  }

  // ---- Starting -------------------------------------------------------------------------------------------------------

  /** Architectural reset, with the tests' part of RAM cleared and the clock standing still. */
  reset(mode = abi.RESET_BARE, entry = CODE_PA): this {
    this.ram.fill(0, 0, CLEARED_BYTES);
    this.core.hostWrote(abi.RAM_PTR, CLEARED_BYTES);
    this.setPassage(abi.PASSAGE_NOW, 0n);
    this.setPassage(abi.PASSAGE_RATE, 0n);
    this.setPassage(abi.PASSAGE_WALL, 0n);
    this.setPassage(abi.PASSAGE_RAM_BYTES, BigInt(this.ramBytes));
    this.setPassage(abi.PASSAGE_ENTRY, BigInt(entry));
    this.setPassage(abi.PASSAGE_A1, 0n);
    this.setPassage(abi.PASSAGE_A2, 0n);
    this.modules.restart(this.threshold);
    this.core.reset(mode);
    return this;
  }

  /** M-mode with trap vectors, PMP open and FS = Initial. */
  start(): this {
    this.reset();
    this.place(M_TRAP_PA, Array(16).fill(j(0)));
    this.place(S_TRAP_PA, Array(16).fill(j(0)));
    this.place(GATE_PA, mret());
    this.setCsr(CSR.mtvec, M_TRAP_PA);
    this.setCsr(CSR.stvec, S_TRAP_PA);
    this.openPmp();
    this.setCsr(CSR.mstatus, 1n << 13n);
    return this;
  }

  /** One NAPOT entry that gives S and U everything. */
  openPmp(): this {
    this.setCsr(CSR.pmpaddr0, (1n << 54n) - 1n);
    this.setCsr(CSR.pmpcfg0, 0x1fn);
    return this;
  }

  /** Goes to `priv` at `pc` by an mret; the hart is in M-mode. Keeps every bit of mstatus that mret keeps. */
  enter(priv: number, pc: number | bigint): this {
    if (this.priv !== PRIV_M) throw new Error(`enter() starts from M-mode, the hart is in mode ${this.priv}`);
    this.setCsr(CSR.mstatus, (this.csr(CSR.mstatus) & ~0x1800n) | (BigInt(priv) << 11n));
    this.setCsr(CSR.mepc, pc);
    this.pc = GATE_PA;
    this.run(1);
    return this;
  }

  // ---- Programs -------------------------------------------------------------------------------------------------------

  /** Writes a program at a physical address; `va` is the address it will run at, if that is another one. */
  place(pa: number, ...items: Item[]): Program {
    return this.placeAt(pa, pa, ...items);
  }

  placeAt(pa: number, va: number | bigint, ...items: Item[]): Program {
    const placed = program(va, ...items);
    this.write(pa, placed.bytes);
    return placed;
  }

  /** Runs `budget` instructions at most, instantiating what is compiled meanwhile; returns the operation. */
  run(budget: number): number {
    let operation = this.core.run(budget);
    while (operation === abi.OP_MODULE) {
      const [p0, p1, p2] = [abi.PASSAGE_P0, abi.PASSAGE_P1, abi.PASSAGE_P2].map((at) => this.passage32(at));
      this.modules.install(p0!, p1!, p2!);
      operation = this.core.run(this.passage32(abi.PASSAGE_LEFT));
    }
    return operation;
  }

  /** Instructions retired since the last reset, and those of them that were compiled. */
  get retired(): number {
    return Number(this.passage(abi.PASSAGE_RETIRED));
  }
  get compiled(): number {
    return Number(this.passage(abi.PASSAGE_COMPILED));
  }

  get units(): number {
    return this.passage32(abi.PASSAGE_UNITS);
  }

  /** How often a unit was entered from outside. */
  get entered(): number {
    return Number(this.passage(abi.PASSAGE_ENTERED));
  }

  /** Places one instruction at `pa`, runs it, and says whether it retired without a trap. */
  step(insn: Item, pa = CODE_PA): boolean {
    this.place(pa, insn);
    this.pc = pa;
    this.run(1);
    return this.pc !== BigInt(M_TRAP_PA);
  }

  /** Runs until the hart loops at `label`; an error that says where it is when it does not. */
  runTo(place: Program, label = "done", budget = 100_000): this {
    this.run(budget);
    if (this.pc !== place.at(label)) throw new Error(`"${label}" was not reached: ${this.describe()}`);
    return this;
  }

  describe(): string {
    const hex = (v: bigint | number) => `0x${v.toString(16)}`;
    const read = (csr: number) => hex(this.csr(csr));
    const m = `mcause ${read(CSR.mcause)} mepc ${read(CSR.mepc)} mtval ${read(CSR.mtval)}`;
    const s = `scause ${read(CSR.scause)} sepc ${read(CSR.sepc)} stval ${read(CSR.stval)}`;
    return `pc ${hex(this.pc)} mode ${this.priv} ${m} ${s}`;
  }

  // ---- State ----------------------------------------------------------------------------------------------------------

  get pc(): bigint {
    return this.view.getBigUint64(abi.HART_PTR + abi.HART_PC, true);
  }
  set pc(value: number | bigint) {
    this.view.setBigUint64(abi.HART_PTR + abi.HART_PC, BigInt(value), true);
  }
  get priv(): number {
    return this.view.getUint32(abi.HART_PTR + abi.HART_PRIV, true);
  }

  csr(number: number): bigint {
    return BigInt.asUintN(64, this.core.readCsr(number));
  }
  setCsr(number: number, value: number | bigint): this {
    this.core.writeCsr(number, BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  /** The trap that the current mode has just taken. */
  trap(): Trap {
    const machine = this.priv === PRIV_M;
    return {
      priv: this.priv,
      cause: this.csr(machine ? CSR.mcause : CSR.scause),
      epc: this.csr(machine ? CSR.mepc : CSR.sepc),
      tval: this.csr(machine ? CSR.mtval : CSR.stval),
    };
  }

  passage(offset: number): bigint {
    return this.view.getBigUint64(abi.PASSAGE_PTR + offset, true);
  }
  setPassage(offset: number, value: bigint): void {
    this.view.setBigUint64(abi.PASSAGE_PTR + offset, value, true);
  }
  /** A 32-bit field of the passage page: operation and its parameters. */
  passage32(offset: number): number {
    return this.view.getUint32(abi.PASSAGE_PTR + offset, true);
  }

  // ---- Guest RAM ------------------------------------------------------------------------------------------------------

  write(pa: number, bytes: Uint8Array): void {
    this.ram.set(bytes, pa - abi.RAM_PA);
    this.core.hostWrote(pa - abi.RAM_PA + abi.RAM_PTR, bytes.length);
  }
  bytes(pa: number, count: number): Uint8Array {
    return this.ram.slice(pa - abi.RAM_PA, pa - abi.RAM_PA + count);
  }
  u64(pa: number): bigint {
    return this.view.getBigUint64(pa - abi.RAM_PA + abi.RAM_PTR, true);
  }
  u32(pa: number): number {
    return this.view.getUint32(pa - abi.RAM_PA + abi.RAM_PTR, true);
  }
  setU64(pa: number, value: bigint): void {
    this.view.setBigUint64(pa - abi.RAM_PA + abi.RAM_PTR, BigInt.asUintN(64, value), true);
    this.core.hostWrote(pa - abi.RAM_PA + abi.RAM_PTR, 8);
  }

  /** Everything a program can have changed, as one comparable string: for runs that must end alike. */
  state(): string {
    const csrs = [...COMPARED_CSRS].map((n) => this.csr(n).toString(16));
    let hash = 0x811c9dc5;
    const words = new Uint32Array(this.ram.buffer, abi.RAM_PTR, CLEARED_BYTES / 4);
    for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x0100_0193);
    return [this.pc, this.priv, ...this.x, ...this.f, ...csrs, hash >>> 0].join(" ");
  }
}

const UNCOMPARED = new Set<number>([CSR.cycle, CSR.time, CSR.instret]);
const COMPARED_CSRS = Object.values(CSR).filter((n) => !UNCOMPARED.has(n));
