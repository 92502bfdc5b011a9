/*
 * Entries of the cluster map, as they lie in the file.
 *
 *     place u32 | written u16 | zero u16        little-endian
 *
 * `place` is the number of a place plus 1, or 0 for none. A bit of `written` says that the block's data lies in the place, a bit of `zero`
 * that the block is zero; without either it is the base's. An entry says nothing about another one and never crosses a sector, so a
 * sector of the map that a power failure kept or lost by itself is right either way.
 */

import { ENTRIES_PER_PAGE, ENTRY_BYTES, MAP_PAGE_BYTES, MAP_START } from "./layout.js";

/** Entries in a row, in a buffer of the caller's. */
export class MapEntries {
  private readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get count(): number {
    return this.bytes.length / ENTRY_BYTES;
  }

  /** Number of the place plus 1; 0 = none. */
  place(entry: number): number {
    return this.view.getUint32(entry * ENTRY_BYTES, true);
  }

  written(entry: number): number {
    return this.view.getUint16(entry * ENTRY_BYTES + 4, true);
  }

  zero(entry: number): number {
    return this.view.getUint16(entry * ENTRY_BYTES + 6, true);
  }

  set(entry: number, place: number, written: number, zero: number): void {
    this.view.setUint32(entry * ENTRY_BYTES, place, true);
    this.view.setUint16(entry * ENTRY_BYTES + 4, written, true);
    this.view.setUint16(entry * ENTRY_BYTES + 6, zero, true);
  }
}

/** A page of the map in memory. */
export class MapPage extends MapEntries {
  /** Differs from what was last taken for writing. */
  dirty = false;
  /** Taken for writing, and not yet safe in the file. */
  leaving = false;

  constructor(
    readonly number: number,
    bytes: Uint8Array,
  ) {
    super(bytes);
  }

  /** Where the page lies in the file. */
  get offset(): number {
    return MAP_START + this.number * MAP_PAGE_BYTES;
  }

  static of(cluster: number): { readonly page: number; readonly entry: number } {
    return { page: Math.floor(cluster / ENTRIES_PER_PAGE), entry: cluster % ENTRIES_PER_PAGE };
  }
}
