/*
 * A file in memory that grows and has holes, and any other storage as one that has its full size from the beginning.
 */

import type { GrowingStorage, Storage } from "../../host-js/common/index.js";
import { Random } from "../differential/random.js";

const PAGE_BYTES = 4096;

export class GrowingMemory implements GrowingStorage {
  readonly grows = true;
  readonly readOnly = false;
  bytes = 0;
  /** Whether every call is answered by a promise. */
  later = false;
  /** Called before each request; what it throws is what the request fails with. */
  before: (request: "read" | "write" | "flush") => void = () => undefined;
  flushes = 0;
  private readonly pages = new Map<number, Uint8Array>();
  private readonly chance = new Random(1);

  constructor(content: Uint8Array = new Uint8Array(0)) {
    void this.write(0, content);
  }

  read(offset: number, into: Uint8Array): void | Promise<void> {
    return this.answer("read", () => {
      if (offset + into.length > this.bytes)
        throw new Error(`read of ${into.length} bytes at ${offset} of ${this.bytes}`);
      for (const { page, from, to, at } of pieces(offset, into.length)) {
        const bytes = this.pages.get(page)?.subarray(from, to);
        if (bytes) into.set(bytes, at);
        else into.fill(0, at, at + to - from);
      }
    });
  }

  write(offset: number, from: Uint8Array): void | Promise<void> {
    return this.answer("write", () => {
      for (const { page, from: begin, to, at } of pieces(offset, from.length)) {
        const bytes = this.pages.get(page) ?? new Uint8Array(PAGE_BYTES);
        this.pages.set(page, bytes);
        bytes.set(from.subarray(at, at + to - begin), begin);
      }
      this.bytes = Math.max(this.bytes, offset + from.length);
    });
  }

  flush(): void | Promise<void> {
    return this.answer("flush", () => {
      this.flushes++;
    });
  }

  close(): void {}

  private answer(request: "read" | "write" | "flush", act: () => void): void | Promise<void> {
    if (!this.later) {
      this.before(request);
      return act();
    }
    return new Promise((done, fail) =>
      setTimeout(() => {
        try {
          this.before(request);
          act();
          done();
        } catch (error) {
          fail(error);
        }
      }, this.chance.below(3)),
    );
  }
}

/** The pages that a range touches, with the range's part of each: `from` to `to` in the page, `at` in the range. */
function* pieces(offset: number, bytes: number): Generator<{ page: number; from: number; to: number; at: number }> {
  for (let at = 0; at < bytes; ) {
    const from = (offset + at) % PAGE_BYTES;
    const to = Math.min(PAGE_BYTES, from + bytes - at);
    yield { page: Math.floor((offset + at) / PAGE_BYTES), from, to, at };
    at += to - from;
  }
}

/** `storage` as a file whose rest is zeroes. */
export function asGrown(storage: Storage): GrowingStorage {
  return {
    grows: true,
    bytes: storage.bytes,
    readOnly: storage.readOnly,
    read: (offset, into) => storage.read(offset, into),
    write: (offset, from) => storage.write(offset, from),
    flush: () => storage.flush(),
    close: () => storage.close(),
  };
}
