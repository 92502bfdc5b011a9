/*
 * A file in memory that grows, and any other storage as one that has its full size from the beginning.
 */

import type { GrowingStorage, Storage } from "../../host-js/common/index.js";

export class GrowingMemory implements GrowingStorage {
  readonly grows = true;
  readonly readOnly = false;
  /** Whether every call is answered by a promise. */
  later = false;
  /** Called before each request; what it throws is what the request fails with. */
  before: (request: "read" | "write" | "flush") => void = () => undefined;
  flushes = 0;

  constructor(public data = new Uint8Array(0)) {}

  get bytes(): number {
    return this.data.length;
  }

  read(offset: number, into: Uint8Array): void | Promise<void> {
    return this.answer("read", () => {
      if (offset + into.length > this.bytes)
        throw new Error(`read of ${into.length} bytes at ${offset} of ${this.bytes}`);
      into.set(this.data.subarray(offset, offset + into.length));
    });
  }

  write(offset: number, from: Uint8Array): void | Promise<void> {
    return this.answer("write", () => {
      if (offset + from.length > this.bytes) {
        const larger = new Uint8Array(offset + from.length);
        larger.set(this.data);
        this.data = larger;
      }
      this.data.set(from, offset);
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
      }, Math.random() * 2),
    );
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
