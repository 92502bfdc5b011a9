/*
 * Locks beside a disk image, so that two guests never write to one filesystem.
 *
 *     disk.img.lock                 held by the one guest that may write
 *     disk.img.lock.<pid>-<n>       held by a guest that reads; any number of them, and no writer meanwhile
 *
 * Each holds one line: process id, start time of that process, host name. A lock whose process is gone, or whose process id now
 * belongs to a process with another start time, is stale and is removed. A holder creates its own lock first and looks for the others
 * then, so two that come at the same moment may both be refused, but never both be let in.
 */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { threadId } from "node:worker_threads";

/** Somebody else holds the image. */
export class LockedError extends Error {
  override readonly name = "LockedError";

  constructor(
    readonly lockPath: string,
    readonly holder: string,
  ) {
    super(`locked by ${holder} (${lockPath})`);
  }
}

const held = new Set<string>();
/** Others may come and go in between, but not for ever. */
const ATTEMPTS_MAX = 100;
/** For the names of readers' locks, which other threads of this process make, too. */
let counter = threadId * 2 ** 24;

/** Takes the lock on the image at `path` (its real path) and returns the function that gives it back. Throws `LockedError`. */
export function lockImage(path: string, mode: "read" | "write"): () => void {
  const writer = `${path}.lock`;
  if (mode === "write") {
    hold(writer);
    for (const reader of readersOf(writer)) refuseIfHeld(reader, writer);
    return () => release(writer);
  }
  const own = `${writer}.${process.pid}-${counter++}`;
  try {
    hold(own);
  } catch (error) {
    if (!isReadOnlyPlace(error)) throw error;
    refuseIfHeld(writer, undefined);
    return () => undefined;
  }
  refuseIfHeld(writer, own);
  return () => release(own);
}

function readersOf(writer: string): string[] {
  const folder = dirname(writer);
  const prefix = `${basename(writer)}.`;
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && /^\d+-\d+$/.test(name.slice(prefix.length)))
    .map((name) => join(folder, name));
}

/** Creates the lock file at `path`, removing a stale one. */
function hold(path: string): void {
  for (let attempt = 0; ; attempt++) {
    if (attempt === ATTEMPTS_MAX) throw new LockedError(path, "something that is no lock of ours");
    try {
      writeFileSync(path, `${process.pid} ${startTime(process.pid)} ${hostname()}\n`, { flag: "wx" });
      break;
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
    }
    refuseIfHeld(path, undefined);
  }
  if (held.size === 0) process.once("exit", releaseAll);
  held.add(path);
}

/** Throws when a living process holds the lock at `path`, after giving back `own`; removes the lock when it is stale. */
function refuseIfHeld(path: string, own: string | undefined): void {
  const text = textOf(path);
  if (text === undefined) return;
  const holder = livingHolder(path, text);
  if (holder !== undefined) {
    if (own !== undefined) release(own);
    throw new LockedError(path, holder);
  }
  removeStale(path, text);
}

/** Who holds a lock with this text; undefined when nobody does any more. */
function livingHolder(path: string, text: string): string | undefined {
  const [, pid, start, host] = /^(\d+) (\S+) (\S+)\n$/.exec(text) ?? [];
  if (pid === undefined) return isFresh(path) ? "a process that is just starting" : undefined;
  if (host !== hostname()) return `process ${pid} on ${host}`;
  return startTime(Number(pid)) === start ? `process ${pid}` : undefined;
}

/** A lock is created and filled in two steps, so an empty one may be an instant old; a crash in between leaves it empty. */
function isFresh(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs < 2000;
}

/** Moves the lock away before removing it: of two processes that saw it stale only one gets it, and a new lock is put back. */
function removeStale(path: string, text: string): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return;
    throw error;
  }
  if (textOf(aside) === text) unlinkSync(aside);
  else renameSync(aside, path);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function release(path: string): void {
  if (held.delete(path)) unlinkQuietly(path);
  if (held.size === 0) process.removeListener("exit", releaseAll);
}

function releaseAll(): void {
  for (const path of held) unlinkQuietly(path);
  held.clear();
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody removed the lock by hand: it is free, which is what was wanted.
  }
}

/** When the process began, in a form that only serves to be compared; undefined when there is no such process. */
export function startTime(pid: number): string | undefined {
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    }
    if (process.platform === "win32") {
      process.kill(pid, 0);
      return "unknown";
    }
    const began = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return began.trim().replace(/\s+/g, "_");
  } catch {
    return undefined;
  }
}

function isReadOnlyPlace(error: unknown): boolean {
  return isCode(error, "EACCES") || isCode(error, "EROFS") || isCode(error, "EPERM");
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
