/*
 * The root filesystem of all guests: Debian's static busybox, rvb, and an init that takes commands. Kept in the cache.
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
import { benchRoot, ensureRvb } from "./rvb.js";
import type { Target } from "./targets.js";

/** Raise it when `entries` makes another archive. */
const LAYOUT_VERSION = "1";
const BUSYBOX = "busybox-static";

/** Path of the initramfs for a target. Rejects with a Failure. */
export async function ensureInitramfs(target: Target, progress: Progress): Promise<string> {
  const init = readFileSync(join(benchRoot(), "guest/init.sh"));
  const program = await readFile(await ensureRvb(target, progress));
  const dir = join(cacheRoot(), "bench", `initramfs-${hashOf([LAYOUT_VERSION, init, program])}`);
  const cpio = join(dir, "initramfs.cpio");
  if (existsSync(cpio)) return cpio;
  const busybox = await fetchBusybox(target, progress);
  await publish(dir, (folder) => writeFile(join(folder, "initramfs.cpio"), writeCpio(entries(busybox, program, init))));
  return cpio;
}

async function fetchBusybox(target: Target, progress: Progress): Promise<Uint8Array> {
  const { suite, architecture, busybox } = target;
  await requirePackages(APT_NEEDS, "make the benchmark's guest", progress);
  const files = await download([BUSYBOX], { suite, architecture, progress });
  const tree = await mkdtemp(join(tmpdir(), "colinux-bench-"));
  try {
    await unpack(
      files.map(({ path }) => path),
      tree,
    );
    return await readFile(join(tree, busybox));
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
