/*
 * The blocks of a file system: what everything else here reads through, so that a journal can lie over the disk and nobody notices.
 */

import { ColinuxError, messageOf } from "../errors.js";
import type { Storage } from "../ports.js";
import { damaged } from "./failure.js";

export interface Blocks {
  readonly blockBytes: number;
  readonly blockCount: number;
  /** Fills `into` from block `first` on; the last block may be wanted in part. Errors: `ext4-damaged`, `ext4-unreadable`. */
  read(first: number, into: Uint8Array): Promise<void>;
}

/** The blocks as they lie on the disk. */
export class DiskBlocks implements Blocks {
  constructor(
    private readonly storage: Storage,
    readonly blockBytes: number,
    readonly blockCount: number,
  ) {}

  async read(first: number, into: Uint8Array): Promise<void> {
    if (first + Math.ceil(into.length / this.blockBytes) > this.blockCount)
      throw damaged(`it points to block ${first}, and has ${this.blockCount}`);
    await readStorage(this.storage, first * this.blockBytes, into);
  }
}

/** One whole block. */
export async function readBlock(blocks: Blocks, block: number): Promise<DataView<ArrayBuffer>> {
  const bytes = new Uint8Array(blocks.blockBytes);
  await blocks.read(block, bytes);
  return new DataView(bytes.buffer);
}

export function bytesOf(view: DataView, at = 0, bytes = view.byteLength - at): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, bytes);
}

/** A read of the port. Errors: `ext4-unreadable` when the medium fails. */
export async function readStorage(storage: Storage, offset: number, into: Uint8Array): Promise<void> {
  try {
    await storage.read(offset, into);
  } catch (error) {
    const message = `The disk cannot be read at byte ${offset}: ${messageOf(error)}.`;
    throw new ColinuxError("ext4-unreadable", message, { cause: error });
  }
}
