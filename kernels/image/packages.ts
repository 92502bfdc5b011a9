/*
 * Which packages a Debian image is made of, and fetching them.
 *
 * The base is what Debian itself calls minimal (essential and required packages, and apt), with systemd, udev and dbus for a system that boots
 * and can be told to end, the programs that check its file system, and Debian's kernel with the tools that make its initramfs. Recommendations
 * are left out, as in any minimal system.
 */

import { download, type PackageFile } from "../debian/download.js";
import type { Progress } from "../progress.js";

export const ARCHITECTURE = "riscv64";
export const DEFAULT_SUITE = "trixie";

/** Apt patterns [apt-patterns(7)] and names. */
const ESSENTIAL = ["?essential"];
const BASE = [
  "?priority(required)",
  "apt",
  "systemd-sysv",
  "udev",
  "e2fsprogs",
  "dbus",
  "linux-image-riscv64",
  "initramfs-tools",
  "zstd",
  "busybox-static",
];

export interface Distribution {
  /** All packages, what they depend on included. */
  readonly packages: readonly PackageFile[];
  /** Names of those that every other may rely on without saying so. */
  readonly essential: ReadonlySet<string>;
}

/** Fetches what an image with `include` takes. Rejects with a Failure when a package is not known or the mirror out of reach. */
export async function fetchDistribution(
  suite: string,
  include: readonly string[],
  progress: Progress,
): Promise<Distribution> {
  const options = { suite, architecture: ARCHITECTURE, dependencies: true, progress };
  const essential = await download(ESSENTIAL, options);
  const packages = await download([...ESSENTIAL, ...BASE, ...include], options);
  return { packages, essential: new Set(essential.map(({ name }) => name)) };
}
