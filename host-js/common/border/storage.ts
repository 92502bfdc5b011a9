/*
 * A storage of the caller, used by a guest in another thread: each request of its disk is a call, and any number may be on their way.
 */

import type { Storage } from "../ports.js";

/** What the guest's thread is told of it. */
export interface SentStorage {
  readonly border: "storage";
  readonly number: number;
  readonly bytes: number;
  readonly readOnly: boolean;
  readonly writesZeroes: boolean;
  readonly discards: boolean;
}

/** What the caller's thread answers to; `disk` is the number of the disk. */
export interface StorageFunctions {
  diskRead(disk: number, offset: number, bytes: number): Promise<Uint8Array>;
  diskWrite(disk: number, offset: number, from: Uint8Array): Promise<void>;
  diskFlush(disk: number): Promise<void>;
  diskWriteZeroes(disk: number, offset: number, bytes: number): Promise<void>;
  diskDiscard(disk: number, offset: number, bytes: number): Promise<void>;
  diskClose(disk: number): Promise<void>;
}

export function sendStorage(number: number, storage: Storage): SentStorage {
  return {
    border: "storage",
    number,
    bytes: storage.bytes,
    readOnly: storage.readOnly,
    writesZeroes: storage.writeZeroes !== undefined,
    discards: storage.discard !== undefined,
  };
}

/** The caller's side. */
export function serveStorages(storages: ReadonlyMap<number, Storage>): StorageFunctions {
  const of = (disk: number): Storage => storages.get(disk)!;
  return {
    diskRead: async (disk, offset, bytes) => {
      const into = new Uint8Array(bytes);
      await of(disk).read(offset, into);
      return into;
    },
    diskWrite: async (disk, offset, from) => of(disk).write(offset, from),
    diskFlush: async (disk) => of(disk).flush(),
    diskWriteZeroes: async (disk, offset, bytes) => of(disk).writeZeroes?.(offset, bytes),
    diskDiscard: async (disk, offset, bytes) => of(disk).discard?.(offset, bytes),
    diskClose: async (disk) => of(disk).close(),
  };
}

/** Calls a function of the caller's thread. */
export type StorageCall = <Name extends keyof StorageFunctions>(
  name: Name,
  ...args: Parameters<StorageFunctions[Name]>
) => Promise<Awaited<ReturnType<StorageFunctions[Name]>>>;

/** The guest's side. */
export class FarStorage implements Storage {
  readonly bytes: number;
  readonly readOnly: boolean;
  readonly writeZeroes?: (offset: number, bytes: number) => Promise<void>;
  readonly discard?: (offset: number, bytes: number) => Promise<void>;
  readonly #number: number;
  readonly #call: StorageCall;

  constructor({ number, bytes, readOnly, writesZeroes, discards }: SentStorage, call: StorageCall) {
    this.bytes = bytes;
    this.readOnly = readOnly;
    this.#number = number;
    this.#call = call;
    if (writesZeroes) this.writeZeroes = (offset, count) => call("diskWriteZeroes", number, offset, count);
    if (discards) this.discard = (offset, count) => call("diskDiscard", number, offset, count);
  }

  async read(offset: number, into: Uint8Array): Promise<void> {
    into.set(await this.#call("diskRead", this.#number, offset, into.length));
  }

  write(offset: number, from: Uint8Array): Promise<void> {
    // A clone of a part takes all of its buffer with it, which is the guest's RAM.
    return this.#call("diskWrite", this.#number, offset, from.slice());
  }

  flush(): Promise<void> {
    return this.#call("diskFlush", this.#number);
  }

  close(): Promise<void> {
    return this.#call("diskClose", this.#number);
  }
}
