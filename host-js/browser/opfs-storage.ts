/*
 * The GrowingStorage port over a file of the page's own file system (OPFS), by a synchronous access handle, which only Workers have.
 *
 * Every request is done at once. The file belongs to one handle: who wants it from another tab is refused.
 */

import type { GrowingStorage } from "../common/index.js";
import { IN_USE_MS, inUse } from "./disk-lock.js";
import { diskFull, isQuota } from "./opfs-failure.js";

/** What lib.dom lacks, which knows only pages. */
interface SyncAccessHandle {
  read(into: ArrayBufferView, options: { at: number }): number;
  write(from: ArrayBufferView, options: { at: number }): number;
  flush(): void;
  getSize(): number;
  close(): void;
}

type WorkerFileHandle = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncAccessHandle> };

const RETRY_MS = 50;

export class OpfsStorage implements GrowingStorage {
  readonly grows = true;
  private size: number;

  private constructor(
    private readonly handle: SyncAccessHandle,
    private readonly name: string,
    readonly readOnly: boolean,
    private readonly closed: () => void,
  ) {
    this.size = handle.getSize();
  }

  /**
   * Opens a file of OPFS; `name` is what messages call it, `closed` is called in the end. Rejects with ColinuxError `disk-in-use` when another
   * handle has it. A write that finds no room throws ColinuxError `disk-full`.
   */
  static async open(
    file: FileSystemFileHandle,
    name: string,
    { readOnly = false, closed = () => undefined }: { readonly readOnly?: boolean; readonly closed?: () => void } = {},
  ): Promise<OpfsStorage> {
    return new OpfsStorage(await handleOf(file as WorkerFileHandle, name), name, readOnly, closed);
  }

  get bytes(): number {
    return this.size;
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const got = this.handle.read(into.subarray(done), { at: offset + done });
      if (got === 0)
        throw new Error(`${this.name} has no ${into.length} bytes at ${offset}; it ends at ${this.handle.getSize()}.`);
      done += got;
    }
  }

  write(offset: number, from: Uint8Array): void {
    try {
      for (let done = 0; done < from.length; ) {
        const put = this.handle.write(from.subarray(done), { at: offset + done });
        if (put === 0) throw diskFull(this.name);
        done += put;
      }
    } catch (error) {
      throw isQuota(error) ? diskFull(this.name, error) : error;
    }
    this.size = Math.max(this.size, offset + from.length);
  }

  flush(): void {
    if (!this.readOnly) this.handle.flush();
  }

  close(): void {
    try {
      this.handle.close();
    } finally {
      this.closed();
    }
  }
}

/** The handle of a Worker that has just been ended may live on for a moment. */
async function handleOf(file: WorkerFileHandle, name: string): Promise<SyncAccessHandle> {
  for (let waited = 0; ; waited += RETRY_MS) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "NoModificationAllowedError") throw error;
      if (waited >= IN_USE_MS) throw inUse(name, error);
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}
