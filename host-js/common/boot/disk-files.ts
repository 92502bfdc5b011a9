/*
 * The kernel and the initrd inside a disk's file system, found where distributions leave them, as a boot loader would. They are looked for
 * anew at each boot, so that the guest may replace them.
 *
 *     /vmlinuz             /initrd.img               links that Debian keeps, here or in /boot
 *     /boot/vmlinuz        /boot/initrd.img
 *     /boot/vmlinuz-6.12   /boot/initrd.img-6.12     else the newest; also vmlinux-6.12, as Debian calls it on riscv64
 */

import { ColinuxError } from "../errors.js";
import { Ext4 } from "../ext4/ext4.js";
import type { Storage } from "../ports.js";
import { compareVersions } from "./kernel-version.js";

const LINKS: readonly DiskPaths[] = [
  { kernel: "/vmlinuz", initrd: "/initrd.img" },
  { kernel: "/boot/vmlinuz", initrd: "/boot/initrd.img" },
];
/** What dpkg leaves beside a file for a moment is none. */
const VERSIONED = /^vmlinu[xz]-(.+?)(?<!\.(?:old|bak|dpkg-\w+))$/;

interface DiskPaths {
  readonly kernel: string;
  readonly initrd: string;
}

/** The kernel and the initrd on a disk, found as a boot loader finds them. */
export class DiskFiles {
  private constructor(
    private readonly name: string,
    private readonly fs: Ext4,
    private readonly paths: DiskPaths | undefined,
  ) {}

  /**
   * Looks for the files on a disk; `name` is what errors call it. Errors: `ext4-missing`, `ext4-unsupported`, `ext4-damaged`,
   * `ext4-unreadable`.
   */
  static open(storage: Storage, name: string): Promise<DiskFiles> {
    return about(name, async () => {
      const fs = await Ext4.open(storage);
      return new DiskFiles(name, fs, await findPaths(fs));
    });
  }

  /** Path of the kernel. Errors: `kernel-missing`. */
  get kernelPath(): string {
    if (this.paths) return this.paths.kernel;
    throw new ColinuxError(
      "kernel-missing",
      `${this.name} holds no kernel: there is no /vmlinuz, no /boot/vmlinuz and no /boot/vmlinuz-VERSION.`,
    );
  }

  /** Path of the initrd that belongs to the kernel, or lies there without one; undefined when there is none. Errors: those of `open`. */
  initrdPath(): Promise<string | undefined> {
    return about(this.name, async () => {
      for (const { initrd } of this.paths ? [this.paths] : LINKS)
        if ((await this.fs.typeOf(initrd)) === "file") return initrd;
      return undefined;
    });
  }

  /** Errors: those of `kernelPath` and `open`. */
  kernel(): Promise<Uint8Array> {
    const path = this.kernelPath;
    return about(this.name, () => this.fs.readFile(path));
  }

  /** Undefined when there is none. Errors: those of `open`. */
  async initrd(): Promise<Uint8Array | undefined> {
    const path = await this.initrdPath();
    return path === undefined ? undefined : about(this.name, () => this.fs.readFile(path));
  }
}

async function findPaths(fs: Ext4): Promise<DiskPaths | undefined> {
  for (const paths of LINKS) if ((await fs.typeOf(paths.kernel)) === "file") return paths;
  if ((await fs.typeOf("/boot")) !== "directory") return undefined;
  const versions = (await fs.readdir("/boot")).flatMap((name) => {
    const version = VERSIONED.exec(name)?.[1];
    return version === undefined ? [] : [{ name, version }];
  });
  const newest = versions.sort((a, b) => compareVersions(b.version, a.version))[0];
  return newest && { kernel: `/boot/${newest.name}`, initrd: `/boot/initrd.img-${newest.version}` };
}

/** Does `work`; its errors get the name of the disk. */
async function about<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ColinuxError)) throw error;
    throw new ColinuxError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}
