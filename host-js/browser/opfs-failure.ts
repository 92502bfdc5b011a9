/*
 * What can be wrong with disks that the browser keeps, in words.
 */

import { ColinuxError } from "../common/index.js";

export function diskFull(name: string, cause?: unknown): ColinuxError {
  return new ColinuxError(
    "disk-full",
    `${name} cannot grow: the browser gives this page no more room. Free some on this computer, or remove data of this site or disks that you no longer need.`,
    { cause },
  );
}

export function unsupported(cause?: unknown): ColinuxError {
  return new ColinuxError(
    "disk-unsupported",
    "This browser keeps no files for this page (OPFS), so that no disk can be kept.\n" +
      "It is too old, blocks the storage of sites, or the page comes neither from https nor from localhost",
    { cause },
  );
}

export function notKept(name: string): ColinuxError {
  return new ColinuxError(
    "disk-not-kept",
    `The browser keeps no disk "${name}"; listDisks() tells which ones it does.`,
  );
}

export function diskExists(name: string): ColinuxError {
  return new ColinuxError(
    "disk-exists",
    `The browser keeps a disk "${name}" already. Choose another name, or replace it: { replace: true }.`,
  );
}

export function importUnsupported(): ColinuxError {
  return new ColinuxError(
    "disk-unsupported",
    "This browser lets pages write no files as streams (createWritable), so that no disk can be imported; a newer one does.",
  );
}

export function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === "QuotaExceededError";
}
