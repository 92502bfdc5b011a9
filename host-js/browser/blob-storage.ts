/*
 * The Storage port over a Blob, a file that the user has chosen or one of OPFS, which is only read.
 */

import { ColinuxError, type GrowingStorage, type Storage } from "../common/index.js";

const SECTOR_BYTES = 512;

export class BlobStorage implements Storage {
  readonly readOnly = true;

  constructor(
    private readonly blob: Blob,
    private readonly name: string,
  ) {}

  /** Throws ColinuxError `disk-size` when its size is no multiple of 512. */
  static image(blob: Blob): BlobStorage {
    const name = blobName(blob);
    if (blob.size % SECTOR_BYTES === 0 && blob.size > 0) return new BlobStorage(blob, name);
    throw new ColinuxError(
      "disk-size",
      `${name} has ${blob.size} bytes, which is not a whole number of sectors of ${SECTOR_BYTES}; expected a disk image, not compressed.`,
    );
  }

  get bytes(): number {
    return this.blob.size;
  }

  async read(offset: number, into: Uint8Array): Promise<void> {
    try {
      into.set(new Uint8Array(await this.blob.slice(offset, offset + into.length).arrayBuffer()));
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "NotReadableError") throw error;
      throw new ColinuxError(
        "image-changed",
        `${this.name} cannot be read any more: it was changed, moved or removed since it was chosen. Choose it again.`,
        { cause: error },
      );
    }
  }

  write(): Promise<void> {
    return Promise.reject(new Error(`${this.name} cannot be written.`));
  }

  flush(): void {}

  close(): void {}
}

/** The file of an overlay, to be read. */
export class GrownBlob extends BlobStorage implements GrowingStorage {
  readonly grows = true;
}

/** Whether what was read changed meanwhile. */
export function hasChanged(error: unknown): boolean {
  return error instanceof ColinuxError && error.code === "image-changed";
}

export function blobName(blob: Blob): string {
  return blob instanceof File ? blob.name : "The image";
}
