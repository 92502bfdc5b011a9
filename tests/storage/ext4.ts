/*
 * Disk images with ext4 by the programs of e2fsprogs, which know nothing of us: made, checked, and read.
 */

import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programPath } from "../support/tools.js";

const programs = { mke2fs: programPath("mke2fs"), e2fsck: programPath("e2fsck"), debugfs: programPath("debugfs") };

export const missingPrograms = Object.entries(programs)
  .filter(([, path]) => path === undefined)
  .map(([name]) => name);

const UUID = "00000000-0000-4000-8000-000000000001";
/** The time for which the images are made, so that they are always the same. */
const NOW = "1700000000";

/** What e2fsck may say of an image after a power failure: that it did what every mount does then. */
const EXPECTED = [
  /recovering journal$/,
  /Clearing orphaned inode \d+/,
  /Truncating orphaned inode \d+/,
  /Setting free (inodes|blocks) count to \d+/,
  /\d+\/\d+ files \(.*\), \d+\/\d+ blocks$/,
];

/** The same of the file of orphans: nothing was in it, or what was is cleared by now (e2fsck 1.47 empties the file only in the check that follows). */
const CLEARED =
  /^.*(Feature orphan_present is set but orphan file is clean|Orphan file \(inode \d+\) block \d+ is not clean)\.\s+CLEARED\.$/gm;

/** An image with an empty ext4. */
export function mke2fs(bytes: number): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "colinux-mke2fs-"));
  try {
    const path = join(folder, "image");
    makeExt4(path, bytes);
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Makes a file of `bytes` bytes with an empty ext4. */
export function makeExt4(path: string, bytes: number): void {
  writeFileSync(path, "");
  truncateSync(path, bytes);
  execFileSync(programs.mke2fs!, ["-q", "-t", "ext4", "-U", UUID, "-E", `hash_seed=${UUID}`, path], {
    env: { ...process.env, E2FSPROGS_FAKE_TIME: NOW },
  });
}

/** Replays the journal of the image at `path` and checks the rest. Returns what is wrong with it. */
export async function replayAndCheck(path: string): Promise<string[]> {
  const first = await run(programs.e2fsck!, ["-fp", path]);
  const lines = first.text
    .replace(CLEARED, "")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const faults = lines.filter((line) => !EXPECTED.some((pattern) => pattern.test(line)));
  if (first.status > 1) faults.push(`e2fsck -fp ended with ${first.status}`);
  return [...faults, ...(await check(path))];
}

/** Checks the image at `path` and changes nothing. Returns what is wrong with it. */
export async function check(path: string): Promise<string[]> {
  const { status, text } = await run(programs.e2fsck!, ["-fn", path]);
  return status === 0 ? [] : [`e2fsck -fn ended with ${status}: ${text}`];
}

/** Copies all files of the image at `path` into a folder. */
export async function extract(path: string, folder: string): Promise<void> {
  await run(programs.debugfs!, ["-R", `rdump / ${folder}`, path]);
}

function run(program: string, args: readonly string[]): Promise<{ status: number; text: string }> {
  return new Promise((done) => {
    execFile(program, args, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      done({ status, text: stdout + stderr.replace(/^(e2fsck|debugfs) \d.*\n/gm, "") });
    });
  });
}
