/*
 * The Storage port over a disk image in a file.
 *
 * Requests of up to SYNC_BYTES_MAX are done at once: measured on Node 20, 4 KiB from the page cache take 3 us that way and 150 us
 * through a FileHandle, 256 KiB 29 us and 236 us. Larger ones and flushes go to Node's thread pool. The file is locked while it is open
 * (file-lock.ts), by the name that symbolic links lead to. `GrowingFile` is the same for the file of an overlay.
 */

import { randomUUID } from "node:crypto";
import {
  accessSync,
  close,
  constants,
  fdatasync,
  fstatSync,
  openSync,
  read,
  readSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
  write,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { ColinuxError, type GrowingStorage, type Storage } from "../common/index.js";
import { FileError, fileError, StorageError } from "./file-error.js";
import { LockedError, lockImage } from "./file-lock.js";

const SECTOR_BYTES = 512;
const SYNC_BYTES_MAX = 256 << 10;
const READ_ONLY_HINT = "\nA disk that cannot be written can be used read-only: FILE,ro";

export class FileStorage implements Storage {
  /** What happened to the file that makes writing to it pointless. */
  private harm: StorageError | undefined;
  /** Filesystems that count no links do exist. */
  private readonly hadLinks: boolean;

  protected constructor(
    private readonly path: string,
    private readonly fd: number,
    private readonly unlock: () => void,
    protected size: number,
    /** Whether the file was opened for reading only. */
    readonly readOnly: boolean,
  ) {
    this.hadLinks = fstatSync(fd).nlink > 0;
  }

  get bytes(): number {
    return this.size;
  }

  /**
   * Opens the image at `path` and locks it. Throws `FileError` when it is absent, no file, not readable, not writable (unless `readOnly`)
   * or in use by another guest, and `ColinuxError` with code `disk-size` when its size is no multiple of 512.
   */
  static open(path: string, options: { readonly readOnly?: boolean } = {}): FileStorage {
    return opened(path, options.readOnly ?? false, checkSize, (...parts) => new FileStorage(...parts));
  }

  read(offset: number, into: Uint8Array): void | Promise<void> {
    if (into.byteLength > SYNC_BYTES_MAX) return this.readLater(offset, into);
    try {
      for (let done = 0; done < into.byteLength; ) {
        const got = readSync(this.fd, into, done, into.byteLength - done, offset + done);
        if (got === 0) throw this.endedEarly();
        done += got;
      }
    } catch (error) {
      throw this.failed("read", error);
    }
  }

  write(offset: number, from: Uint8Array): void | Promise<void> {
    if (this.harm) throw this.harm;
    if (from.byteLength > SYNC_BYTES_MAX) return this.writeLater(offset, from);
    try {
      for (let done = 0; done < from.byteLength; ) {
        done += writeSync(this.fd, from, done, from.byteLength - done, offset + done);
      }
    } catch (error) {
      throw this.failed("written", error);
    }
  }

  /** The size is fixed, so that fdatasync keeps everything fsync would but the times of the file. */
  flush(): void | Promise<void> {
    if (this.readOnly) return;
    return new Promise((done, fail) =>
      fdatasync(this.fd, (error) => {
        if (error) return fail(this.failed("written", error));
        try {
          this.lookForHarm();
          done();
        } catch (harm) {
          fail(this.failed("written", harm));
        }
      }),
    );
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
          error ? fail(this.failed("read", error)) : pass(bytes),
        ),
      );
      if (got === 0) throw this.endedEarly();
      done += got;
    }
  }

  private async writeLater(offset: number, from: Uint8Array): Promise<void> {
    for (let done = 0; done < from.byteLength; ) {
      done += await new Promise<number>((pass, fail) =>
        write(this.fd, from, done, from.byteLength - done, offset + done, (error, bytes) =>
          error ? fail(this.failed("written", error)) : pass(bytes),
        ),
      );
    }
  }

  /**
   * What is wrong with the file since somebody else laid hands on it. Nothing that is written to a deleted file lasts, and writing would
   * fill with zeroes what was cut off; a guest that gets an error instead stops before it has lost more. Throws `StorageError`.
   */
  private lookForHarm(): void {
    const { nlink, size } = fstatSync(this.fd);
    if (nlink === 0 && this.hadLinks) this.harm ??= new StorageError("deleted", deletedMessage(this.path, this.fd));
    if (size < this.bytes) this.endedEarly();
    if (this.harm) throw this.harm;
  }

  private endedEarly(): StorageError {
    const message = `${this.path} was made shorter than its ${this.bytes} bytes while in use`;
    this.harm ??= new StorageError("made-shorter", message);
    return this.harm;
  }

  /** The same error with the path, and with what to do where that is known. */
  private failed(verb: "read" | "written", error: unknown): StorageError {
    if (error instanceof StorageError) return error;
    const { code = "unknown", message } = error as NodeJS.ErrnoException;
    const known = NO_ROOM.get(code);
    return new StorageError(code, `${this.path} cannot be ${verb}: ${known ?? message}`, { cause: error });
  }
}

/** A file that becomes longer as it is written. */
export class GrowingFile extends FileStorage implements GrowingStorage {
  readonly grows = true;

  /** Opens the file at `path` and locks it. Throws `FileError` as `FileStorage.open` does. Any size will do. */
  static override open(path: string, options: { readonly readOnly?: boolean } = {}): GrowingFile {
    return opened(
      path,
      options.readOnly ?? false,
      () => undefined,
      (...parts) => new GrowingFile(...parts),
    );
  }

  /** Makes a file in `folder` that is gone when it is closed, or when the process ends, in whatever way. Throws `FileError`. */
  static temporary(folder: string): GrowingFile {
    const path = join(folder, `colinux-snapshot-${process.pid}-${randomUUID()}`);
    try {
      const fd = openSync(path, "wx+", 0o600);
      const remove = unlinkedWhileOpen(path);
      return new TemporaryFile(path, fd, remove, 0, false);
    } catch (error) {
      throw fileError(path, error);
    }
  }

  override write(offset: number, from: Uint8Array): void | Promise<void> {
    const written = super.write(offset, from);
    const grow = () => {
      this.size = Math.max(this.size, offset + from.byteLength);
    };
    return written === undefined ? grow() : written.then(grow);
  }
}

/** Nobody reads it again, so nothing of it has to be safe. */
class TemporaryFile extends GrowingFile {
  override flush(): void {}
}

/** Takes the name away from an open file; where the system does not allow that, at the end. Returns what is left to do at closing. */
function unlinkedWhileOpen(path: string): () => void {
  const remove = () => rmSync(path, { force: true });
  try {
    remove();
    return () => undefined;
  } catch {
    process.once("exit", remove);
    return () => {
      process.removeListener("exit", remove);
      remove();
    };
  }
}

/** In the system's words these sound as if the guest's own filesystem were full. */
const NO_ROOM: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "the host has no space left where it lies. Make room there, and the guest can write again"],
  ["EDQUOT", "your quota on the host is used up. Make room, and the guest can write again"],
  ["EFBIG", "the host does not let a file be so large (see ulimit -f)"],
]);

function deletedMessage(path: string, fd: number): string {
  const message = `${path} was deleted while in use, so nothing that is written to it would last`;
  return process.platform === "linux"
    ? `${message}.\nWhile the guest runs the image can be saved: cp /proc/${process.pid}/fd/${fd} COPY`
    : message;
}

/** What a FileStorage is made of: name, descriptor, what gives the lock back, size, whether it is only read. */
type Parts = readonly [path: string, fd: number, unlock: () => void, bytes: number, readOnly: boolean];

/** Checks, locks and opens the file, in this order. */
function opened<T>(path: string, readOnly: boolean, check: SizeCheck, make: (...parts: Parts) => T): T {
  const { real, bytes } = checkedImage(path, readOnly, check);
  const unlock = lock(path, real, readOnly);
  try {
    return make(path, openSync(real, readOnly ? "r" : "r+"), unlock, bytes, readOnly);
  } catch (error) {
    unlock();
    throw fileError(path, error);
  }
}

/** Throws `ColinuxError` when no disk has that size. */
type SizeCheck = (path: string, bytes: number) => void;

function checkSize(path: string, bytes: number): void {
  if (bytes === 0 || bytes % SECTOR_BYTES !== 0) throw new ColinuxError("disk-size", sizeMessage(path, bytes));
}

/** The path behind symbolic links and the size, once it is sure that a guest could use the file. */
function checkedImage(path: string, readOnly: boolean, check: SizeCheck): { real: string; bytes: number } {
  try {
    const real = realpathSync(path);
    const stat = statSync(real);
    if (!stat.isFile()) throw new FileError("file-kind", `${path} is ${kindOf(stat)}; expected a disk image.`);
    check(path, stat.size);
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
