/*
 * Modules of a Debian kernel package and the order in which to load them. The package brings no list of dependencies, depmod makes it where it
 * is installed; so they are read from each module's .modinfo section, strings like "depends=jbd2,mbcache".
 */

import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { run } from "../command.js";
import type { Need } from "../debian/host.js";
import { Failure } from "../failure.js";
import { modinfoOf, slim } from "./module-file.js";

/** What `loadOrder` needs of this machine. */
export const MODULE_NEEDS: readonly Need[] = [{ what: "xz", package: "xz-utils" }];

export interface KernelModule {
  /** As the kernel calls it, with underscores. */
  readonly name: string;
  /** Its file, slim. */
  readonly data: Uint8Array;
}

/**
 * The modules `wanted` and what they depend on, each behind those that it needs; what is built into the kernel is left out. `tree` is the
 * folder with modules.builtin, in which files are unpacked in place. Rejects with a Failure when a module is missing.
 */
export async function loadOrder(tree: string, wanted: readonly string[]): Promise<KernelModule[]> {
  const available = await Available.read(tree);
  const read = new Map<string, { data: Uint8Array; needs: readonly string[] }>();
  for (let names = [...new Set(wanted)]; names.length > 0; ) {
    const missing = names.filter((name) => !available.builtin.has(name));
    const files = await unpackedFiles(missing.map((name) => available.path(name)));
    for (const [index, name] of missing.entries()) {
      const data = await readFile(files[index]!);
      read.set(name, { data, needs: needsOf(data, available) });
    }
    const needs = missing.flatMap((name) => read.get(name)!.needs);
    names = [...new Set(needs)].filter((name) => !read.has(name));
  }
  const order = new Map<string, KernelModule>();
  const visit = (name: string): void => {
    const module = read.get(name);
    if (module === undefined || order.has(name)) return;
    module.needs.forEach(visit);
    order.set(name, { name, data: slim(module.data) });
  };
  wanted.forEach(visit);
  return [...order.values()];
}

/** The modules of a kernel. */
class Available {
  private constructor(
    private readonly files: ReadonlyMap<string, string>,
    readonly builtin: ReadonlySet<string>,
  ) {}

  static async read(tree: string): Promise<Available> {
    const paths = await readdir(join(tree, "kernel"), { recursive: true });
    const modules = paths.filter((path) => /\.ko(\.xz)?$/.test(path));
    const builtin = await readFile(join(tree, "modules.builtin"), "utf8");
    return new Available(
      new Map(modules.map((path) => [nameOf(path), join(tree, "kernel", path)])),
      new Set(builtin.split("\n").map(nameOf)),
    );
  }

  has(name: string): boolean {
    return this.files.has(name) || this.builtin.has(name);
  }

  path(name: string): string {
    const path = this.files.get(name);
    if (path === undefined) throw new Failure("PACKAGE_BROKEN", `The kernel package has no module ${name}.`);
    return path;
  }
}

function nameOf(path: string): string {
  return basename(path)
    .replace(/\.ko(\.xz)?$/, "")
    .replaceAll("-", "_");
}

/** Unpacks what of `paths` is compressed, since the guest would take some twenty times as long. Returns the paths of the plain files. */
async function unpackedFiles(paths: readonly string[]): Promise<string[]> {
  const compressed = paths.filter((path) => path.endsWith(".xz"));
  if (compressed.length > 0) await run("xz", ["--decompress", "--", ...compressed]);
  return paths.map((path) => path.replace(/\.xz$/, ""));
}

function needsOf(module: Uint8Array, available: Available): string[] {
  const needs: string[] = [];
  for (const line of modinfoOf(module)) {
    const [key = "", value = ""] = line.split(/=(.*)/s);
    if (key === "depends" && value !== "") needs.push(...value.split(",").map(nameOf));
    if (key === "softdep") needs.push(...softNeeds(value, available));
  }
  return needs;
}

/**
 * "pre: a b post: c" asks for a and b before this module, if they exist. The kernel's algorithms are asked for by an alias; "crypto-crc32c" is
 * in a module crc32c, and more often in crc32c_generic beside faster ones for some processors.
 */
function softNeeds(value: string, available: Available): string[] {
  const [, before = ""] = /\bpre:(.*?)(?:post:|$)/s.exec(value) ?? [];
  const names = before.split(" ").filter((name) => name !== "");
  return names.flatMap((asked) => {
    const name = nameOf(asked.replace(/^crypto-/, ""));
    const found = [name, `${name}_generic`].find((candidate) => available.has(candidate));
    return found === undefined ? [] : [found];
  });
}
