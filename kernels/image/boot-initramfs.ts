/*
 * The initramfs with which Debian's own kernel finds its root filesystem until the guest has made one itself (update-initramfs): that kernel
 * has its drivers for disks and ext4 as modules. In it are these modules, static busybox, and our /init (files/boot-init).
 *
 *     bin/busybox     with its commands as links to it
 *     modules/00-...  in the order in which /init loads them
 *
 * Both packages are unpacked on the host; nothing of the guest runs, and the same packages give the same bytes.
 */

import { rmSync } from "node:fs";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kernelsRoot } from "../cache.js";
import { APT_NEEDS, requirePackages } from "../debian/host.js";
import { unpack } from "../debian/unpack.js";
import { Failure } from "../failure.js";
import { type Progress, silent } from "../progress.js";
import { appletsOf } from "../rootfs/applets.js";
import { type CpioEntry, writeCpio } from "../rootfs/cpio.js";
import { type KernelModule, loadOrder, MODULE_NEEDS } from "./boot-modules.js";

/** What it takes to mount ext4 from a virtio disk. udev loads everything else from the root filesystem. */
const MODULES = ["virtio_mmio", "virtio_blk", "ext4"];

/** Where the kernel and /init expect something mounted, and where modules and the root filesystem go. */
const DIRECTORIES = ["bin", "dev", "etc", "modules", "proc", "root", "run", "sys"];

const FSTAB = `proc /proc proc nosuid,nodev,noexec
sysfs /sys sysfs nosuid,nodev,noexec
devtmpfs /dev devtmpfs nosuid,mode=755
tmpfs /run tmpfs nosuid,nodev,mode=755
`;

export interface BootInitramfsOptions {
  /** Path of the package linux-image-VERSION. */
  readonly linux: string;
  /** Path of the package busybox-static for the same architecture. */
  readonly busybox: string;
  readonly progress?: Progress;
}

export interface BootInitramfs {
  /** The kernel's name for itself, as in /boot/vmlinux-VERSION. */
  readonly version: string;
  /** The archive, uncompressed. */
  readonly cpio: Uint8Array;
}

/** Makes the initramfs for the kernel in a package. Rejects with a Failure. */
export async function makeBootInitramfs(options: BootInitramfsOptions): Promise<BootInitramfs> {
  const { linux, busybox, progress = silent } = options;
  await requirePackages([...APT_NEEDS, ...MODULE_NEEDS], "make an initramfs for Debian's kernel", progress);
  progress.status("making the initramfs");
  const tree = await mkdtemp(join(tmpdir(), "colinux-initramfs-"));
  const remove = () => rmSync(tree, { recursive: true, force: true });
  // A signal ends the process without coming back here.
  process.once("exit", remove);
  try {
    await unpack([linux, busybox], tree);
    const version = await versionIn(tree);
    const modules = await loadOrder(join(tree, "usr/lib/modules", version), MODULES);
    const init = await readFile(join(kernelsRoot(), "image/files/boot-init"));
    return { version, cpio: writeCpio(entriesOf(modules, await readFile(join(tree, "usr/bin/busybox")), init)) };
  } finally {
    process.removeListener("exit", remove);
    remove();
  }
}

async function versionIn(tree: string): Promise<string> {
  const versions = await readdir(join(tree, "usr/lib/modules")).catch(() => []);
  if (versions.length === 1) return versions[0]!;
  throw new Failure("PACKAGE_BROKEN", `The kernel package has modules for ${versions.length} kernels instead of one.`);
}

function entriesOf(modules: readonly KernelModule[], busybox: Uint8Array, init: Uint8Array): CpioEntry[] {
  return [
    ...DIRECTORIES.map((path) => ({ path, kind: "directory", mode: 0o755 }) as const),
    { path: "init", kind: "file", mode: 0o755, data: init },
    { path: "etc/fstab", kind: "file", mode: 0o644, data: Buffer.from(FSTAB) },
    { path: "bin/busybox", kind: "file", mode: 0o755, data: busybox },
    ...appletsOf(busybox)
      .filter((name) => name !== "busybox")
      .map((name) => ({ path: `bin/${name}`, kind: "link", target: "busybox" }) as const),
    ...modules.map(({ name, data }, index) => {
      const place = String(index).padStart(2, "0");
      return { path: `modules/${place}-${name}.ko`, kind: "file", mode: 0o644, data } as const;
    }),
    // The kernel opens it for init before devtmpfs is there.
    { path: "dev/console", kind: "device", mode: 0o600, major: 5, minor: 1 },
    { path: "dev/null", kind: "device", mode: 0o666, major: 1, minor: 3 },
  ];
}
