/*
 * Compiled code: the core hands over WebAssembly modules (OP_MODULE), the host instantiates them and puts their functions where the core calls them. Only the table
 * refers to an instance, so the engine can free what is overwritten there.
 */

import { TABLE_FIRST, TABLE_UNITS } from "../../assembly/abi.js";

/** What the table has room for: the core's own functions, then the units. */
export const TABLE_ENTRIES = TABLE_FIRST + TABLE_UNITS;

export class Modules {
  /** Places up to here have been filled. */
  #end = TABLE_FIRST;
  #bytes = 0;
  #count = 0;
  #milliseconds = 0;

  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly table: WebAssembly.Table,
  ) {}

  /** Modules instantiated so far, their bytes, and the time that took. */
  get statistics(): { readonly modules: number; readonly bytes: number; readonly milliseconds: number } {
    return { modules: this.#count, bytes: this.#bytes, milliseconds: this.#milliseconds };
  }

  /** Serves OP_MODULE with its parameters. */
  install(ptr: number, bytes: number, places: number, now: () => number): void {
    const began = now();
    const first = places & 0xffff;
    const count = places >>> 16;
    const module = new WebAssembly.Module(new Uint8Array(this.memory.buffer, ptr, bytes).slice());
    const { exports } = new WebAssembly.Instance(module, { e: { m: this.memory } });
    for (let i = 0; i < count; i++) this.table.set(first + i, exports[i]);
    // The core has begun anew: what lies behind is forgotten.
    for (let place = first + count; place < this.#end; place++) this.table.set(place, null);
    this.#end = first + count;
    this.#count++;
    this.#bytes += bytes;
    this.#milliseconds += now() - began;
  }
}
