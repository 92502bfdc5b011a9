/*
 * The root filesystem of both guests: Debian's static busybox, rvb, and an init that takes commands. Kept in the cache.
 */

import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheRoot, hashOf, publish } from "../../kernels/cache.js";
import { download } from "../../kernels/debian/download.js";
import { APT_NEEDS, requirePackages } from "../../kernels/debian/host.js";
import { unpack } from "../../kernels/debian/unpack.js";
import type { Progress } from "../../kernels/progress.js";
import { appletsOf } from "../../kernels/rootfs/applets.js";
import { type CpioEntry, writeCpio } from "../../kernels/rootfs/cpio.js";
import { ARCHITECTURE, SUITE } from "../../kernels/rootfs/recipe.js";
import { benchRoot } from "./rvb.js";

/** Raise it when `entries` makes another archive. */
const LAYOUT_VERSION = "1";
const BUSYBOX = "busybox-static";

/** Path of the initramfs with the program `rvb` (a path) in it. Rejects with a Failure. */
export async function ensureInitramfs(rvb: string, progress: Progress): Promise<string> {
  const init = readFileSync(join(benchRoot(), "guest/init.sh"));
  const program = await readFile(rvb);
  const dir = join(cacheRoot(), "bench", `initramfs-${hashOf([LAYOUT_VERSION, init, program])}`);
  const cpio = join(dir, "initramfs.cpio");
  if (existsSync(cpio)) return cpio;
  const busybox = await fetchBusybox(progress);
  await publish(dir, (folder) => writeFile(join(folder, "initramfs.cpio"), writeCpio(entries(busybox, program, init))));
  return cpio;
}

async function fetchBusybox(progress: Progress): Promise<Uint8Array> {
  await requirePackages(APT_NEEDS, "make the benchmark's guest", progress);
  const files = await download([BUSYBOX], { suite: SUITE, architecture: ARCHITECTURE, progress });
  const tree = await mkdtemp(join(tmpdir(), "colinux-bench-"));
  try {
    await unpack(
      files.map(({ path }) => path),
      tree,
    );
    return await readFile(join(tree, "usr/bin/busybox"));
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

function entries(busybox: Uint8Array, rvb: Uint8Array, init: Uint8Array): CpioEntry[] {
  const program = (path: string, data: Uint8Array): CpioEntry => ({ path, kind: "file", mode: 0o755, data });
  const applets = appletsOf(busybox).filter((name) => name !== "busybox");
  return [
    ...["bin", "dev", "proc", "sys", "tmp"].map((path): CpioEntry => ({ path, kind: "directory", mode: 0o755 })),
    // The kernel opens it for init before devtmpfs is there.
    { path: "dev/console", kind: "device", mode: 0o600, major: 5, minor: 1 },
    program("init", init),
    program("bin/rvb", rvb),
    program("bin/busybox", busybox),
    ...applets.map((name): CpioEntry => ({ path: `bin/${name}`, kind: "link", target: "busybox" })),
  ];
}
