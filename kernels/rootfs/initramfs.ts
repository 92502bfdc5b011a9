/*
 * The initramfs of the embedded guest: files of Debian's riscv64 packages and our own, gathered into one cpio archive
 * without root and without running a single program of the guest. Kept in the cache by the hash of its recipe.
 */

import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureAgent } from "../agent/agent.js";
import { cacheRoot, publish } from "../cache.js";
import { download } from "../debian/download.js";
import { APT_NEEDS, requirePackages } from "../debian/host.js";
import { unpack } from "../debian/unpack.js";
import { Failure } from "../failure.js";
import { type Progress, silent } from "../progress.js";
import { appletsOf } from "./applets.js";
import { type CpioEntry, writeCpio } from "./cpio.js";
import {
  AGENT_PATH,
  ARCHITECTURE,
  DIRECTORIES,
  initramfsRecipe,
  LINKS,
  PACKAGES,
  type Recipe,
  SUITE,
} from "./recipe.js";

/** An initramfs in the cache. */
export interface Initramfs {
  /** Path of the archive. */
  readonly cpio: string;
  /** The packages that are in it, or linked into the agent, one `name version` a line. */
  readonly packages: string;
}

/** The initramfs of the present recipe if it has been made. Costs a few milliseconds and no network. */
export function findInitramfs(recipe: Recipe = initramfsRecipe()): Initramfs | undefined {
  const dir = join(cacheRoot(), "initramfs", recipe.hash);
  const cpio = join(dir, "initramfs.cpio");
  if (!existsSync(cpio)) return undefined;
  return { cpio, packages: readFileSync(join(dir, "packages"), "utf8") };
}

/** The initramfs of the present recipe, made when the cache does not have it. Rejects with a Failure. */
export async function ensureInitramfs(progress: Progress = silent): Promise<Initramfs> {
  const recipe = initramfsRecipe();
  const found = findInitramfs(recipe);
  if (found !== undefined) return found;
  await requirePackages(APT_NEEDS, "make the initramfs", progress);
  const agent = await ensureAgent(progress);
  const files = await download(Object.keys(PACKAGES), { suite: SUITE, architecture: ARCHITECTURE, progress });
  progress.status("packing");
  const tree = await mkdtemp(join(tmpdir(), "colinux-rootfs-"));
  try {
    await unpack(
      files.map((file) => file.path),
      tree,
    );
    const archive = writeCpio(await gather(tree, recipe, await readFile(agent.path)));
    await publish(join(cacheRoot(), "initramfs", recipe.hash), async (dir) => {
      await writeFile(join(dir, "initramfs.cpio"), archive);
      const own = files.map(({ name, version }) => `${name} ${version}\n`);
      await writeFile(join(dir, "packages"), [...own, agent.packages].join(""));
    });
    progress.step(`made an initramfs of ${(archive.length / 1e6).toFixed(1)} MB`);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
  return findInitramfs(recipe)!;
}

/** Everything that goes into the archive, from the unpacked packages in `tree`. */
async function gather(tree: string, recipe: Recipe, agent: Uint8Array): Promise<CpioEntry[]> {
  const entries = new Map<string, CpioEntry>();
  const add = (entry: CpioEntry) => {
    addParents(entry.path);
    entries.set(entry.path, entry);
  };
  const addParents = (path: string) => {
    for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
      const parent = path.slice(0, at);
      if (!entries.has(parent)) entries.set(parent, { path: parent, kind: "directory", mode: 0o755 });
    }
  };
  // Without it the kernel's first file system is one into which everybody may write.
  add({ path: ".", kind: "directory", mode: 0o755 });
  for (const path of DIRECTORIES)
    add({ path, kind: "directory", mode: path === "tmp" ? 0o1777 : path === "root" ? 0o700 : 0o755 });
  for (const [path, target] of Object.entries(LINKS)) add({ path, kind: "link", target });
  for (const [name, paths] of Object.entries(PACKAGES)) {
    for (const path of paths) {
      const data = await readFile(join(tree, path)).catch(() => {
        throw new Failure("PACKAGE_BROKEN", `The package ${name} of ${SUITE} has no ${path}.`);
      });
      // usr/sbin is a link to usr/bin in the guest.
      const place = path.replace(/^usr\/sbin\//, "usr/bin/");
      const executable = /\/(bin|lib)\//.test(place);
      add({ path: place, kind: "file", mode: executable ? 0o755 : 0o644, data });
    }
  }
  const busybox = entries.get("usr/bin/busybox") as CpioEntry & { kind: "file" };
  for (const applet of appletsOf(busybox.data)) {
    const path = `usr/bin/${applet}`;
    if (!entries.has(path)) add({ path, kind: "link", target: "busybox" });
  }
  for (const { path, executable, data } of recipe.files)
    add({ path, kind: "file", mode: executable ? 0o755 : 0o644, data });
  add({ path: AGENT_PATH, kind: "file", mode: 0o755, data: agent });
  // The kernel opens them for init before devtmpfs is there.
  add({ path: "dev/console", kind: "device", mode: 0o600, major: 5, minor: 1 });
  add({ path: "dev/null", kind: "device", mode: 0o666, major: 1, minor: 3 });
  return [...entries.values()];
}
