/*
 * Guest memory as the host sees it: views of linear memory, created once because it never grows. Physical addresses (`...Pa`) are turned
 * into pointers here and nowhere else on the host, always with a bounds check. Whoever writes guest RAM, be it a device, the loader or a
 * port that was given a view, ends with `wrote`: the core then drops what it has decoded or compiled from that range.
 */

import { RAM_PA, RAM_PTR } from "../../assembly/abi.js";

export class GuestMemory {
  readonly ramBytes: number;
  /** All of linear memory, for the areas of assembly/abi.ts. Guest RAM is to be reached through the methods below. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  readonly #hostWrote: (ptr: number, bytes: number) => void;

  constructor(buffer: ArrayBuffer, ramBytes: number, hostWrote: (ptr: number, bytes: number) => void) {
    this.ramBytes = ramBytes;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#hostWrote = hostWrote;
  }

  /** Whether `bytes` bytes from the physical address on are all RAM. */
  isRam(pa: number, bytes: number): boolean {
    return pa >= RAM_PA && bytes >= 0 && pa + bytes <= RAM_PA + this.ramBytes;
  }

  /** A window on guest RAM. Who writes through it calls `wrote` afterwards. Throws RangeError outside RAM. */
  ramView(pa: number, bytes: number): Uint8Array<ArrayBuffer> {
    const ptr = this.#ptr(pa, bytes);
    return this.bytes.subarray(ptr, ptr + bytes);
  }

  /** Tells the core that guest RAM has new content. Every write of the host ends here. */
  wrote(pa: number, bytes: number): void {
    if (bytes > 0) this.#hostWrote(this.#ptr(pa, bytes), bytes);
  }

  write(pa: number, from: Uint8Array): void {
    this.bytes.set(from, this.#ptr(pa, from.length));
    this.wrote(pa, from.length);
  }

  fill(pa: number, bytes: number, value: number): void {
    const ptr = this.#ptr(pa, bytes);
    this.bytes.fill(value, ptr, ptr + bytes);
    this.wrote(pa, bytes);
  }

  readU16(pa: number): number {
    return this.view.getUint16(this.#ptr(pa, 2), true);
  }

  readU32(pa: number): number {
    return this.view.getUint32(this.#ptr(pa, 4), true);
  }

  /** A u64 as a number: exact below 2^53, and any larger value stays larger than every address. */
  readU64(pa: number): number {
    return readU64(this.view, this.#ptr(pa, 8));
  }

  writeU16(pa: number, value: number): void {
    this.view.setUint16(this.#ptr(pa, 2), value, true);
    this.wrote(pa, 2);
  }

  writeU32(pa: number, value: number): void {
    this.view.setUint32(this.#ptr(pa, 4), value, true);
    this.wrote(pa, 4);
  }

  #ptr(pa: number, bytes: number): number {
    if (!this.isRam(pa, bytes)) {
      throw new RangeError(
        `0x${pa.toString(16)} + ${bytes} bytes is not within the ${this.ramBytes} bytes of guest RAM`,
      );
    }
    return pa - RAM_PA + RAM_PTR;
  }
}

/** A little-endian u64 as a number, without the cost of a BigInt. */
export function readU64(view: DataView, ptr: number): number {
  return view.getUint32(ptr, true) + view.getUint32(ptr + 4, true) * 2 ** 32;
}

/** Writes a whole number from 0 to 2^53 as a little-endian u64. */
export function writeU64(view: DataView, ptr: number, value: number): void {
  view.setUint32(ptr, value % 2 ** 32, true);
  view.setUint32(ptr + 4, Math.floor(value / 2 ** 32), true);
}
