/*
 * v86 and what it boots, kept in the cache; nobody who does not measure it has to have it:
 *
 *     node_modules/v86     its npm package: WebAssembly and the script around it
 *     bios, vga-bios       Debian's SeaBIOS
 *     kernel               Debian's kernel for the i686, the newest of the last release that has one; without PAE, which makes page tables
 *                          of two levels, and with the serial port's driver built in
 *     version              the kernel's name for itself
 */

import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheRoot, hashOf, publish } from "../../kernels/cache.js";
import { run } from "../../kernels/command.js";
import { download } from "../../kernels/debian/download.js";
import { APT_NEEDS, requirePackages } from "../../kernels/debian/host.js";
import { unpack } from "../../kernels/debian/unpack.js";
import { Failure } from "../../kernels/failure.js";
import type { Progress } from "../../kernels/progress.js";
import { SSE2 } from "./targets.js";

/** Raise it when `makeParts` makes other files. */
const LAYOUT_VERSION = "1";
const VERSION = "0.5.462";
/** The package that depends on the newest. */
const NEWEST = "linux-image-686";

/** Paths, but for the versions. */
export interface V86 {
  readonly version: string;
  /** Folder of the npm package. */
  readonly library: string;
  readonly bios: string;
  readonly vgaBios: string;
  readonly kernel: string;
  readonly kernelVersion: string;
}

/** Rejects with a Failure when it cannot be had. */
export async function ensureV86(progress: Progress): Promise<V86> {
  const dir = join(cacheRoot(), "bench", `v86-${hashOf([LAYOUT_VERSION, VERSION, SSE2.suite])}`);
  if (!existsSync(dir)) await makeParts(dir, progress);
  return {
    version: VERSION,
    library: join(dir, "node_modules/v86"),
    bios: join(dir, "bios"),
    vgaBios: join(dir, "vga-bios"),
    kernel: join(dir, "kernel"),
    kernelVersion: readFileSync(join(dir, "version"), "utf8"),
  };
}

async function makeParts(dir: string, progress: Progress): Promise<void> {
  await requirePackages([...APT_NEEDS, { what: "npm", package: "npm" }], "measure v86", progress);
  const { suite, architecture } = SSE2;
  const [newest, bios] = await download([NEWEST, "seabios"], { suite, architecture, progress });
  const name = /linux-image-[\w.+-]+/.exec(await run("dpkg-deb", ["--field", newest!.path, "Depends"]))?.[0];
  if (name === undefined) throw new Failure("PACKAGE_BROKEN", `${NEWEST} of ${suite} depends on no kernel.`);
  const [kernel] = await download([name], { suite, architecture, progress });
  const version = name.replace("linux-image-", "");
  const tree = await mkdtemp(join(tmpdir(), "colinux-bench-"));
  try {
    await unpack([kernel!.path, bios!.path], tree);
    await publish(dir, async (made) => {
      progress.status(`fetching v86 ${VERSION}`);
      await run("npm", ["install", "--prefix", made, "--no-save", "--ignore-scripts", `v86@${VERSION}`]);
      await copyFile(join(tree, "usr/share/seabios/bios.bin"), join(made, "bios"));
      await copyFile(join(tree, "usr/share/seabios/vgabios-stdvga.bin"), join(made, "vga-bios"));
      await copyFile(join(tree, "boot", `vmlinuz-${version}`), join(made, "kernel"));
      await writeFile(join(made, "version"), version);
    });
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}
