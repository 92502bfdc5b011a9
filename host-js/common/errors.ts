/*
 * The one error type of the library. Scripts and the command line decide by `code`, people read `message`: what is wrong, with the value
 * in question, what was expected, and what to do. Codes never change their meaning.
 */

/** What went wrong, for programs; what each code means stands beside it in host-js/common/errors.ts. */
export type ErrorCode =
  /** `ramBytes` is not a whole number of MiB in the range that the machine can have. */
  | "ram-size"
  /** The JavaScript runtime does not give that much memory. */
  | "ram-refused"
  /** Kernel and initrd do not fit into guest RAM. */
  | "ram-too-small"
  /** There is neither a kernel nor a bare program to start, or none on the disk from which it is to come. */
  | "kernel-missing"
  | "kernel-empty"
  /** Compressed, but the data does not unpack. */
  | "kernel-corrupt"
  /** Something else than a kernel for 64-bit RISC-V. */
  | "kernel-not-riscv"
  /** The disk from which the initrd is to come has none. */
  | "initrd-missing"
  | "initrd-empty"
  | "initrd-corrupt"
  /** Neither a cpio archive nor one in a compression that Linux knows. */
  | "initrd-not-cpio"
  /** More disks than slots, or a disk whose size is not a whole number of sectors. */
  | "disk-count"
  /** The disk that is named by its number is not there. */
  | "disk-missing"
  | "disk-size"
  /** The disk from which a file is to be read does not begin with an ext2, ext3 or ext4 file system. */
  | "ext4-missing"
  /** It has something that only a guest can read. */
  | "ext4-unsupported"
  | "ext4-damaged"
  /** The medium below it failed. */
  | "ext4-unreadable"
  /** There is no such file in it. */
  | "ext4-path"
  /** The file that was named as an overlay is none. */
  | "overlay-kind"
  /** It was written by a newer colinux. */
  | "overlay-version"
  | "overlay-damaged"
  /** It belongs to another base, or the base was changed since. */
  | "overlay-base"
  /** Its commit was interrupted and has to be done again. */
  | "overlay-unfinished"
  /** The image of a disk cannot be fetched: the computer is offline, or the server says no, or nothing. */
  | "image-unreachable"
  /** The server does not send parts of a file, or not in a way that the page can read. */
  | "image-no-ranges"
  /** The image became another one while it was in use. */
  | "image-changed"
  /** A disk that the browser keeps is in use by another machine, perhaps in another tab. */
  | "disk-in-use"
  /** The browser gives no more room for what is written. */
  | "disk-full"
  /** What was said of a disk, or its name, cannot be used. */
  | "disk-option"
  /** The browser keeps no disk of that name. */
  | "disk-not-kept"
  /** The browser keeps a disk of that name already. */
  | "disk-exists"
  /** The browser has no storage for this page: it is too old, the address is neither https nor localhost, or storage is blocked. */
  | "disk-unsupported"
  /** Nothing in the guest takes connections on that port. */
  | "connection-refused"
  /** A connection with the guest broke: one side gave it up, or the guest went down. */
  | "connection-reset"
  /** The guest has no agent, or none yet: asked too early, for too long, or of a guest that has stopped. */
  | "agent-missing"
  /** Host and agent speak different versions of their protocol. */
  | "agent-version"
  /** The agent, or the guest with it, went away before the answer came: what was asked may have been done or not. */
  | "agent-lost"
  /** A program could not be started; `errno` says why. */
  | "exec-failed"
  /** What was asked for cannot be said: a zero byte in a word or path, an unknown signal, a variable without a name. */
  | "exec-argument"
  /** A file operation failed in the guest; `errno` says why. */
  | "guest-file"
  /** An AbortSignal ended it; `cause` is the signal's reason. */
  | "aborted"
  /** The machine has stopped: what was asked for went with it. */
  | "stopped"
  /** A file to boot from cannot be fetched: no network, or the server says no. */
  | "download-failed"
  /** There is no WebAssembly. */
  | "webassembly-missing"
  /** The page's content security policy forbids WebAssembly. */
  | "webassembly-refused"
  /** The thread of the machine did not start, or broke. */
  | "worker-failed"
  /** Something that only a machine in the caller's thread can have was asked of one in a thread of its own. */
  | "worker-option"
  /** Console columns or rows out of range. */
  | "console-size"
  /** The core speaks another version of the interface, or is no core at all. */
  | "core-version"
  | "core-invalid";

/** Every error that this library makes of its own. */
export class ColinuxError extends Error {
  /** Stable; see ErrorCode. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ColinuxError";
    this.code = code;
  }
}

/** What the guest's kernel refused. */
export class GuestError extends ColinuxError {
  /** Its name for the reason, such as "ENOENT". */
  readonly errno: string;

  constructor(code: "exec-failed" | "guest-file", errno: string, message: string) {
    super(code, message);
    this.name = "GuestError";
    this.errno = errno;
  }
}

/** Text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
