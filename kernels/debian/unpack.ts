/*
 * What is inside a Debian package: its files into a folder, without installing anything and without root. Scripts of the
 * package are not run.
 */

import { mkdir } from "node:fs/promises";
import { run } from "../command.js";

/** Unpacks the files of the packages at `paths` into `dir`, one over the other. */
export async function unpack(paths: readonly string[], dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const path of paths) await run("dpkg-deb", ["--extract", path, dir]);
}
