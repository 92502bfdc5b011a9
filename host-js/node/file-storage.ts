/*
 * The Storage port over a disk image in a file.
 *
 * Requests of up to SYNC_BYTES_MAX are done at once: measured on Node 20, 4 KiB from the page cache take 3 us that way and 150 us
 * through a FileHandle, 256 KiB 29 us and 236 us. Larger ones and flushes go to Node's thread pool. The file is locked while it is open
 * (file-lock.ts), by the name that symbolic links lead to.
 */

import {
  accessSync,
  close,
  constants,
  fdatasync,
  openSync,
  read,
  readSync,
  realpathSync,
  type Stats,
  statSync,
  write,
  writeSync,
} from "node:fs";
import { ColinuxError, type Storage } from "../common/index.js";
import { FileError, fileError } from "./file-error.js";
import { LockedError, lockImage } from "./file-lock.js";

const SECTOR_BYTES = 512;
const SYNC_BYTES_MAX = 256 << 10;
const READ_ONLY_HINT = "\nA disk that cannot be written can be used read-only: FILE,ro";

export class FileStorage implements Storage {
  private constructor(
    private readonly fd: number,
    private readonly unlock: () => void,
    readonly bytes: number,
    readonly readOnly: boolean,
  ) {}

  /**
   * Opens the image at `path` and locks it. Throws `FileError` when it is absent, no file, not readable, not writable (unless `readOnly`)
   * or in use by another guest, and `ColinuxError` with code `disk-size` when its size is no multiple of 512.
   */
  static open(path: string, options: { readonly readOnly?: boolean } = {}): FileStorage {
    const readOnly = options.readOnly ?? false;
    const { real, bytes } = checkedImage(path, readOnly);
    const unlock = lock(path, real, readOnly);
    try {
      return new FileStorage(openSync(real, readOnly ? "r" : "r+"), unlock, bytes, readOnly);
    } catch (error) {
      unlock();
      throw fileError(path, error);
    }
  }

  read(offset: number, into: Uint8Array): void | Promise<void> {
    if (into.byteLength > SYNC_BYTES_MAX) return this.readLater(offset, into);
    for (let done = 0; done < into.byteLength; ) {
      const got = readSync(this.fd, into, done, into.byteLength - done, offset + done);
      if (got === 0) throw this.endedEarly(offset + done);
      done += got;
    }
  }

  write(offset: number, from: Uint8Array): void | Promise<void> {
    if (from.byteLength > SYNC_BYTES_MAX) return this.writeLater(offset, from);
    for (let done = 0; done < from.byteLength; ) {
      done += writeSync(this.fd, from, done, from.byteLength - done, offset + done);
    }
  }

  /** The size is fixed, so that fdatasync keeps everything fsync would but the times of the file. */
  flush(): void | Promise<void> {
    if (this.readOnly) return;
    return new Promise((done, fail) => fdatasync(this.fd, (error) => (error ? fail(error) : done())));
  }

  close(): Promise<void> {
    return new Promise((done, fail) =>
      close(this.fd, (error) => {
        this.unlock();
        if (error) fail(error);
        else done();
      }),
    );
  }

  private async readLater(offset: number, into: Uint8Array): Promise<void> {
    for (let done = 0; done < into.byteLength; ) {
      const got = await new Promise<number>((pass, fail) =>
        read(this.fd, into, done, into.byteLength - done, offset + done, (error, bytes) =>
          error ? fail(error) : pass(bytes),
        ),
      );
      if (got === 0) throw this.endedEarly(offset + done);
      done += got;
    }
  }

  private async writeLater(offset: number, from: Uint8Array): Promise<void> {
    for (let done = 0; done < from.byteLength; ) {
      done += await new Promise<number>((pass, fail) =>
        write(this.fd, from, done, from.byteLength - done, offset + done, (error, bytes) =>
          error ? fail(error) : pass(bytes),
        ),
      );
    }
  }

  private endedEarly(offset: number): Error {
    return new Error(`the image of ${this.bytes} bytes ended at ${offset}: it was made shorter while in use`);
  }
}

/** The path behind symbolic links and the size, once it is sure that a guest could use the file. */
function checkedImage(path: string, readOnly: boolean): { real: string; bytes: number } {
  try {
    const real = realpathSync(path);
    const stat = statSync(real);
    if (!stat.isFile()) throw new FileError("file-kind", `${path} is ${kindOf(stat)}; expected a disk image.`);
    if (stat.size === 0 || stat.size % SECTOR_BYTES !== 0)
      throw new ColinuxError("disk-size", sizeMessage(path, stat.size));
    accessSync(real, constants.R_OK);
    if (!readOnly) accessSync(real, constants.W_OK);
    // The lock goes by the path, which a second name would evade; and what has two names is often a backup of itself.
    if (!readOnly && stat.nlink > 1) throw new FileError("file-kind", linksMessage(path, stat.nlink));
    return { real, bytes: stat.size };
  } catch (error) {
    throw fileError(path, error, READ_ONLY_HINT);
  }
}

function linksMessage(path: string, names: number): string {
  return (
    `${path} is one of ${names} names (hard links) of the same file, so two guests could write it at once.\n` +
    `Copy it, or open it read-only (FILE,ro)`
  );
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return "a directory";
  return stat.isBlockDevice() || stat.isCharacterDevice() ? "a device" : "no file";
}

function sizeMessage(path: string, bytes: number): string {
  if (bytes === 0) return `${path} is empty; a disk image has at least ${SECTOR_BYTES} bytes.`;
  const whole = Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
  return (
    `${path} has ${bytes} bytes, which is no multiple of ${SECTOR_BYTES}: it is no disk image, or it was cut.\n` +
    `To use it all the same, lengthen it: truncate -s ${whole} ${path}`
  );
}

function lock(path: string, real: string, readOnly: boolean): () => void {
  try {
    return lockImage(real, readOnly ? "read" : "write");
  } catch (error) {
    if (error instanceof LockedError) throw new FileError("disk-locked", lockedMessage(path, error), { cause: error });
    throw fileError(`${real}.lock`, error, READ_ONLY_HINT);
  }
}

function lockedMessage(path: string, { holder, lockPath }: LockedError): string {
  return (
    `${path} is in use by another guest (${holder}).\n` +
    `A disk serves one guest that writes, or several that only read it (FILE,ro).\n` +
    `If you are sure that no guest uses it, remove ${lockPath}`
  );
}
