/*
 * The guest's kernel: built from Debian's source with our configuration, kept in the cache by the hash of its recipe.
 *
 *     recipe -> cached?  yes: that is all
 *               no: packages of the host -> source, patched -> .config, checked -> make Image -> cache
 *
 * The build takes minutes. It works in one folder beside the results, which an interrupted build leaves for the next one
 * to go on from.
 */

import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { cacheRoot, locked, publish } from "../cache.js";
import { attempt } from "../command.js";
import { APT_NEEDS, type Need, requirePackages } from "../debian/host.js";
import { Failure } from "../failure.js";
import { type Progress, silent } from "../progress.js";
import { differences, parseSettings } from "./fragment.js";
import { kernelRecipe, MARCH, OBJECTS, type Recipe } from "./recipe.js";
import { prepareSource, type Source } from "./source.js";

/** A kernel in the cache. */
export interface Kernel {
  /** Path of the `Image`. */
  readonly image: string;
  /** Path of its whole configuration. */
  readonly config: string;
  /** Path of its symbol table, which the image itself lacks. */
  readonly systemMap: string;
  /** Version of Debian's source package that it was built from. */
  readonly version: string;
}

const native = process.arch === "riscv64";

const NEEDS: readonly Need[] = [
  ...APT_NEEDS,
  native ? { what: "gcc", package: "gcc" } : { what: "riscv64-linux-gnu-gcc", package: "gcc-riscv64-linux-gnu" },
  { what: "gcc", package: "gcc" },
  { what: "/usr/include/stdio.h", package: "libc6-dev" },
  { what: "make", package: "make" },
  { what: "flex", package: "flex" },
  { what: "bison", package: "bison" },
  { what: "bc", package: "bc" },
  { what: "perl", package: "perl" },
  { what: "patch", package: "patch" },
  { what: "tar", package: "tar" },
  { what: "xz", package: "xz-utils" },
];

/** The kernel of the present recipe if it has been built. Costs a few milliseconds and no network. */
export function findKernel(recipe: Recipe = kernelRecipe()): Kernel | undefined {
  const dir = join(cacheRoot(), "kernel", recipe.hash);
  if (!existsSync(join(dir, "Image"))) return undefined;
  return {
    image: join(dir, "Image"),
    config: join(dir, "config"),
    systemMap: join(dir, "System.map"),
    version: readFileSync(join(dir, "version"), "utf8").trim(),
  };
}

/** The kernel of a recipe, the present one of ours if none is given, built when the cache does not have it. Rejects with a Failure. */
export async function ensureKernel(progress: Progress = silent, recipe: Recipe = kernelRecipe()): Promise<Kernel> {
  const found = findKernel(recipe);
  if (found !== undefined) return found;
  await requirePackages(NEEDS, "build the kernel", progress);
  const home = join(cacheRoot(), "kernel");
  return locked(
    join(home, "lock"),
    () => progress.step("another process is building it, waiting"),
    async () => {
      const meanwhile = findKernel(recipe);
      if (meanwhile !== undefined) return meanwhile;
      const begun = Date.now();
      const work = join(home, "work");
      const source = await prepareSource(work, recipe, progress);
      const out = await compile(source, work, recipe, progress);
      await publish(join(home, recipe.hash), async (dir) => {
        await copyFile(join(out, "arch/riscv/boot/Image"), join(dir, "Image"));
        await copyFile(join(out, "System.map"), join(dir, "System.map"));
        await copyFile(join(out, ".config"), join(dir, "config"));
        await writeFile(join(dir, "version"), `${source.version}\n`);
      });
      if (!process.env.COLINUX_KEEP_BUILD) await rm(work, { recursive: true, force: true });
      progress.step(`built Linux ${source.version} in ${duration(Date.now() - begun)}`);
      return findKernel(recipe)!;
    },
  );
}

async function compile(source: Source, work: string, recipe: Recipe, progress: Progress): Promise<string> {
  const out = join(work, "out");
  const log = join(work, "log");
  await mkdir(out, { recursive: true });
  const cross = native ? [] : ["CROSS_COMPILE=riscv64-linux-gnu-"];
  // Code for kexec, which this kernel does not have, would be compiled all the same.
  const unused = "CONFIG_ARCH_SUPPORTS_KEXEC_PURGATORY=";
  const make = ["--directory", source.dir, `O=${out}`, "ARCH=riscv", unused, ...cross];
  // Nothing of the machine or the hour goes into the image.
  const env = {
    KBUILD_BUILD_USER: "colinux",
    KBUILD_BUILD_HOST: "colinux",
    KBUILD_BUILD_TIMESTAMP: "1970-01-01",
    KBUILD_BUILD_VERSION: "1",
  };
  progress.status("configuring");
  await writeFile(join(work, "fragment"), recipe.config);
  const configured = await attempt("make", [...make, `KCONFIG_ALLCONFIG=${work}/fragment`, "allnoconfig"], { env });
  if (configured.status !== 0) throw await brokenBuild(configured.stdout + configured.stderr, log);
  const settings = parseSettings(await readFile(join(out, ".config"), "utf8"));
  const lost = differences(parseSettings(recipe.config), settings);
  if (lost.length > 0) {
    throw new Failure(
      "CONFIG_REJECTED",
      `Linux ${source.version} does not take over its configuration: ${lost.join(", ")}.`,
    );
  }
  progress.step(`compiling Linux ${source.version}, which takes some minutes`);
  let objects = 0;
  const onLine = (line: string) => {
    if (/^ {2}(CC|AS) /.test(line)) progress.status(`${++objects} of about ${Math.max(OBJECTS, objects)} objects`);
  };
  // One more than processors: while one job waits for the disk another compiles.
  const jobs = `--jobs=${availableParallelism() + 1}`;
  const built = await attempt("make", [...make, jobs, `KCFLAGS=-march=${MARCH}`, "Image"], { env, onLine });
  if (built.status !== 0) throw await brokenBuild(built.stdout + built.stderr, log);
  return out;
}

async function brokenBuild(output: string, log: string): Promise<Failure> {
  await writeFile(log, output);
  const reason = output.split("\n").find((line) => /\berror\b|\*\*\*/i.test(line)) ?? "make gave no reason";
  return new Failure("BUILD_FAILED", `The kernel does not build: ${reason.trim()}\nAll that make said: ${log}`);
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
