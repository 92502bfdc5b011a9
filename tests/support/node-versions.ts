/*
 * Other versions of Node, from the packages that the npm package `node` is made of, kept in the cache folder of colinux.
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "../../kernels/cache.js";

/** What the smoke test runs on, by major version. */
export const NODE_VERSIONS: Readonly<Record<number, string>> = { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0" };

/** Path of the program of that major version: the running one, or one that is installed into the cache when it is missing. */
export function nodeProgram(major: number): string {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = join(cacheRoot(), "node", NODE_VERSIONS[major]!);
  const program = join(folder, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const install = ["install", "--prefix", folder, "--no-save", "--ignore-scripts", `${name}@${NODE_VERSIONS[major]}`];
  execFileSync("npm", install, { stdio: ["ignore", "ignore", "inherit"] });
  return program;
}
