/*
 * What the kernel is made of, and the hash that stands for it: configuration, patches, and how they are put together.
 * The version of the source package is left out on purpose. Debian's newest is taken when a kernel is built, and a
 * kernel once built is good until something here changes; so a warm start needs no network.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hashOf, kernelsRoot } from "../cache.js";

/** Raise it when kernel.ts changes in a way that makes another kernel. */
const BUILD_VERSION = "1";

export const SUITE = "trixie";
export const ARCHITECTURE = "riscv64";
export const SOURCE_PACKAGE = "linux-source-6.12";

/** Instructions that the compiler may use. The core has Zba, Zbb and Zbs always; they are 3 % fewer instructions. */
export const MARCH = "rv64imac_zicsr_zifencei_zba_zbb_zbs";

/** About as many files as are compiled; only the progress is wrong when it is. */
export const OBJECTS = 885;

export interface Recipe {
  readonly hash: string;
  readonly config: string;
  /** Paths of the patches, in the order in which they apply. */
  readonly patches: readonly string[];
}

/** Reads the recipe: a few small files. */
export function kernelRecipe(): Recipe {
  const dir = join(kernelsRoot(), "linux");
  const config = readFileSync(join(dir, "config"), "utf8");
  const names = readdirSync(join(dir, "patches"))
    .filter((name) => name.endsWith(".patch"))
    .sort();
  const patches = names.map((name) => join(dir, "patches", name));
  const parts = [BUILD_VERSION, SUITE, SOURCE_PACKAGE, MARCH, config, ...patches.map((path) => readFileSync(path))];
  return { hash: hashOf(parts), config, patches };
}
