/*
 * Compiled code: the core hands over WebAssembly modules (OP_MODULE), the host instantiates them and puts their functions where the core calls them. Only the table
 * refers to an instance, so the engine can free what is overwritten there.
 *
 * An engine may refuse a module: memory for machine code is limited, in ways that differ. Then all units are given up, which frees what they took, and the guest
 * goes on interpreted until code has been hot for longer; after REFUSALS_MAX refusals nothing is compiled any more.
 */

import {
  JIT_THRESHOLD_MAX,
  PASSAGE_PTR,
  PASSAGE_THRESHOLD,
  PASSAGE_THRESHOLD_YOUNG,
  TABLE_FIRST,
  TABLE_UNITS,
} from "../../assembly/abi.js";
import { messageOf } from "./errors.js";

/** What the table has room for: the core's own functions, then the units. */
export const TABLE_ENTRIES = TABLE_FIRST + TABLE_UNITS;

/** After so many refusals the guest is interpreted for good. */
const REFUSALS_MAX = 4;
/** How much longer code has to be hot after each. */
const THRESHOLD_FACTOR = 8;

/** What became of the modules since the last boot. */
export interface ModuleCounts {
  /** Modules instantiated. */
  readonly modules: number;
  /** What they have in all. */
  readonly moduleBytes: number;
  /** What it took the engine to instantiate them, in milliseconds; it may go on optimising them on other threads. */
  readonly moduleMs: number;
  /** The most that one of them took, in milliseconds: so long the guest stood still. */
  readonly moduleMaxMs: number;
  /** Modules that the engine refused. */
  readonly refusals: number;
}

/** What lies around the modules. */
export interface ModuleHost {
  readonly memory: WebAssembly.Memory;
  readonly table: WebAssembly.Table;
  /** A monotonic clock, in milliseconds. */
  now(): number;
  /** Makes the core forget all compiled code and read its threshold anew. */
  forgetUnits(): void;
  /** Told once what the user should know. */
  report(message: string): void;
}

export class Modules {
  readonly #host: ModuleHost;
  /** Places up to here have been filled. */
  #end = TABLE_FIRST;
  #modules = 0;
  #bytes = 0;
  #ms = 0;
  #maxMs = 0;
  #refusals = 0;
  #told = false;

  constructor(host: ModuleHost) {
    this.#host = host;
  }

  get counts(): ModuleCounts {
    return {
      modules: this.#modules,
      moduleBytes: this.#bytes,
      moduleMs: this.#ms,
      moduleMaxMs: this.#maxMs,
      refusals: this.#refusals,
    };
  }

  /** Begins anew with the core's reset, after which it has no units, and a threshold: 0 = never compile. Until the guest has booted it is nearer to `young`. */
  restart(threshold: number, young = threshold): void {
    this.#free(TABLE_FIRST);
    this.#modules = 0;
    this.#bytes = 0;
    this.#ms = 0;
    this.#maxMs = 0;
    this.#refusals = 0;
    this.#setThreshold(threshold);
    this.#setWord(PASSAGE_THRESHOLD_YOUNG, young);
  }

  /** Serves OP_MODULE with its parameters. */
  install(ptr: number, bytes: number, places: number): void {
    const began = this.#host.now();
    try {
      this.#fill(places & 0xffff, places >>> 16, ptr, bytes);
    } catch (error) {
      this.#refused(error);
      return;
    }
    this.#modules++;
    this.#bytes += bytes;
    const ms = this.#host.now() - began;
    this.#ms += ms;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  #fill(first: number, count: number, ptr: number, bytes: number): void {
    const { memory, table } = this.#host;
    const module = new WebAssembly.Module(new Uint8Array(memory.buffer, ptr, bytes).slice());
    const { exports } = new WebAssembly.Instance(module, { e: { m: memory } });
    for (let i = 0; i < count; i++) table.set(first + i, exports[i]);
    // When the core has begun anew, what lies behind is forgotten.
    this.#free(first + count);
  }

  #refused(error: unknown): void {
    this.#refusals++;
    const { memory, forgetUnits, report } = this.#host;
    const threshold = new DataView(memory.buffer).getUint32(PASSAGE_PTR + PASSAGE_THRESHOLD, true);
    const off = this.#refusals >= REFUSALS_MAX;
    this.#setThreshold(off ? 0 : Math.min(threshold * THRESHOLD_FACTOR, JIT_THRESHOLD_MAX));
    forgetUnits();
    this.#free(TABLE_FIRST);
    if (this.#told) return;
    this.#told = true;
    report(`The JavaScript engine refuses compiled code (${messageOf(error)}); the guest goes on more slowly.`);
  }

  /** Empties the table from `place` on. */
  #free(place: number): void {
    for (let at = place; at < this.#end; at++) this.#host.table.set(at, null);
    this.#end = place;
  }

  #setThreshold(threshold: number): void {
    this.#setWord(PASSAGE_THRESHOLD, threshold);
  }

  #setWord(offset: number, value: number): void {
    new DataView(this.#host.memory.buffer).setUint32(PASSAGE_PTR + offset, value, true);
  }
}
