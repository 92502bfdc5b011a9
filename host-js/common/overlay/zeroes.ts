/*
 * The base of a disk that began empty.
 */

import type { Storage } from "../ports.js";

export class Zeroes implements Storage {
  readonly readOnly = true;

  constructor(readonly bytes: number) {}

  read(_offset: number, into: Uint8Array): void {
    into.fill(0);
  }

  write(): void {
    throw new Error("The base of an empty disk cannot be written.");
  }

  flush(): void {}

  close(): void {}
}
