/*
 * The kernel's source tree: Debian's source package, unpacked and patched. Drivers and architectures that this guest can
 * never have are left packed: only their Kconfig files are needed, and half of the tree need not be written to disk.
 */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hashOf } from "../cache.js";
import { attempt, run } from "../command.js";
import { download } from "../debian/download.js";
import { Failure } from "../failure.js";
import type { Progress } from "../progress.js";
import { ARCHITECTURE, type Recipe, SOURCE_PACKAGE, SUITE } from "./recipe.js";

/** Trees of which only Kconfig and Makefile are unpacked. */
const UNUSED = [
  ...[
    "x86",
    "arm",
    "arm64",
    "powerpc",
    "mips",
    "s390",
    "sparc",
    "parisc",
    "sh",
    "m68k",
    "loongarch",
    "alpha",
    "arc",
  ].map((name) => `arch/${name}`),
  ...["gpu", "media", "infiniband", "staging", "scsi", "iio", "isdn", "accel", "usb", "hwmon", "comedi"].map(
    (name) => `drivers/${name}`,
  ),
  ...["ethernet", "wireless", "can", "dsa", "phy", "wan"].map((name) => `drivers/net/${name}`),
  "sound",
];

export interface Source {
  /** The folder that holds the tree. */
  readonly dir: string;
  /** Version of the source package. */
  readonly version: string;
}

/** Brings the patched tree into `work`, where an earlier build may have left it. */
export async function prepareSource(work: string, recipe: Recipe, progress: Progress): Promise<Source> {
  const [source] = await download([SOURCE_PACKAGE], { suite: SUITE, architecture: ARCHITECTURE, progress });
  const { version, path } = source!;
  const dir = join(work, SOURCE_PACKAGE);
  const stamp = join(work, "stamp");
  const patches = await Promise.all(recipe.patches.map((patch) => readFile(patch)));
  const state = `${version} ${hashOf([...patches, ...UNUSED])}\n`;
  if ((await readFile(stamp, "utf8").catch(() => "")) === state) {
    await putDrivers(recipe, dir);
    return { dir, version };
  }
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  progress.step(`unpacking the source of Linux ${version}`);
  await unpackTree(path, work);
  for (const patch of recipe.patches) await applyPatch(patch, dir, progress);
  await writeFile(stamp, state);
  await putDrivers(recipe, dir);
  return { dir, version };
}

/** Files that are there already stay as they are, so that nothing is compiled twice. */
async function putDrivers(recipe: Recipe, dir: string): Promise<void> {
  for (const { path, content } of recipe.drivers) {
    const file = join(dir, path);
    await mkdir(dirname(file), { recursive: true });
    if ((await readFile(file, "utf8").catch(() => "")) !== content) await writeFile(file, content);
  }
}

async function unpackTree(packagePath: string, work: string): Promise<void> {
  const tarball = `./usr/src/${SOURCE_PACKAGE}.tar.xz`;
  const left = UNUSED.flatMap((tree) =>
    ["[chS]", "dts", "dtsi"].map((type) => `'--exclude=${SOURCE_PACKAGE}/${tree}/*.${type}'`),
  );
  const tar = `tar --extract --wildcards '--exclude=*/Documentation/*.rst' '--exclude=*/Documentation/*.yaml' ${left.join(" ")}`;
  const pipe = `dpkg-deb --fsys-tarfile "$1" | tar --extract --to-stdout ${tarball} | xz --decompress | (cd "$2" && ${tar})`;
  await run("bash", ["-o", "pipefail", "-c", pipe, "unpack", packagePath, work]);
}

/** Applies a patch. One whose header says `Optional: yes` only saves time; it may stay out when Debian's source moved on. */
async function applyPatch(patch: string, dir: string, progress: Progress): Promise<void> {
  const args = ["--strip=1", "--forward", "--batch", "--silent", `--input=${patch}`];
  const { status, stdout } = await attempt("patch", [...args, "--dry-run"], { cwd: dir });
  if (status === 0) {
    await run("patch", args, { cwd: dir });
    return;
  }
  const name = basename(patch);
  if (!/^Optional: yes$/m.test(await readFile(patch, "utf8"))) {
    throw new Failure(
      "BUILD_FAILED",
      `${name} does not apply to this version of Linux: ${stdout.trim().split("\n")[0]}`,
    );
  }
  progress.step(`going on without ${name}, which does not apply to this version of Linux`);
}
