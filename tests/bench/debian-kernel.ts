/*
 * Debian's own kernel for the benchmark's guests: the newest of the release, with its drivers for our disks, which are modules, added to the root
 * filesystems. Kept in the cache.
 */

import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheRoot, hashOf, publish } from "../../kernels/cache.js";
import { download } from "../../kernels/debian/download.js";
import { APT_NEEDS, requirePackages } from "../../kernels/debian/host.js";
import { unpack } from "../../kernels/debian/unpack.js";
import { Failure } from "../../kernels/failure.js";
import { loadOrder, MODULE_NEEDS } from "../../kernels/image/boot-modules.js";
import type { Progress } from "../../kernels/progress.js";
import { type CpioEntry, writeCpio } from "../../kernels/rootfs/cpio.js";
import { ARCHITECTURE, SUITE } from "../../kernels/rootfs/recipe.js";

/** Raise it when the functions below make other files. */
const LAYOUT_VERSION = "1";
/** The package that depends on the newest. */
const NEWEST = "linux-image-riscv64";
const MODULES = ["virtio_mmio", "virtio_blk"];

export interface DebianKernel {
  /** Path of the image. */
  readonly kernel: string;
  /** Its name for itself. */
  readonly version: string;
  /** Path of a root filesystem with its modules, by that without. */
  readonly initrds: Readonly<Record<string, string>>;
}

/** Fetches the kernel and adds its modules to `initrds` (paths). Rejects with a Failure. */
export async function ensureDebianKernel(initrds: readonly string[], progress: Progress): Promise<DebianKernel> {
  const dir = join(cacheRoot(), "bench", `debian-kernel-${hashOf([LAYOUT_VERSION, SUITE])}`);
  if (!existsSync(dir)) await makeKernel(dir, progress);
  const modules = readFileSync(join(dir, "modules.cpio"));
  const paths: Record<string, string> = {};
  for (const initrd of initrds) {
    const archive = readFileSync(initrd);
    const folder = join(cacheRoot(), "bench", `debian-initramfs-${hashOf([archive, modules])}`);
    const path = join(folder, "initramfs.cpio");
    // The kernel unpacks one archive after the other.
    if (!existsSync(path))
      await publish(folder, (made) => writeFile(join(made, "initramfs.cpio"), Buffer.concat([archive, modules])));
    paths[initrd] = path;
  }
  return { kernel: join(dir, "vmlinux"), version: readFileSync(join(dir, "version"), "utf8"), initrds: paths };
}

async function makeKernel(dir: string, progress: Progress): Promise<void> {
  await requirePackages([...APT_NEEDS, ...MODULE_NEEDS], "measure Debian's kernel", progress);
  const files = await download([NEWEST], { suite: SUITE, architecture: ARCHITECTURE, dependencies: true, progress });
  const image = files.find(({ name }) => /^linux-image-\d/.test(name));
  if (image === undefined) throw new Failure("PACKAGE_BROKEN", `${NEWEST} of ${SUITE} depends on no kernel.`);
  const tree = await mkdtemp(join(tmpdir(), "colinux-bench-"));
  try {
    await unpack([image.path], tree);
    const version = image.name.replace("linux-image-", "");
    const modules = await loadOrder(join(tree, "usr/lib/modules", version), MODULES);
    const [name] = (await readdir(join(tree, "boot"))).filter((file) => file.startsWith("vmlinu"));
    await publish(dir, async (made) => {
      await copyFile(join(tree, "boot", name!), join(made, "vmlinux"));
      await writeFile(join(made, "modules.cpio"), writeCpio(entriesOf(modules.map(({ data }) => data))));
      await writeFile(join(made, "version"), version);
    });
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

function entriesOf(modules: readonly Uint8Array[]): CpioEntry[] {
  return [
    { path: "modules", kind: "directory", mode: 0o755 },
    ...modules.map((data, index): CpioEntry => {
      const name = String(index).padStart(2, "0");
      return { path: `modules/${name}.ko`, kind: "file", mode: 0o644, data };
    }),
  ];
}
