/*
 * What the tests need of the machine beyond Node: looked for before they run, installed from Debian when the user is root, and otherwise
 * named with the command that installs it; tests that need what is missing are skipped and say so.
 */

import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { type Need, requirePackages } from "../../kernels/debian/host.js";
import { Failure } from "../../kernels/failure.js";

const NEEDS: readonly Need[] = [
  { what: "chromium", package: "chromium" },
  { what: "mke2fs", package: "e2fsprogs" },
  { what: "riscv64-linux-gnu-as", package: "binutils-riscv64-linux-gnu" },
  { what: "riscv64-linux-gnu-gcc", package: "gcc-riscv64-linux-gnu" },
  { what: "script", package: "bsdutils" },
  { what: "python3", package: "python3" },
];

/** Called by vitest before all tests. */
export async function setup(): Promise<void> {
  const say = (text: string) => console.error(`tests: ${text}`);
  try {
    await requirePackages(NEEDS, "run all tests", { step: say, status: say });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(error.message);
  }
}

/** Path of a program; undefined when it is not installed. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
