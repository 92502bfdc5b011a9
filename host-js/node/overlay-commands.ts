/*
 * `colinux commit OVERLAY [BASE]` and `colinux discard OVERLAY`.
 *
 * A commit removes the overlay when all is safe in the base; killed before, it is to be run again. Locks keep both from guests meanwhile.
 */

import { existsSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { ProgressBoard } from "../../kernels/progress.js";
import { commitOverlay } from "../common/index.js";
import { readHeader, refuseUnfinished } from "../common/overlay/header.js";
import { FileError, StorageError } from "./file-error.js";
import { FileStorage, GrowingFile } from "./file-storage.js";
import { basePathOf } from "./overlay-files.js";
import { tell } from "./style.js";
import { UsageError } from "./usage-error.js";

const MIB = 2 ** 20;
const EXIT_FAILED = 1;

/** Runs `colinux commit` with the words after it. Throws what is to be told the user; returns the exit code. */
export async function commit(args: readonly string[]): Promise<number> {
  const [path, base, ...rest] = wordsOf("commit", args);
  if (rest.length > 0) throw tooMany("commit", rest[0]!, "OVERLAY [BASE]");
  const board = new ProgressBoard(process.stderr);
  const progress = board.task(basename(path));
  const top = GrowingFile.open(path);
  try {
    const header = await readHeader(top, { overlay: path, base: base ?? "its base" });
    const basePath = base ?? basePathOf(path, header.basePath);
    const below = openBase(path, basePath);
    try {
      const told = { overlay: path, base: basePath };
      await commitOverlay(below, top, (done, all) => progress.status(share(done, all)), told);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      board.close();
      tell(error.message, `The commit is not done. When that is mended, begin it again: colinux commit ${path}`);
      return EXIT_FAILED;
    } finally {
      await below.close();
    }
    // Under its lock: nobody can have begun to use it.
    rmSync(path);
    board.close();
    tell(`Wrote ${path} into ${basePath} and removed it.`);
    return 0;
  } finally {
    board.close();
    await top.close();
  }
}

/** Runs `colinux discard` with the words after it. Throws what is to be told the user; returns the exit code. */
export async function discard(args: readonly string[]): Promise<number> {
  const [path, ...rest] = wordsOf("discard", args);
  if (rest.length > 0) throw tooMany("discard", rest[0]!, "OVERLAY");
  const top = GrowingFile.open(path);
  try {
    const header = await readHeader(top, { overlay: path, base: "its base" });
    refuseUnfinished(header, { overlay: path, base: basePathOf(path, header.basePath) });
    rmSync(path);
    tell(`Removed ${path}; its base is as it was.`);
    return 0;
  } finally {
    await top.close();
  }
}

function wordsOf(command: string, args: readonly string[]): [path: string, ...rest: string[]] {
  const option = args.find((word) => word.startsWith("-"));
  if (option !== undefined) throw new UsageError(`${command}: ${option} is no option of it; it has none.`);
  const [path, ...rest] = args;
  if (path === undefined || path === "")
    throw new UsageError(`${command}: nothing is named; expected an overlay, as in colinux ${command} my.overlay`);
  return [path, ...rest];
}

function tooMany(command: string, word: string, usage: string): UsageError {
  return new UsageError(`${command}: "${word}" is one word too many; expected colinux ${command} ${usage}`);
}

function openBase(path: string, base: string): FileStorage {
  if (!existsSync(base))
    throw new FileError(
      "file-missing",
      `${base}, the base of ${path}, does not exist.\nName it where it lies now: colinux commit ${path} BASE`,
    );
  return FileStorage.open(base);
}

function share(done: number, all: number): string {
  return `${Math.floor((done / all) * 100)} % of ${Math.ceil(all / MIB)} MiB written back`;
}
