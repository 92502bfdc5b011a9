/*
 * A file that was named for a machine and cannot be used.
 *
 * `ColinuxError` (host-js/common) tells what is wrong with the content of a kernel, an initrd or a disk; this tells what is wrong with the
 * file. Codes are stable; the message says what is wrong, with the path, and what to do.
 */

/** What is wrong with the file. */
export type FileErrorCode =
  | "file-missing"
  /** A directory, a device, a socket. */
  | "file-kind"
  /** No permission to read it, or to write it where a disk is to be written. */
  | "file-access"
  /** The disk is in use by another guest. */
  | "disk-locked"
  /** What comes with colinux was not built. */
  | "not-built";

/** A file that was named for a machine and cannot be used; the message says why, with the path. */
export class FileError extends Error {
  /** Tells it from other errors where `instanceof` cannot. */
  override readonly name = "FileError";

  constructor(
    /** Stable; see FileErrorCode. */
    readonly code: FileErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The `FileError` for what a call of node:fs threw about `path`; anything else is returned as it is. */
export function fileError(path: string, thrown: unknown, hint = ""): unknown {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  const options = { cause: thrown };
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new FileError("file-missing", `${path} does not exist.`, options);
    case "EISDIR":
      return new FileError("file-kind", `${path} is a directory; expected a file.`, options);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new FileError("file-access", `${path} cannot be opened: permission denied.${hint}`, options);
    default:
      // Whatever else the system has against the file: a name too long, links in a circle, a failing medium.
      if (typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) return thrown;
      return new FileError("file-access", `${path} cannot be opened: ${(thrown as Error).message}.${hint}`, options);
  }
}

/** Why an open file could not be read or written: `code` is the system's, or ours. */
export class StorageError extends Error {
  override readonly name = "StorageError";

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
