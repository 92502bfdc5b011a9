/*
 * Errors on their way between threads. A structured clone keeps message and stack and loses what programs decide by: class, code and errno.
 */

import { ColinuxError, type ErrorCode, GuestError, messageOf } from "../errors.js";

/** An error as it is sent. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: string | undefined;
  readonly errno?: string | undefined;
}

/** Makes errors of further classes; undefined for those that it does not know. */
export type Revive = (sent: SentError) => Error | undefined;

/** Anything that was thrown, to be sent. */
export function packError(thrown: unknown): SentError {
  if (!(thrown instanceof Error)) return { name: "Error", message: messageOf(thrown) };
  const { name, message, stack } = thrown;
  const { code, errno } = thrown as { code?: unknown; errno?: unknown };
  return { name, message, stack, ...textOf("code", code), ...textOf("errno", errno) };
}

/** The error that was sent. */
export function unpackError(sent: SentError, revive: Revive): Error {
  const error = revive(sent) ?? ownError(sent);
  if (sent.stack !== undefined) error.stack = sent.stack;
  return error;
}

function ownError({ name, message, code, errno = "" }: SentError): Error {
  switch (name) {
    case "ColinuxError":
      return new ColinuxError(code as ErrorCode, message);
    case "GuestError":
      return new GuestError(code as "exec-failed" | "guest-file", errno, message);
    case "RangeError":
      return new RangeError(message);
    default: {
      const error = new Error(message);
      error.name = name;
      return Object.assign(error, textOf("code", code));
    }
  }
}

function textOf<Key extends string>(key: Key, value: unknown): Partial<Record<Key, string>> {
  return typeof value === "string" ? ({ [key]: value } as Record<Key, string>) : {};
}
