/*
 * What the kernel is made of, and the hash that stands for it: configuration, patches, our drivers, and how they are put together.
 * The version of the source package is left out on purpose. Debian's newest is taken when a kernel is built, and a
 * kernel once built is good until something here changes; so a warm start needs no network.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as abi from "../../assembly/abi.js";
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

/** Ours, or the same kernel without the cooperative drivers, as any machine could run it: what ours is measured against. */
export type Variant = "cooperative" | "plain";

/** A file that is put into the source tree. */
export interface SourceFile {
  /** In the tree. */
  readonly path: string;
  readonly content: string;
}

export interface Recipe {
  readonly hash: string;
  readonly config: string;
  /** Paths of the patches, in the order in which they apply. */
  readonly patches: readonly string[];
  readonly drivers: readonly SourceFile[];
}

/** Reads the recipe: a few small files. */
export function kernelRecipe(variant: Variant = "cooperative"): Recipe {
  const dir = join(kernelsRoot(), "linux");
  const ours = readFileSync(join(dir, "config"), "utf8");
  const config = variant === "plain" ? ours.replace("CONFIG_COOPERATIVE=y", "# CONFIG_COOPERATIVE is not set") : ours;
  const drivers = readDrivers(join(dir, "drivers/cooperative"));
  const names = readdirSync(join(dir, "patches"))
    .filter((name) => name.endsWith(".patch"))
    .sort();
  const patches = names.map((name) => join(dir, "patches", name));
  const sources = [
    ...patches.map((path) => readFileSync(path)),
    // A kernel without them does not change with them.
    ...(variant === "plain" ? [] : drivers.flatMap(({ path, content }) => [path, content])),
  ];
  const parts = [BUILD_VERSION, SUITE, SOURCE_PACKAGE, MARCH, config, ...sources];
  return { hash: hashOf(parts), config, patches, drivers };
}

function readDrivers(dir: string): SourceFile[] {
  const path = (name: string): string => `drivers/cooperative/${name}`;
  const files = readdirSync(dir)
    .sort()
    .map((name) => ({ path: path(name), content: readFileSync(join(dir, name), "utf8") }));
  return [...files, { path: path("abi.h"), content: abiHeader() }];
}

/** The numbers of the interface, as the core has them. */
export function abiHeader(): string {
  const lines = Object.entries(abi)
    .filter(([name]) => name.startsWith("COOP_"))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `#define ${name} 0x${value.toString(16)}`);
  return ["/* SPDX-License-Identifier: GPL-2.0-only */", "/* Generated from assembly/abi.ts. */", ...lines, ""].join(
    "\n",
  );
}
