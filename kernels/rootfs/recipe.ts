/*
 * What the embedded guest is made of: packages of Debian, the few files that are taken from each, our own files
 * (kernels/rootfs/files), and the agent (kernels/agent). The hash stands for all of it; versions are Debian's newest at the time of the build.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { agentRecipe } from "../agent/recipe.js";
import { hashOf, kernelsRoot } from "../cache.js";

/** Raise it when initramfs.ts changes in a way that makes another archive or list of packages. */
const BUILD_VERSION = "3";

export const SUITE = "trixie";
export const ARCHITECTURE = "riscv64";

const LIB = "usr/lib/riscv64-linux-gnu";

/**
 * Package to the paths that are taken from it. Static busybox is the system; nano is the editor, less the pager, and
 * mke2fs and e2fsck make and mend the file systems of disks. These four bring glibc, so that programs which the user
 * brings along find it, too.
 */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "busybox-static": ["usr/bin/busybox"],
  bash: ["usr/bin/bash"],
  nano: ["usr/bin/nano"],
  less: ["usr/bin/less"],
  e2fsprogs: ["usr/sbin/mke2fs", "usr/sbin/e2fsck", "etc/mke2fs.conf"],
  libext2fs2t64: [`${LIB}/libext2fs.so.2`, `${LIB}/libe2p.so.2`],
  "libcom-err2": [`${LIB}/libcom_err.so.2`],
  libblkid1: [`${LIB}/libblkid.so.1`],
  libuuid1: [`${LIB}/libuuid.so.1`],
  libncursesw6: [`${LIB}/libncursesw.so.6`],
  libtinfo6: [`${LIB}/libtinfo.so.6`],
  libc6: [`${LIB}/libc.so.6`, `${LIB}/ld-linux-riscv64-lp64d.so.1`],
  "ncurses-base": [
    "x/xterm",
    "x/xterm-256color",
    "l/linux",
    "v/vt100",
    "v/vt220",
    "s/screen",
    "s/screen-256color",
    "t/tmux",
    "t/tmux-256color",
    "d/dumb",
    "a/ansi",
  ].map((name) => `usr/share/terminfo/${name}`),
};

/** Where the agent lies in a guest. */
export const AGENT_PATH = "usr/libexec/colinux-agent";

/** Directories of the guest beside those that files bring along. */
export const DIRECTORIES = ["dev", "mnt", "proc", "root", "run", "sys", "tmp", "var"];

/** Symbolic links: path to target. */
export const LINKS: Readonly<Record<string, string>> = {
  bin: "usr/bin",
  sbin: "usr/sbin",
  lib: "usr/lib",
  "usr/sbin": "bin",
  "etc/mtab": "/proc/self/mounts",
  "var/run": "/run",
  "var/tmp": "/tmp",
  "usr/lib/ld-linux-riscv64-lp64d.so.1": "riscv64-linux-gnu/ld-linux-riscv64-lp64d.so.1",
  "usr/bin/mkfs.ext4": "mke2fs",
  "usr/bin/fsck.ext4": "e2fsck",
};

/** One of our own files. */
export interface OwnFile {
  /** Path in the guest. */
  readonly path: string;
  readonly executable: boolean;
  readonly data: Uint8Array;
}

export interface Recipe {
  readonly hash: string;
  readonly files: readonly OwnFile[];
}

/** Reads the recipe: a few small files. */
export function initramfsRecipe(): Recipe {
  const root = join(kernelsRoot(), "rootfs", "files");
  const files: OwnFile[] = [];
  for (const path of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
    const stat = statSync(join(root, path));
    if (stat.isFile())
      files.push({ path, executable: (stat.mode & 0o100) !== 0, data: readFileSync(join(root, path)) });
  }
  const lists = JSON.stringify([BUILD_VERSION, SUITE, PACKAGES, DIRECTORIES, LINKS, AGENT_PATH, agentRecipe().hash]);
  const own = files.flatMap(({ path, executable, data }) => [path, String(executable), data]);
  return { hash: hashOf([lists, ...own]), files };
}
