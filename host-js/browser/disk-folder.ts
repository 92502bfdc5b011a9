/*
 * Where disks that the browser keeps lie in OPFS: colinux/NAME.overlay.
 */

import { ColinuxError } from "../common/index.js";
import { lockDisk } from "./disk-lock.js";
import { notKept, unsupported } from "./opfs-failure.js";

const FOLDER = "colinux";
const ENDING = ".overlay";
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/** The name in messages. */
export function calledDisk(name: string): string {
  return `The disk "${name}"`;
}

/** Throws ColinuxError `disk-option` for what cannot be the name of a disk. */
export function checkName(name: unknown): void {
  if (typeof name === "string" && NAME.test(name)) return;
  throw new ColinuxError(
    "disk-option",
    `A disk cannot be kept as ${JSON.stringify(name)}; expected 1 to 100 letters, digits, dots, hyphens and underscores.`,
  );
}

/** Rejects with ColinuxError `disk-unsupported`. */
export async function diskFolder(): Promise<FileSystemDirectoryHandle> {
  // Neither is there without https.
  const { storage, locks } = navigator as Partial<Navigator>;
  if (storage?.getDirectory === undefined || locks === undefined) throw unsupported();
  try {
    return await (await storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
  } catch (error) {
    throw unsupported(error);
  }
}

/**
 * The file of a disk, and what gives the disk back. Rejects with ColinuxError: `disk-in-use`, `disk-unsupported`, and `disk-not-kept` when it
 * is not there and not to be made.
 */
export async function lockedFile(
  name: string,
  { create = false } = {},
): Promise<{ readonly file: FileSystemFileHandle; unlock(): void }> {
  const folder = await diskFolder();
  const unlock = await lockDisk(name);
  try {
    return { file: await folder.getFileHandle(name + ENDING, { create }), unlock };
  } catch (error) {
    unlock();
    throw isMissing(error) ? notKept(name) : error;
  }
}

/** Rejects with ColinuxError `disk-not-kept`. */
export async function removeDiskFile(name: string): Promise<void> {
  const folder = await diskFolder();
  try {
    await folder.removeEntry(name + ENDING);
  } catch (error) {
    throw isMissing(error) ? notKept(name) : error;
  }
}

export async function* diskFiles(): AsyncGenerator<{ readonly name: string; readonly file: FileSystemFileHandle }> {
  for await (const [entry, handle] of (await diskFolder()) as unknown as AsyncIterable<[string, FileSystemHandle]>) {
    if (handle.kind === "file" && entry.endsWith(ENDING))
      yield { name: entry.slice(0, -ENDING.length), file: handle as FileSystemFileHandle };
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NotFoundError";
}
