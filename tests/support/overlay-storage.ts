/*
 * A disk that begins as an image file, which is only read: what the guest writes is kept in memory. It answers at once.
 */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Storage } from "../../host-js/common/index.js";

const BLOCK_BYTES = 4096;

export class OverlayStorage implements Storage {
  readonly bytes: number;
  readonly readOnly = false;
  private readonly fd: number;
  private readonly written = new Map<number, Uint8Array>();

  constructor(path: string) {
    this.fd = openSync(path, "r");
    this.bytes = fstatSync(this.fd).size;
  }

  read(offset: number, into: Uint8Array): void {
    this.readFile(offset, into);
    for (const { block, at, from, to } of pieces(offset, into.length)) {
      const data = this.written.get(block);
      if (data !== undefined) into.set(data.subarray(from, to), at);
    }
  }

  write(offset: number, data: Uint8Array): void {
    for (const { block, at, from, to } of pieces(offset, data.length))
      this.block(block).set(data.subarray(at, at + to - from), from);
  }

  flush(): void {}

  close(): void {
    closeSync(this.fd);
  }

  /** A block that may be changed. */
  private block(number: number): Uint8Array {
    let data = this.written.get(number);
    if (data === undefined) {
      data = new Uint8Array(BLOCK_BYTES);
      const offset = number * BLOCK_BYTES;
      this.readFile(offset, data.subarray(0, Math.min(BLOCK_BYTES, this.bytes - offset)));
      this.written.set(number, data);
    }
    return data;
  }

  private readFile(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const got = readSync(this.fd, into, done, into.length - done, offset + done);
      if (got === 0) throw new Error(`The image ends before ${offset + into.length}`);
      done += got;
    }
  }
}

/** What of a range lies in which block: there from `from` to `to`, in the range from `at` on. */
function* pieces(offset: number, bytes: number) {
  for (let at = 0; at < bytes; ) {
    const block = Math.floor((offset + at) / BLOCK_BYTES);
    const from = (offset + at) % BLOCK_BYTES;
    const to = Math.min(BLOCK_BYTES, from + bytes - at);
    yield { block, at, from, to };
    at += to - from;
  }
}
