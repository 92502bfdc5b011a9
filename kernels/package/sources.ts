/*
 * The sources of the programs in the embedded guest: the text that names and offers them in a package, and fetching them.
 *
 * The licences of these programs (GPL, versions 2 and 3, and LGPL) ask of who passes the programs on to pass on, or to offer, the source
 * of exactly them. Debian keeps every source package that it ever released; what is ours is in the package itself.
 */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { locked } from "../cache.js";
import { APT_NEEDS, requirePackages } from "../debian/host.js";
import { AptState, complaint } from "../debian/state.js";
import { Failure } from "../failure.js";
import { ARCHITECTURE, SUITE } from "../linux/recipe.js";
import { type Progress, silent } from "../progress.js";
import { type Origin, type SourcePackage, sourcesOf } from "./origins.js";

/** The text in a package beside the guest. */
export function sourcesText(origins: readonly Origin[]): string {
  const list = (items: readonly SourcePackage[]) =>
    items.map(({ name, version }) => `    ${name} ${version}`).join("\n");
  const packages = origins.map(({ name, version, sources }) => {
    const from = sources.map((source) => `${source.name} ${source.version}`).join(", with parts of ");
    return `    ${name} ${version}, built from ${from}`;
  });
  return `Sources of the guest that comes with colinux

What is in it

The kernel (kernel.gz, System.map.gz) and the small system (initramfs.gz) in
this folder hold programs from these packages of Debian:

${packages.join("\n")}

All but linux-source are unchanged binaries of Debian for riscv64. The kernel
was built by colinux from the Debian package linux-source: with the
configuration and the patches in kernels/linux of this npm package, by the
script dist/kernels/linux/kernel.js beside them. The files in the small system
that are not Debian's are in kernels/rootfs and kernels/agent of this npm
package, the latter linked with musl by the script dist/kernels/agent/agent.js;
the script that puts it together is dist/kernels/rootfs/initramfs.js.

Their authors and licences are in the folder copyright, one file for each
package, and the licences that those only name are in the folder licences. There
is no warranty for any of these programs, as the licences say in more detail.

Their sources

These are, with the files in kernels, the complete sources of exactly these
programs:

${list(sourcesOf(origins))}

Anyone can have them from Debian, at no charge: by name and version in Debian's
archive and its mirrors as long as the version is current, and for good in
Debian's snapshot archive, which keeps every version of every source package.
On a machine with apt, this fetches them and verifies their signatures:

    npx colinux sources FOLDER

Beyond that, those who publish this package offer, for three years from the day
they last do so and to anyone who has it, a copy of these sources on a common
medium for no more than what making and sending the copy costs. Ask for it where
this package is published.
`;
}

/**
 * Fetches source packages into `folder`: apt verifies each file by Debian's signature. Rejects with a Failure that names those which the mirror
 * does not have, after all others were fetched.
 */
export async function fetchSources(
  sources: readonly SourcePackage[],
  folder: string,
  progress: Progress = silent,
): Promise<void> {
  await requirePackages(APT_NEEDS, "fetch sources", progress);
  await mkdir(folder, { recursive: true });
  const apt = new AptState(SUITE, ARCHITECTURE, "deb-src");
  const waiting = () => progress.step("waiting for another download");
  await locked(join(apt.dir, "lock"), waiting, async () => {
    await apt.configure();
    if (!apt.listsAreFresh()) await apt.update(progress);
    const troubles: string[] = [];
    for (const { name, version } of sources) {
      progress.status(`fetching ${name} ${version}`);
      const args = ["source", "-q", "--download-only", "--only-source", "--", `${name}=${version}`];
      const { status, stderr } = await apt.run("apt-get", args, folder);
      if (status === 0 && existsSync(join(folder, descriptionOf(name, version)))) progress.step(`${name} ${version}`);
      else troubles.push(`${name} ${version}: ${complaint(stderr)}`);
    }
    if (troubles.length === 0) return;
    const hint =
      "Debian's snapshot archive keeps old versions: name it, at a day when they were current, by DEBIAN_MIRROR.";
    throw new Failure("PACKAGE_UNKNOWN", ["Not on this mirror:", ...troubles, hint].join("\n"));
  });
}

/** The file that names the others of a source package; the epoch of its version is not in file names [Debian Policy 5.6.12]. */
function descriptionOf(name: string, version: string): string {
  return `${name}_${version.replace(/^\d+:/, "")}.dsc`;
}
