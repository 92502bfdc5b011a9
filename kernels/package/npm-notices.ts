/*
 * Notices of the npm packages whose code is inside ours: bundled into the command and the terminal, or compiled into the core. Their licences (MIT, Apache-2.0)
 * ask for it.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The core holds the standard library that AssemblyScript compiles along, and its way to WASI. */
const IN_CORE = ["assemblyscript", "@assemblyscript/wasi-shim"];

/** Names of the packages among the files that a bundle was made of. */
export function packagesAmong(inputs: readonly string[]): string[] {
  const names = inputs.map((path) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/** The text for all that is in the package; `bundled` are the files that each bundle was made of. */
export function npmNotices(bundled: Readonly<Record<string, readonly string[]>>, nodeModules: string): string {
  const part = (where: string, names: readonly string[]) =>
    names.map((name) => notice(join(nodeModules, name), where)).join("");
  return [
    "Code of others that is inside files of this package, with its licences.\n",
    ...Object.entries(bundled).map(([bundle, inputs]) => part(bundle, packagesAmong(inputs))),
    part("dist/core.wasm", IN_CORE),
  ].join("");
}

function notice(dir: string, where: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
  const texts = readdirSync(dir)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .sort();
  const rule = "-".repeat(80);
  const said = texts.map((file) => `\n${readFileSync(join(dir, file), "utf8").trimEnd()}\n`);
  if (texts.length === 0) said.push(`\nIts text stands in this file with another package.\n`);
  return `\n${rule}\n${name} ${version} (${license}), in ${where}\n${said.join("")}`;
}
