/*
 * Looking at the guest at intervals of instructions, for profiles. The budget of a run ends where the next look is due, so that looks come after exactly as many
 * instructions as were asked for and not where the guest happens to give control back.
 */

import { HART_PC, HART_PRIV, HART_PTR, HART_X } from "../../assembly/abi.js";
import type { Core } from "./core.js";
import type { GuestMemory } from "./memory.js";

/** The guest between two instructions; valid during a look. */
export interface GuestState {
  /** Address of the next instruction. */
  readonly pc: bigint;
  /** Privilege mode: 0 user, 1 supervisor, 3 machine. */
  readonly priv: number;
  /** Register xN. */
  x(n: number): bigint;
  /** A CSR by its number. */
  csr(n: number): bigint;
  /** A window on guest RAM at a physical address; undefined where there is none. */
  ram(pa: number, bytes: number): Uint8Array | undefined;
}

/** Looks at the guest at intervals of its choice. */
export interface Sampler {
  /** Instructions until the next look, at least 1; asked before each. */
  interval(): number;
  /** `insns` instructions were executed since the last look, which took the host `ms` milliseconds. */
  look(guest: GuestState, insns: number, ms: number): void;
}

/** Counts the instructions until the next look. */
export class Sampling {
  readonly #sampler: Sampler | undefined;
  readonly #guest: GuestState;
  #interval: number;
  #left: number;
  #ms = 0;

  constructor(sampler: Sampler | undefined, core: Core, memory: GuestMemory) {
    this.#sampler = sampler;
    this.#guest = guestState(core, memory);
    this.#interval = sampler?.interval() ?? Number.POSITIVE_INFINITY;
    this.#left = this.#interval;
  }

  /** Instructions that may be executed before the next look; infinitely many when nobody looks. */
  get left(): number {
    return this.#left;
  }

  /** After each run. */
  ran(insns: number, ms: number): void {
    if (this.#sampler === undefined) return;
    this.#left -= insns;
    this.#ms += ms;
    if (this.#left > 0) return;
    this.#sampler.look(this.#guest, this.#interval, this.#ms);
    this.#ms = 0;
    this.#interval = this.#sampler.interval();
    this.#left = this.#interval;
  }
}

function guestState(core: Core, memory: GuestMemory): GuestState {
  const { view } = memory;
  return {
    get pc() {
      return view.getBigUint64(HART_PTR + HART_PC, true);
    },
    get priv() {
      return view.getUint32(HART_PTR + HART_PRIV, true);
    },
    x: (n) => view.getBigUint64(HART_PTR + HART_X + 8 * n, true),
    csr: (n) => BigInt.asUintN(64, core.readCsr(n)),
    ram: (pa, bytes) => (memory.isRam(pa, bytes) ? memory.ramView(pa, bytes) : undefined),
  };
}
