/*
 * The npm package as its users get it: made by `npm pack`, and installed into an empty folder without a network, from an npm cache that is
 * empty too.
 */

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { kernelsRoot } from "../../kernels/cache.js";
import { temporaryFolder } from "../support/folder.js";
import { programPath } from "../support/tools.js";

export const ROOT = join(kernelsRoot(), "..");

const exec = promisify(execFile);

export interface Installed {
  readonly tarball: string;
  /** A project of a user of ours, with colinux in its node_modules. */
  readonly project: string;
  /** What the command and programs of the user see: nothing but Node and a shell, and folders of their own that are empty. */
  readonly env: NodeJS.ProcessEnv & { readonly HOME: string; readonly XDG_CACHE_HOME: string; readonly TMPDIR: string };
}

/** Packs and installs. Call it in the body of a test file or of a `describe`; what it returns is to be awaited in `beforeAll`. */
export function installedPackage(): () => Promise<Installed> {
  const folder = temporaryFolder();
  const inFolder = (name: string) => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };
  return async () => {
    const [out, project, bin] = ["out", "project", "bin"].map(inFolder) as [string, string, string];
    const [HOME, XDG_CACHE_HOME, TMPDIR] = ["home", "cache", "tmp"].map(inFolder) as [string, string, string];
    for (const [name, path] of Object.entries({ node: process.execPath, npx: programPath("npx")!, sh: "/bin/sh" }))
      symlinkSync(realpathSync(path), join(bin, name));
    await exec("npm", ["pack", "--pack-destination", out], { cwd: ROOT });
    const tarball = join(out, readdirSync(out)[0]!);
    writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
    const options = ["--offline", "--no-audit", "--no-fund", "--cache", join(folder, "npm")];
    await exec("npm", ["install", ...options, tarball], { cwd: project });
    const env = { PATH: bin, HOME, XDG_CACHE_HOME, TMPDIR, npm_config_update_notifier: "false" };
    return { tarball, project, env };
  };
}

/** Runs a program of the user to its end, with `input` piped in. Rejects when it fails. */
export async function runIn(
  { project, env }: Installed,
  [program, ...args]: readonly [string, ...string[]],
  input = "",
): Promise<{ stdout: string; stderr: string }> {
  const running = exec(program, args, { cwd: project, env });
  running.child.stdin!.end(input);
  return running;
}

/** The program of node_modules/.bin in the checkout, as arguments for Node. */
export function toolPath(packageName: string, script: string): string {
  return join(dirname(realpathSync(join(ROOT, "node_modules", packageName, "package.json"))), script);
}
