/*
 * A disk in memory: bytes that the test can look at, copy and change. With `later`, every call is answered by a promise.
 */

import type { Storage } from "../../host-js/common/index.js";

export class MemoryStorage implements Storage {
  readonly bytes: number;
  readonly readOnly = false;
  later = false;

  constructor(readonly data: Uint8Array) {
    this.bytes = data.length;
  }

  read(offset: number, into: Uint8Array): void | Promise<void> {
    if (offset + into.length > this.bytes)
      throw new Error(`read of ${into.length} bytes at ${offset} of ${this.bytes}`);
    return this.answer(() => into.set(this.data.subarray(offset, offset + into.length)));
  }

  write(offset: number, from: Uint8Array): void | Promise<void> {
    return this.answer(() => this.data.set(from, offset));
  }

  flush(): void | Promise<void> {
    return this.answer(() => undefined);
  }

  close(): void {}

  private answer(act: () => void): void | Promise<void> {
    if (!this.later) return act();
    return new Promise((done) =>
      setImmediate(() => {
        act();
        done();
      }),
    );
  }
}
