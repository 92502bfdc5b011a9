/*
 * What can foreseeably go wrong while a kernel or an initramfs is made: a mirror out of reach, a missing package, a full
 * disk. Such a failure is told in a line or two and never with a stack trace; everything else is a bug of ours and is
 * thrown as it is.
 */

export type FailureCode =
  | "MIRROR_UNKNOWN"
  | "MIRROR_UNREACHABLE"
  | "PACKAGE_UNKNOWN"
  | "PACKAGE_BROKEN"
  | "HOST_UNSUITABLE"
  | "HOST_INCOMPLETE"
  | "CONFIG_REJECTED"
  | "BUILD_FAILED"
  | "INSTALLATION_FAILED"
  | "COMMAND_FAILED";

/** A foreseeable failure. `message` is for people; `code` is stable. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(
    readonly code: FailureCode,
    message: string,
  ) {
    super(message);
  }
}

/** The one or two lines that tell a user of `error`, or undefined when it is a bug and deserves its stack trace. */
export function explain(error: unknown): string | undefined {
  if (error instanceof Failure) return error.message;
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC") return `No space left on the disk that holds ${path ?? "the cache"}.`;
  // The system refused something that concerns a file of the user's: the cache folder is not one, not ours, read-only.
  if (code !== undefined && path !== undefined && syscall !== undefined) return `Cannot ${syscall} ${path}: ${code}.`;
  return undefined;
}
