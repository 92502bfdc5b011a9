/*
 * Where the programs of the embedded guest come from: for each Debian package in it the source package it was built from, and what
 * Debian says of its copyright. Both are read out of the very package files.
 *
 *     packages -> control fields                      -> Origin
 *              -> /usr/share/doc/NAME/copyright       -> copyright/NAME
 *                                            names    -> licences/..., texts that every Debian machine has
 */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../command.js";
import { downloadAgain, type PackageFile } from "../debian/download.js";
import { Failure } from "../failure.js";
import { ensureKernel } from "../linux/kernel.js";
import { ARCHITECTURE, SOURCE_PACKAGE, SUITE } from "../linux/recipe.js";
import { type Progress, silent } from "../progress.js";
import { ensureInitramfs } from "../rootfs/initramfs.js";

/** Licences that copyright files name by this path [Debian Policy 12.5]; this machine's texts are as good as any. */
const COMMON_LICENCES = "/usr/share/common-licenses";

/** A source package of Debian. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string;
}

/** A package of Debian whose programs are in the guest. */
export interface Origin {
  readonly name: string;
  readonly version: string;
  /** What it was built from: its own source first, then those of what was linked into it. */
  readonly sources: readonly SourcePackage[];
}

/** The packages of the present kernel and initramfs. Rejects with a Failure. */
export async function guestPackages(progress: Progress = silent): Promise<PackageFile[]> {
  const kernel = { name: SOURCE_PACKAGE, version: (await ensureKernel(progress)).version };
  const initramfs = (await ensureInitramfs(progress)).packages.trimEnd().split("\n");
  const others = initramfs.map((line) => {
    const [name = "", version = ""] = line.split(" ");
    return { name, version };
  });
  return downloadAgain([kernel, ...others], { suite: SUITE, architecture: ARCHITECTURE, progress });
}

export async function originsOf(packages: readonly PackageFile[]): Promise<Origin[]> {
  const origins = await Promise.all(packages.map(originOf));
  return origins.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** All sources of `origins`, each once. */
export function sourcesOf(origins: readonly Origin[]): SourcePackage[] {
  const all = origins.flatMap(({ sources }) => sources);
  return [...new Map(all.map((source) => [`${source.name} ${source.version}`, source])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, source]) => source);
}

async function originOf({ name, version, path }: PackageFile): Promise<Origin> {
  const fields = ["source:Package", "source:Version", "Built-Using", "Static-Built-Using"].map(
    (field) => `\${${field}}`,
  );
  const said = await run("dpkg-deb", ["--show", `--showformat=${fields.join("\n")}`, path]);
  const [source = "", sourceVersion = "", ...linked] = said.split("\n");
  const own = { name: source, version: sourceVersion };
  return { name, version, sources: [own, ...linked.flatMap(parseBuiltUsing)] };
}

/** Reads `name (= version), ...` [Debian Policy 7.8]. */
export function parseBuiltUsing(field: string): SourcePackage[] {
  return [...field.matchAll(/([^\s,]+) \(= ([^)\s]+)\)/g)].map(([, name = "", version = ""]) => ({ name, version }));
}

/** Writes the copyright files of `packages` into `dir`, and the licences that they name into `licenceDir`. */
export async function writeCopyrights(
  packages: readonly PackageFile[],
  dir: string,
  licenceDir: string,
): Promise<void> {
  const tree = await mkdtemp(join(tmpdir(), "colinux-notices-"));
  try {
    for (const { path } of packages) await unpackDocumentation(path, tree);
    await mkdir(dir, { recursive: true });
    let all = "";
    for (const { name } of packages) {
      // Of packages from one source the folder may be a link.
      const text = await readFile(join(tree, "usr/share/doc", name, "copyright"), "utf8").catch(() => {
        throw new Failure("PACKAGE_BROKEN", `The package ${name} has no copyright file.`);
      });
      await writeFile(join(dir, name), text);
      all += text;
    }
    await mkdir(licenceDir, { recursive: true });
    for (const name of licencesIn(all, await readdir(COMMON_LICENCES)))
      await writeFile(join(licenceDir, name), await readFile(join(COMMON_LICENCES, name)));
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

/** Those of `known` that `text` names by their path. */
export function licencesIn(text: string, known: readonly string[]): string[] {
  const named = new Set([...text.matchAll(/\/usr\/share\/common-licenses\/([\w.-]*\w)/g)].map(([, name = ""]) => name));
  return known.filter((name) => named.has(name)).sort();
}

/** The source of Linux is a package of 150 MB. */
async function unpackDocumentation(path: string, tree: string): Promise<void> {
  const pipe = 'dpkg-deb --fsys-tarfile "$1" | tar --extract --directory "$2" ./usr/share/doc';
  await run("bash", ["-o", "pipefail", "-c", pipe, "unpack", path, tree]);
}
