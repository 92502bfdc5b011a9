/*
 * What this machine must have installed before something can be built. A build names the programs and headers that it
 * needs with the Debian packages that bring them; what is missing is installed when the user is root, and is otherwise
 * named in one line with the command that installs it.
 */

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cacheRoot, locked } from "../cache.js";
import { attempt } from "../command.js";
import { Failure } from "../failure.js";
import type { Progress } from "../progress.js";

/** A program in the PATH, or a file when it begins with a slash, and the package that brings it. */
export interface Need {
  readonly what: string;
  readonly package: string;
}

/** What download and unpack themselves need. */
export const APT_NEEDS: readonly Need[] = [
  { what: "apt-get", package: "apt" },
  { what: "dpkg-deb", package: "dpkg" },
  { what: "flock", package: "util-linux" },
];

/** The packages that are missing among `needs`, each once. */
export function missingPackages(needs: readonly Need[]): string[] {
  const missing = needs.filter(({ what }) => !(what.startsWith("/") ? existsSync(what) : inPath(what)));
  return [...new Set(missing.map((need) => need.package))];
}

/** Sees to it that all `needs` are met, or rejects with a Failure that says what to do. */
export async function requirePackages(needs: readonly Need[], purpose: string, progress: Progress): Promise<void> {
  if (missingPackages(needs).length === 0) return;
  if (!inPath("apt-get") || !inPath("dpkg-deb")) {
    throw new Failure("HOST_UNSUITABLE", `To ${purpose} takes a Debian machine: apt-get and dpkg-deb are not there.`);
  }
  if (process.getuid?.() !== 0) {
    const command = `sudo apt-get install ${missingPackages(needs).join(" ")}`;
    throw new Failure(
      "HOST_INCOMPLETE",
      `To ${purpose} takes packages that are not installed. Install them: ${command}`,
    );
  }
  await locked(
    join(cacheRoot(), "host.lock"),
    () => progress.step("waiting for another installation"),
    async () => {
      const missing = missingPackages(needs);
      if (missing.length > 0) await install(missing, progress);
    },
  );
  const still = missingPackages(needs);
  if (still.length > 0) {
    throw new Failure("HOST_INCOMPLETE", `To ${purpose} takes ${still.join(", ")}, which would not install.`);
  }
}

async function install(packages: readonly string[], progress: Progress): Promise<void> {
  progress.step(`installing ${packages.join(", ")} on this machine`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const once = () => attempt("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...packages], { env });
  let result = await once();
  if (result.status !== 0) {
    await attempt("apt-get", ["update", "-q"], { env });
    result = await once();
  }
  if (result.status === 0) return;
  const reason = result.stderr.split("\n").find((line) => line.startsWith("E:")) ?? "apt gave no reason";
  throw new Failure("HOST_INCOMPLETE", `Cannot install ${packages.join(", ")}: ${reason.replace(/^E:\s*/, "")}`);
}

function inPath(program: string): boolean {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
